/**
 * Saves ever new versions of some records in the file named, and dies (by SIGKILL) at the step of a compaction that is
 * named. Prints each version once it is saved.
 */
import { FileCheckpointer } from "../../../../src/stores/file_checkpointer.ts";
import { largeRecords } from "../support.ts";

const [path = "", step = ""] = Deno.args;

function die(at: string): void {
  if (at === step) Deno.kill(Deno.pid, "SIGKILL");
}

/** The handle of the file that replaces the old one. */
let successor: Deno.FsFile | undefined;
let writes = 0;

const { open, renameSync } = Deno;
Deno.open = async (name, options) => {
  if (!String(name).endsWith(".tmp-compaction")) return open(name, options);
  die("before it creates the new file");
  successor = await open(name, options);
  die("after it created the new file");
  return successor;
};
Deno.renameSync = (from, to) => {
  die("before it renames the new file");
  renameSync(from, to);
  die("after it renamed the new file");
};
const { tryLock, writeSync, syncData, sync, close } = Deno.FsFile.prototype;
Deno.FsFile.prototype.tryLock = async function (exclusive) {
  if (this === successor) die("before it locks the new file");
  return await tryLock.call(this, exclusive);
};
Deno.FsFile.prototype.writeSync = function (bytes) {
  if (this !== successor) return writeSync.call(this, bytes);
  if (step === "in a write to the new file" && writes === 1) {
    writeSync.call(this, bytes.subarray(0, bytes.length / 2));
    die(step);
  }
  const written = writeSync.call(this, bytes);
  if (writes++ === 0) die("after the first write to the new file");
  return written;
};
Deno.FsFile.prototype.syncData = async function () {
  if (this === successor) die("before it stores the new file");
  await syncData.call(this);
  if (this === successor) die("after it stored the new file");
};
Deno.FsFile.prototype.close = function () {
  if (successor !== undefined && this !== successor) die("before it closes the old file");
  close.call(this);
};
Deno.FsFile.prototype.sync = async function () {
  if (successor !== undefined) die("before it stores the folder");
  await sync.call(this);
  if (successor !== undefined) die("after it stored the folder");
};

const checkpointer = new FileCheckpointer(path, { fsync: "never" });
for (let version = 1; version <= 12; version++) {
  await checkpointer.save(largeRecords(600, version));
  Deno.stdout.writeSync(new TextEncoder().encode(`${version}\n`));
}
await checkpointer[Symbol.asyncDispose]();
