/** Loads the file named, saves a record, then more until the file is due for compaction; prints the error, or what is there. */
import { FileCheckpointer } from "../../../../src/stores/file_checkpointer.ts";
import { largeRecords, loadFrom, record } from "../support.ts";
import { errorOf } from "../../../support.ts";

const [path = "", versions = "0"] = Deno.args;
await using checkpointer = new FileCheckpointer(path, { fsync: "always" });
const error = await errorOf(async () => {
  await loadFrom(checkpointer);
  await checkpointer.save([record("a")]);
  for (let version = 0; version < Number(versions); version++) await checkpointer.save(largeRecords(700, version));
  await checkpointer.delete(["nothing"]);
  console.log((await loadFrom(checkpointer)).size);
});
if (error !== undefined) console.log(String(error));
