import { assertEquals } from "@std/assert";
import { tryLock } from "../../../src/stores/file/try_lock.ts";
import { tempFolder } from "../../support.ts";

/** Calls of `lock()`, which cannot be stopped, and may be granted once other files are closed. */
const locking: Promise<void>[] = [];

/** Opens a file as Deno before 2.7 does, without `tryLock()`, or as it is. */
async function open(path: string, kind: "old" | "new"): Promise<Deno.FsFile> {
  const file = await Deno.open(path, { read: true, write: true, create: true });
  if (kind === "new") return file;
  const lock = (exclusive?: boolean) => {
    const call = Deno.FsFile.prototype.lock.call(file, exclusive);
    locking.push(call);
    return call;
  };
  return Object.defineProperties(file, { tryLock: { value: undefined }, lock: { value: lock } });
}

for (const kind of ["old", "new"] as const) {
  Deno.test(`tryLock() locks a file that nothing has locked (${kind} versions of Deno)`, async () => {
    await using folder = await tempFolder();
    using file = await open(folder.file(), kind);
    assertEquals(await tryLock(file), true);
    using other = await open(folder.file(), "new");
    assertEquals(await other.tryLock(true), false);
  });

  Deno.test(`tryLock() does not wait for a file that is locked (${kind} versions of Deno)`, async () => {
    await using folder = await tempFolder();
    const holder = await open(folder.file(), "new");
    await holder.lock(true);
    const file = await open(folder.file(), kind);
    assertEquals(await tryLock(file), false);
    file.close();
    holder.close();
    {
      using next = await open(folder.file(), kind);
      // On old versions the lock that came too late is released at once, if not before this.
      for (let tries = 0; tries < 20 && !await tryLock(next); tries++);
      using last = await open(folder.file(), "new");
      assertEquals(await last.tryLock(true), false);
    }
    await Promise.allSettled(locking);
  });
}
