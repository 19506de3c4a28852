/**
 * Keeps the cache from growing without end.
 *
 * @module
 */

import { fileIn } from "../../core/file_paths.ts";

/** The names of folders and files in a cache. Nothing else in its folder is ever touched, whatever folder a user names. */
const FOLDER = /^[0-9a-f]{2}$/;
const ENTRY = /^[0-9a-f]{62}$/;
const TEMPORARY = /^[0-9a-f]{62}\.[0-9a-f-]{36}\.tmp$/;

/** What a program that was killed has left half written is deleted after this, in milliseconds. */
const MAX_WRITING_MS = 3_600_000;

/** Which part of its size a cache has after something was deleted, so that this is not done for each entry. */
const KEPT_PART = 0.9;

/** Other programs write as well: the size is found out again once this part of it was written. */
const RESCAN_PART = 1 / 8;

/** A file of a cache. */
interface FileInCache {
  readonly path: string;
  readonly size: number;
  /** When it was last used, in milliseconds since the epoch. */
  readonly usedAt: number;
}

/** Where an entry lies in a cache. @param id 64 hexadecimal digits. */
export function pathOfEntry(folder: string, id: string): string {
  return fileIn(fileIn(folder, id.slice(0, 2)), id.slice(2));
}

/** The size of a cache, and what is deleted when that is too large. */
export class Eviction {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Bytes in the cache when they were last counted; `undefined` before that. */
  #counted: number | undefined;
  /** Bytes that were written since. */
  #written = 0;

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** Notes that so many bytes were written. Returns whether it is time to {@linkcode evict}. */
  wrote(bytes: number): boolean {
    this.#written += bytes;
    if (this.#counted === undefined || this.#counted + this.#written > this.#maxBytes) return true;
    return this.#written > this.#maxBytes * RESCAN_PART;
  }

  /** Deletes what was not used for longest, if the cache is too large, and what was left half written. */
  async evict(): Promise<void> {
    this.#written = 0;
    const oldest = Date.now() - MAX_WRITING_MS;
    const files: FileInCache[] = [];
    let size = 0;
    for await (const file of this.#files()) {
      const isTemporary = file.path.endsWith(".tmp");
      if (isTemporary && file.usedAt < oldest) {
        await remove(file.path);
        continue;
      }
      // What is being written just now, by this program or another one, takes room and is not for deletion.
      if (!isTemporary) files.push(file);
      size += file.size;
    }
    if (size > this.#maxBytes) {
      files.sort((a, b) => a.usedAt - b.usedAt);
      for (const file of files) {
        if (size <= this.#maxBytes * KEPT_PART) break;
        await remove(file.path);
        size -= file.size;
      }
    }
    this.#counted = size;
  }

  async *#files(): AsyncIterable<FileInCache> {
    for (const folder of await entriesOf(this.#folder)) {
      if (!folder.isDirectory || !FOLDER.test(folder.name)) continue;
      const path = fileIn(this.#folder, folder.name);
      for (const { name, isFile } of await entriesOf(path)) {
        if (!isFile || !(ENTRY.test(name) || TEMPORARY.test(name))) continue;
        const file = await statOf(fileIn(path, name));
        if (file !== undefined) yield file;
      }
    }
  }
}

/** Another program may delete at the same time. */
async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function statOf(path: string): Promise<FileInCache | undefined> {
  try {
    const { size, mtime } = await Deno.stat(path);
    return { path, size, usedAt: mtime?.getTime() ?? 0 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
