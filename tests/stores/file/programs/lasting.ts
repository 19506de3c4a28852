/** Saves in the file named, closes nothing, and says at its end how often the disk was told to store something. */
import { FileCheckpointer } from "../../../../src/stores/file_checkpointer.ts";
import { record } from "../support.ts";

let syncs = 0;
const { syncData } = Deno.FsFile.prototype;
Deno.FsFile.prototype.syncData = function () {
  syncs++;
  return syncData.call(this);
};
addEventListener("unload", () => console.log(syncs));
await new FileCheckpointer(Deno.args[0]!).save([record("a")]);
