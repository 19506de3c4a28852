/**
 * Locking a file without waiting for another program.
 *
 * @module
 */

/** How long a lock may take that waits, in milliseconds: one that is free takes a fraction of one. */
const LOCK_MS = 300;

/**
 * Locks a file, for this program only. Returns whether it did: not if another program has locked it.
 *
 * Deno before 2.7 has no `tryLock()`, only `lock()`, which waits and cannot be stopped. There a lock that another program
 * holds is given up after a while; if it is granted later, it is released at once. Until then the wait keeps the program
 * from ending by itself.
 *
 * @param file The file. If it is not locked, the caller closes it.
 */
export async function tryLock(file: Deno.FsFile): Promise<boolean> {
  if (typeof file.tryLock === "function") return await file.tryLock(true);
  const locking = file.lock(true).then(() => true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), LOCK_MS));
  try {
    return await Promise.race([locking, late]);
  } finally {
    clearTimeout(timer);
    locking.catch(() => {}); // of a file that was closed meanwhile
  }
}
