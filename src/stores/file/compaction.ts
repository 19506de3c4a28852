/**
 * Writing a checkpoint's file anew, without what no longer counts.
 *
 * @module
 */

import { type Crc32, crc32Function } from "../../core/node_builtins.ts";
import { breathe, type Stretch, stretchesOf } from "./line_reader.ts";
import { LineWriter, openLine, TEXT_AT } from "./line_writer.ts";
import { isGranted, type LockedFile } from "./locked_file.ts";
import { damaged } from "./trouble.ts";

/** What is to be written anew. */
export interface Source {
  readonly file: LockedFile;
  readonly header: Uint8Array;
  /** The checksum of the header. */
  readonly headerCrc: number;
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
 * Writes what counts to a file beside it, which then takes its place. Whatever happens meanwhile, there is one of them at
 * the path, whole and locked.
 *
 * @returns The new file; the folder is not stored yet. `undefined` if there is no permission for it.
 * @throws If it could not be done. The file is as it was; there is none beside it, if that could be removed.
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
    await Deno.rename(temporary, file.real);
    return { file: successor, ...written };
  } catch (error) {
    successor.close();
    await removeLeftover(file.real);
    throw error;
  }
}

/** Removes what a compaction left behind whose program was killed. Only who has the lock of the file may call it. */
export async function removeLeftover(real: string): Promise<void> {
  const temporary = temporaryFor(real);
  if (!isGranted("write", temporary) || !isGranted("read", temporary)) return;
  try {
    if ((await Deno.lstat(temporary)).isFile) await Deno.remove(temporary);
  } catch (error) {
    // If it is in the way, the next compaction says so; the checkpoint can be used without.
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
  for (const stretch of stretchesOf(file, header.length, lengths)) {
    const bytes = copier.linesOf(stretch);
    target.write(end, bytes);
    end += bytes.length;
    await breathe();
  }
  return { crc: copier.crc, end };
}

/** Takes over the lines that count, once their checksums have shown that they are as they were written. */
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
  linesOf({ bytes, at, first, end }: Stretch): Uint8Array {
    if (first > 0) this.#writer.clear(this.#writer.crc);
    let start = 0;
    for (let line = first; line < end; line++) {
      const length = this.#lengths[line]!;
      const next = start + Math.abs(length);
      const stated = openLine(bytes, start, next - 1);
      this.#oldCrc = this.#crc32(bytes.subarray(start + TEXT_AT, next - 1), this.#oldCrc);
      if (this.#oldCrc !== stated) throw damaged(this.#path, at + start, "the line changed after it was written");
      if (length > 0) this.#writer.addBytes(bytes, start + TEXT_AT, next - 1);
      start = next;
    }
    return this.#writer.lines();
  }
}
