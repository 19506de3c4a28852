/**
 * A file that one owner at a time has open.
 *
 * @module
 */

import { CheckpointError } from "../../core/errors.ts";
import { globalSingleton } from "../../core/global_singleton.ts";
import { folderOf } from "../../core/file_paths.ts";
import { ForeignChangeError, operationError } from "./errors.ts";
import { readFully } from "./line_reader.ts";
import { tryLock } from "./try_lock.ts";

/** The files that this thread has open, so that errors can tell whether the other owner is in this program. */
const OPEN = globalSingleton("checkpoint-files", () => new Set<{ readonly real: string }>());

/** Each time that the file is replaced between opening and locking costs one; so many in a row never end. */
const MAX_TRIES = 100;

/** A file, open and locked, read and written at positions. */
export class LockedFile {
  /** As the user named it. */
  readonly path: string;
  /** Where it is, links followed. */
  readonly real: string;
  readonly #file: Deno.FsFile;
  /** Where the file's cursor is, so as to move it only if needed; -1 if that is not known. */
  #cursor = -1;
  #isClosed = false;

  private constructor(file: Deno.FsFile, path: string, real: string) {
    this.#file = file;
    this.path = path;
    this.real = real;
    OPEN.add(this);
  }

  /**
   * Opens and locks a file.
   *
   * @returns `undefined` if there is none and none is to be created.
   * @throws {CheckpointError} If it cannot be opened, is not a file, or is locked.
   */
  static async open(path: string, ifMissing: "create" | "return"): Promise<LockedFile | undefined> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      let file: Deno.FsFile | undefined;
      try {
        file = await Deno.open(path, { read: true, write: true, create: ifMissing === "create" });
        const real = await lock(file, path);
        if (real !== undefined) return new LockedFile(file, path, real);
        file.close();
      } catch (error) {
        file?.close();
        if (error instanceof CheckpointError) throw error;
        if (error instanceof Deno.errors.NotFound && ifMissing === "return") return undefined;
        throw operationError("open", path, error);
      }
    }
    throw new CheckpointError(`Cannot open the checkpoint "${path}": something replaces it all the time`, {
      reason: "unavailable",
    });
  }

  /** Creates a file at `temporary`, to take the place of this one. */
  async createSuccessor(temporary: string): Promise<LockedFile> {
    const options = { read: true, write: true, createNew: true, ...this.#mode() };
    const file = await Deno.open(temporary, options);
    try {
      await this.#giveOwnership(file, temporary);
      if (!await tryLock(file)) throw new Error(`${temporary} is locked by another program`);
      return new LockedFile(file, this.path, this.real);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  #mode(): { mode?: number } {
    const { mode } = this.#file.statSync();
    return mode === null ? {} : { mode: mode & 0o7777 };
  }

  /** Gives another file the owner and the permissions of this one. */
  async #giveOwnership(file: Deno.FsFile, path: string): Promise<void> {
    const [mine, its] = [this.#file.statSync(), file.statSync()];
    if (mine.uid !== its.uid || mine.gid !== its.gid) await Deno.chown(path, mine.uid, mine.gid);
    if (mine.mode !== null && mine.mode !== its.mode) await Deno.chmod(path, mine.mode & 0o7777);
  }

  /** How many bytes it has. */
  get size(): number {
    return this.#doing("read", () => this.#file.statSync().size);
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Reads into a buffer from a position on, up to the end of the file; returns how many bytes that were. */
  read(at: number, buffer: Uint8Array): number {
    return this.#doing("read", () => {
      this.#moveTo(at);
      const length = readFully(this.#file, buffer);
      this.#cursor = at + length;
      return length;
    });
  }

  /** The byte at a position; `undefined` if the file ends before that. */
  byteAt(at: number): number | undefined {
    const buffer = new Uint8Array(1);
    return this.read(at, buffer) === 0 ? undefined : buffer[0];
  }

  /** Writes bytes at a position. If that fails, a part of them may be there. */
  write(at: number, bytes: Uint8Array): void {
    this.#doing("write to", () => {
      this.#moveTo(at);
      let length = 0;
      while (length < bytes.length) {
        const written = this.#file.writeSync(length === 0 ? bytes : bytes.subarray(length));
        if (written === 0) throw new Error("the system writes nothing");
        length += written;
      }
      this.#cursor = at + length;
    });
  }

  /** Removes everything from a position on. */
  cut(at: number): void {
    this.#doing("write to", () => this.#file.truncateSync(at));
  }

  /**
   * Checks that the file is still the one at its path, and as long as its owner has made it.
   *
   * @throws {ForeignChangeError} If a program that ignores the lock moved, removed, replaced or changed it.
   */
  checkUntouched(size: number): void {
    const mine = this.#doing("read", () => this.#file.statSync());
    const found = this.#doing("read", () => whatIsAt(this.real));
    if (mine.nlink === 0 || found === "nothing") {
      throw new ForeignChangeError(
        mine.nlink === 0
          ? `The checkpoint "${this.path}" was removed or replaced while it was in use; what it held is lost`
          : `The checkpoint "${this.path}" was moved while it was in use; move it back, and resume`,
      );
    }
    if (found !== "unknown" && (found.ino !== mine.ino || found.dev !== mine.dev)) {
      throw new ForeignChangeError(
        `The checkpoint "${this.path}" was moved while it was in use, and another file is at its path, which was left as ` +
          "it is; move the checkpoint back, or continue with the other file, and resume",
      );
    }
    if (mine.size === size) return;
    throw new ForeignChangeError(
      `The checkpoint "${this.path}" has ${mine.size} bytes where ${size} were written: another program changed it ` +
        "while it was in use; prevent that, and resume",
    );
  }

  /**
   * Takes the place of another file at its path, after a last look at it.
   *
   * @param temporary Where this file is.
   * @param size The size that the other one has.
   * @throws {ForeignChangeError} If the other file is no longer the one at its path.
   */
  replace(other: LockedFile, temporary: string, size: number): void {
    other.checkUntouched(size);
    Deno.renameSync(temporary, other.real); // at once: nothing may come in between
  }

  /** Synchronises what was written with the disk. */
  async sync(): Promise<void> {
    try {
      await this.#file.syncData();
    } catch (error) {
      throw operationError("write to", this.path, error);
    }
  }

  /** Synchronises the entry of the file in its folder with the disk. */
  async syncFolder(): Promise<void> {
    const folder = folderOf(this.real);
    if (Deno.build.os === "windows" || !isGranted("read", folder)) return;
    try {
      using handle = await openFolder(folder);
      await handle?.sync();
    } catch (error) {
      // Some network file systems do not support it.
      if ((error as { code?: unknown }).code === "EINVAL") return;
      throw operationError("sync the folder of", this.path, error);
    }
  }

  /** Unlocks and closes it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    OPEN.delete(this);
    try {
      // A subprocess that another thread is just starting holds a copy of the descriptor until it executes its program:
      // to close ours would leave the file locked until then.
      this.#file.unlockSync();
    } finally {
      this.#file.close();
    }
  }

  #moveTo(at: number): void {
    if (this.#cursor !== at) this.#file.seekSync(at, Deno.SeekMode.Start);
    this.#cursor = -1;
  }

  #doing<T>(action: string, job: () => T): T {
    try {
      return job();
    } catch (error) {
      throw operationError(action, this.path, error);
    }
  }
}

/** What is at a path; `"unknown"` if this program may not look any more. */
function whatIsAt(path: string): Deno.FileInfo | "nothing" | "unknown" {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "nothing";
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) return "unknown";
    throw error;
  }
}

