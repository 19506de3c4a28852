/**
 * Saves records in the file named until that fails, then again once. With "resume" it makes room in between by removing
 * the file named third. Prints how many were saved, and the errors.
 */
import { FileCheckpointer, type FsyncPolicy } from "../../../../src/stores/file_checkpointer.ts";
import { loadFrom, record } from "../support.ts";
import { errorOf } from "../../../support.ts";

const [path = "", fsync, filler] = Deno.args;
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

const checkpointer = new FileCheckpointer(path, { fsync: fsync as FsyncPolicy });
let count = 0;
const saveOne = async () => {
  await checkpointer.save([record(`a${count}`, { value: "x".repeat(3_000) }), record(`b${count}`)]);
  count++;
};
let error: unknown;
while (error === undefined && count < 1_000) error = await errorOf(saveOne);
print(String(count));
print(String(error));
print(String(await errorOf(saveOne)));
print(String((await loadFrom(checkpointer)).size));
if (filler !== undefined) {
  Deno.removeSync(filler);
  print(String(await errorOf(saveOne)));
}
print(String(await errorOf(() => checkpointer[Symbol.asyncDispose]())));
