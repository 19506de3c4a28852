/** Holds a checkpoint file until its standard input ends. */

import { FileCheckpointer } from "../../../mod.ts";

const checkpointer = new FileCheckpointer(Deno.args[0]!);
await checkpointer.save([{ id: "a#1", name: "a", status: "completed", attempts: 1, args: [], dependsOn: [] }]);
console.log("held");
await Deno.stdin.read(new Uint8Array(1));
await checkpointer[Symbol.asyncDispose]();
