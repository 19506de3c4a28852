/**
 * Saves records, one after the other, until it is ended; prints what it does, a line each.
 *
 * Arguments: path, prefix, lease in ms, how many records there are to be, 0 for no end.
 *
 * @module
 */

import { KvCheckpointer } from "../../../../src/stores/kv_checkpointer.ts";

const [path = "", prefix = "", lease = "", count = "0"] = Deno.args;
const checkpointer = new KvCheckpointer({ path, prefix, lease: Number(lease) });
const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
try {
  for (let index = 0; Number(count) === 0 || index < Number(count); index++) {
    const value = index % 10 === 9 ? "x".repeat(100_000) : index;
    const record = { name: "a", status: "completed", attempts: 1, args: [], dependsOn: [] } as const;
    await checkpointer.save([{ ...record, id: `${index}`, value }, { ...record, id: "last", value }]);
    say(`saved ${index}`);
  }
  await checkpointer[Symbol.asyncDispose]();
  say("done");
} catch (error) {
  say(`${error}`);
}
