/**
 * Rewriting a checkpoint's file without the lines that no longer count.
 *
 * @module
 */

import { type Crc32, crc32Function } from "../../core/node_builtins.ts";
import { type LineRange, lineRanges, yieldToEventLoop } from "./line_reader.ts";
import { JSON_AT, LineWriter, openLine } from "./line_writer.ts";
import { isGranted, type LockedFile } from "./locked_file.ts";
import { corruptionError } from "./errors.ts";

/** What is to be rewritten. */
export interface Source {
  readonly file: LockedFile;
  readonly header: Uint8Array;
  /** The checksum of the header. */
  readonly headerCrc: number;
  /** How many bytes the file has. */
  readonly size: number;
  /** The lengths of the lines after it, negative for those that do not count. */
  readonly lengths: Int32Array;
}

/** A file that took the place of another one. */
export interface Compacted {
  readonly file: LockedFile;
  readonly crc: number;
  readonly end: number;
}

/**
 * Writes what counts to a file beside it, which then takes its place. Whatever happens meanwhile, one of the two is at the
 * path, whole and locked.
 *
 * @returns The new file; its folder is not synced yet. `undefined` if there is no permission for it.
 * @throws If it cannot be done, or the file is no longer the one at its path. It is as it was; the one beside it is removed, if that is possible.
 */
export async function compact(source: Source): Promise<Compacted | undefined> {
  const { file } = source;
  const temporary = temporaryFor(file.real);
  if (!isGranted("write", temporary) || !isGranted("read", temporary)) return undefined;
  await removeLeftover(file.real);
  const successor = await file.createSuccessor(temporary);
  try {
    const written = await copy(source, successor);
    await successor.sync();
    successor.replace(file, temporary, source.size);
    return { file: successor, ...written };
  } catch (error) {
    successor.close();
    await removeLeftover(file.real);
    throw error;
  }
}

/** Removes what a compaction left behind whose program was killed. Only for the owner of the lock of the file. */
export async function removeLeftover(real: string): Promise<void> {
  const temporary = temporaryFor(real);
  if (!isGranted("write", temporary) || !isGranted("read", temporary)) return;
  try {
    if ((await Deno.lstat(temporary)).isFile) await Deno.remove(temporary);
  } catch (error) {
    // If it is in the way, the next compaction fails; the checkpoint can be used without one.
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) throw error;
  }
}

function temporaryFor(real: string): string {
  return `${real}.tmp-compaction`;
}

async function copy(source: Source, target: LockedFile): Promise<Omit<Compacted, "file">> {
  const { file, header, lengths } = source;
  const copier = new Copier(source);
  let end = 0;
  for (const range of lineRanges(file, header.length, lengths)) {
    const bytes = copier.linesOf(range);
    target.write(end, bytes);
    end += bytes.length;
    await yieldToEventLoop();
  }
  return { crc: copier.crc, end };
}

/** Copies the lines that count, once their checksums have shown that they are as they were written. */
class Copier {
  readonly #crc32: Crc32 = crc32Function();
  readonly #path: string;
  readonly #lengths: Int32Array;
  readonly #writer = new LineWriter(0);
  #oldCrc: number;

  constructor({ file, header, headerCrc, lengths }: Source) {
    this.#path = file.path;
    this.#lengths = lengths;
    this.#oldCrc = headerCrc;
    this.#writer.addHeader(header);
  }

  get crc(): number {
    return this.#writer.crc;
  }

  /** What is to be written for some lines, until it is called again; for the first ones, with the header. */
  linesOf({ bytes, at, first, end }: LineRange): Uint8Array {
    if (first > 0) this.#writer.clear(this.#writer.crc);
    let start = 0;
    for (let line = first; line < end; line++) {
      const length = this.#lengths[line]!;
      const next = start + Math.abs(length);
      const stated = openLine(bytes, start, next - 1);
      this.#oldCrc = this.#crc32(bytes.subarray(start + JSON_AT, next - 1), this.#oldCrc);
      if (this.#oldCrc !== stated) {
        throw corruptionError(this.#path, at + start, "the line changed after it was written");
      }
      if (length > 0) this.#writer.addBytes(bytes, start + JSON_AT, next - 1);
      start = next;
    }
    return this.#writer.lines();
  }
}
