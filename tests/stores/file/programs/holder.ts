/** Saves a record in the file named, says so, and keeps holding the lock. With "parent" it has a child of its own. */
import { FileCheckpointer } from "../../../../src/stores/file_checkpointer.ts";
import { record } from "../support.ts";

const [path = "", kind] = Deno.args;
const checkpointer = new FileCheckpointer(path);
if (kind === "loads") await Array.fromAsync(checkpointer.load());
else await checkpointer.save([record("held")]);
const child = kind === "parent" ? new Deno.Command("sleep", { args: ["60"] }).spawn() : undefined;
console.log(child?.pid ?? "held");
setInterval(() => {}, 1_000);
