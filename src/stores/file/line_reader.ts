/**
 * Reading files line by line.
 *
 * @module
 */

import type { LockedFile } from "./locked_file.ts";
import { damaged } from "./trouble.ts";

/** How many bytes are read at a time. */
export const CHUNK = 1 << 18;

const NEWLINE = 0x0a;

/** Told of lines. */
export interface LineVisitor {
  /** A line; `end` is where its line break is, and `at` where in the file it starts. */
  line(bytes: Uint8Array, start: number, end: number, at: number): void;
  /** Whether a long line may begin so; if not, no more of it is kept in memory. */
  mayBegin(beginning: Uint8Array): boolean;
}

/** Shows all lines from a position on. Returns where the last line break is passed: what follows is no whole line. */
export async function readLines(file: LockedFile, from: number, visitor: LineVisitor): Promise<number> {
  let buffer = new Uint8Array(CHUNK);
  let filled = 0;
  /** Where in the file the buffer begins. */
  let at = from;
  for (;;) {
    const read = file.read(at + filled, buffer.subarray(filled));
    if (read === 0) return at;
    const content = buffer.subarray(0, filled + read);
    let start = 0;
    for (let end; (end = content.indexOf(NEWLINE, Math.max(start, filled))) !== -1; start = end + 1) {
      visitor.line(buffer, start, end, at + start);
    }
    buffer.copyWithin(0, start, content.length);
    at += start;
    filled = content.length - start;
    if (filled === buffer.length) {
      if (!visitor.mayBegin(buffer)) return passOver(file, at, buffer, visitor);
      const larger = new Uint8Array(2 * buffer.length);
      larger.set(buffer);
      buffer = larger;
    }
    await breathe();
  }
}

/** Looks whether a line that is none ever ends. If so the visitor, who has to throw, is shown its beginning. */
async function passOver(file: LockedFile, at: number, beginning: Uint8Array, visitor: LineVisitor): Promise<number> {
  const buffer = new Uint8Array(CHUNK);
  for (let position = at + beginning.length;; position += CHUNK) {
    const read = file.read(position, buffer);
    if (read === 0) return at;
    if (buffer.subarray(0, read).includes(NEWLINE)) {
      visitor.line(beginning, 0, beginning.length, at);
      throw new Error("A line that may not begin as it does was taken for one");
    }
    await breathe();
  }
}

/** Lets timers and signals have their turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Some lines that follow each other. */
export interface Stretch {
  /** Their bytes, until the next stretch is asked for. */
  readonly bytes: Uint8Array;
  /** Where in the file they start. */
  readonly at: number;
  /** The number of the first one, and of the one after the last. */
  readonly first: number;
  readonly end: number;
}

/**
 * Reads lines whose lengths are known, as many at a time as fit into a chunk.
 *
 * @param lengths Of all lines, in bytes with their line breaks; their signs are passed over.
 * @throws {CheckpointError} If the file ends before they do.
 */
export function* stretchesOf(file: LockedFile, from: number, lengths: Int32Array): Generator<Stretch> {
  let buffer = new Uint8Array(CHUNK);
  let at = from;
  for (let first = 0, end = 0; first < lengths.length; first = end) {
    let size = 0;
    while (end < lengths.length && (end === first || size + Math.abs(lengths[end]!) <= CHUNK)) {
      size += Math.abs(lengths[end++]!);
    }
    if (size > buffer.length) buffer = new Uint8Array(size);
    const bytes = buffer.subarray(0, size);
    const read = file.read(at, bytes);
    if (read < size) throw damaged(file.path, at + read, "it ends there, but went on when it was opened");
    yield { bytes, at, first, end };
    at += size;
  }
}
