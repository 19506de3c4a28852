/**
 * Saves ever new versions of the same records in the file named, each version in one save, until it is killed. Says so once the
 * first one is saved.
 */
import { FileCheckpointer } from "../../../../src/stores/file_checkpointer.ts";
import { largeRecords } from "../support.ts";

const checkpointer = new FileCheckpointer(Deno.args[0]!, { fsync: "never" });
for (let version = 1;; version++) {
  await checkpointer.save(largeRecords(300, version));
  if (version === 1) console.log("saved");
}