/** Whether a permission was given, without asking the user for it. */
export function isGranted(name: "read" | "write", path: string): boolean {
  return Deno.permissions.querySync({ name, path }).state === "granted";
}

/**
 * Locks a file. Returns its real path, or `undefined` if by now there is another file at its path.
 *
 * @throws {CheckpointError} If it is not a file, or locked.
 */
async function lock(file: Deno.FsFile, path: string): Promise<string | undefined> {
  const opened = await file.stat();
  if (!opened.isFile) {
    throw new CheckpointError(`Cannot open the checkpoint "${path}": it is not a regular file`, {
      reason: "unavailable",
    });
  }
  const isLocked = await tryLock(file);
  const real = await ifThere(Deno.realPath(path));
  const found = await ifThere(Deno.stat(path));
  if (!isLocked && real !== undefined) throw inUse(path, real);
  return isLocked && found?.ino === opened.ino && found.dev === opened.dev ? real : undefined;
}

async function ifThere<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function inUse(path: string, real: string): CheckpointError {
  const isNear = [...OPEN].some((each) => each.real === real);
  return new CheckpointError(
    `Cannot open the checkpoint "${path}": ` +
      (isNear
        ? "another runner or checkpointer of this program has it open; dispose of that first, or give each its own path"
        : "another program, or a worker of this one, has it open; wait until that has ended, or choose another path"),
    { reason: "in use" },
  );
}

/** `undefined` if this user may not read it. */
async function openFolder(folder: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(folder);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
