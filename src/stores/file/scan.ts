/**
 * Reading a checkpoint's file when it is opened.
 *
 * @module
 */

import { type Crc32, crc32Function } from "../../core/node_builtins.ts";
import { contentOf, endOfId, ID_AT } from "./line_content.ts";
import { LineIndex } from "./line_index.ts";
import { type LineVisitor, type ReadableFile, readLines } from "./line_reader.ts";
import { beginsLine, JSON_AT, openLine } from "./line_writer.ts";
import { corruptionError } from "./errors.ts";

/** The lines of a file that count. */
export interface Scan {
  readonly index: LineIndex;
  /** The checksum of all lines. */
  readonly crc: number;
  /** Where the last line ends, and with it the last whole batch. */
  readonly end: number;
}

/**
 * Reads all lines after the header, and checks them.
 *
 * @param crc The checksum of the header.
 * @throws {CheckpointError} If they are not what was written, except that the end may be missing.
 */
export async function scan(file: ReadableFile, from: number, crc: number): Promise<Scan> {
  const scanner = new Scanner(file.path, from, crc);
  await readLines(file, from, scanner);
  return scanner.result();
}

class Scanner implements LineVisitor {
  readonly #path: string;
  readonly #crc32: Crc32 = crc32Function();
  readonly #index = new LineIndex();
  /** The checksum of all lines that were read. */
  #readCrc: number;
  /** The checksum of the lines that count, and where they end. */
  #crc: number;
  #end: number;
  /** The numbers of the ids of an incomplete batch, and the lengths of its lines. */
  readonly #ids: number[] = [];
  readonly #lengths: number[] = [];
  /** How many records of the batch are still missing. */
  #missing = 0;

  constructor(path: string, from: number, crc: number) {
    this.#path = path;
    this.#end = from;
    this.#readCrc = this.#crc = crc;
  }

  /** JSON has no NUL, of which the end of a file can be full after a loss of power. */
  mayBegin(beginning: Uint8Array): boolean {
    return beginsLine(beginning, 0) && !beginning.includes(0);
  }

  line(bytes: Uint8Array, start: number, end: number, at: number): void {
    const stated = openLine(bytes, start, end);
    if (stated === -1) throw corruptionError(this.#path, at, "the line is not one that was written");
    this.#readCrc = this.#crc32(bytes.subarray(start + JSON_AT, end), this.#readCrc);
    if (this.#readCrc !== stated) throw corruptionError(this.#path, at, "the checksum of the line is wrong");
    const length = end + 1 - start;
    const idEnd = endOfId(bytes, start + JSON_AT, end);
    if (idEnd === -1) this.#other(bytes.subarray(start + JSON_AT, end), length, at);
    else this.#record(this.#index.numberOf(bytes, start + JSON_AT + ID_AT, idEnd), length, at);
  }

  result(): Scan {
    return { index: this.#index, crc: this.#crc, end: this.#end };
  }

  #other(text: Uint8Array, length: number, at: number): void {
    const content = contentOf(text);
    if (content === undefined) throw corruptionError(this.#path, at, "the line is not a record");
    if ("id" in content) return this.#record(this.#index.numberOf(content.id, 0, content.id.length), length, at);
    if (this.#missing > 0) throw corruptionError(this.#path, at, `${this.#missing} records of a batch are missing`);
    if ("batch" in content) {
      this.#missing = content.batch;
      this.#lengths.push(length);
    } else {
      this.#index.remove(content.removed, length);
      this.#accept(at + length);
    }
  }

  #record(id: number, length: number, at: number): void {
    if (this.#missing === 0) {
      this.#index.put(id, length);
      return this.#accept(at + length);
    }
    this.#ids.push(id);
    this.#lengths.push(length);
    if (--this.#missing > 0) return;
    this.#index.addGarbage(this.#lengths[0]!);
    for (const [index, each] of this.#ids.entries()) this.#index.put(each, this.#lengths[index + 1]!);
    this.#ids.length = this.#lengths.length = 0;
    this.#accept(at + length);
  }

  #accept(end: number): void {
    this.#end = end;
    this.#crc = this.#readCrc;
  }
}
