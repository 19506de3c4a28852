/**
 * Reading files line by line.
 *
 * @module
 */

import { corruptionError } from "./errors.ts";

/** How many bytes are read at a time: enough that the calls cost little, and few enough not to block the event loop. */
export const CHUNK = 1 << 18;

const NEWLINE = 0x0a;

/** A file that can be read at positions. */
export interface ReadableFile {
  /** As the user named it. */
  readonly path: string;
  /** Reads into a buffer from a position on, up to the end of the file; returns how many bytes that were. */
  read(at: number, buffer: Uint8Array): number;
}

/** Fills a buffer from where a file stands, up to its end; returns how many bytes that were. */
export function readFully(file: Deno.FsFile, buffer: Uint8Array): number {
  let length = 0;
  while (length < buffer.length) {
    const read = file.readSync(length === 0 ? buffer : buffer.subarray(length));
    if (read === null) break;
    length += read;
  }
  return length;
}

/** Called with lines. */
export interface LineVisitor {
  /** A line; `end` is where its line break is, and `at` where in the file it starts. */
  line(bytes: Uint8Array, start: number, end: number, at: number): void;
  /** Whether a line may begin like this; if not, no more of it is kept in memory. */
  mayBegin(beginning: Uint8Array): boolean;
}

/** Calls a visitor with all lines from a position on. Returns where the last line ends; what follows is incomplete. */
export async function readLines(file: ReadableFile, from: number, visitor: LineVisitor): Promise<number> {
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
      if (!visitor.mayBegin(buffer)) return skipLine(file, at, buffer, visitor);
      const larger = new Uint8Array(2 * buffer.length);
      larger.set(buffer);
      buffer = larger;
    }
    await yieldToEventLoop();
  }
}

/** Scans past a corrupt line. If it is terminated, passes its beginning to the visitor, which must throw. */
async function skipLine(file: ReadableFile, at: number, beginning: Uint8Array, visitor: LineVisitor): Promise<number> {
  const buffer = new Uint8Array(CHUNK);
  for (let position = at + beginning.length;; position += CHUNK) {
    const read = file.read(position, buffer);
    if (read === 0) return at;
    if (buffer.subarray(0, read).includes(NEWLINE)) {
      visitor.line(beginning, 0, beginning.length, at);
      throw new Error("The visitor accepted a line that may not begin like this");
    }
    await yieldToEventLoop();
  }
}

/** Lets timers and signals run. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Some lines that follow each other. */
export interface LineRange {
  /** Their bytes, until the next range is read. */
  readonly bytes: Uint8Array;
  /** Where in the file they begin. */
  readonly at: number;
  /** The number of the first one, and of the one after the last. */
  readonly first: number;
  readonly end: number;
}

/**
 * Reads lines whose lengths are known, as many at a time as fit into a chunk.
 *
 * @param lengths Of all lines, in bytes with their line breaks; their signs are ignored.
 * @throws {CheckpointError} If the file ends before they do.
 */
export function* lineRanges(file: ReadableFile, from: number, lengths: Int32Array): Generator<LineRange> {
  let buffer = new Uint8Array(CHUNK);
  let at = from;
  for (let first = 0, end = 0; first < lengths.length; first = end) {
    let size = 0;
    while (end < lengths.length && (end === first || size + Math.abs(lengths[end]!) <= CHUNK)) {
      size += Math.abs(lengths[end++]!);
    }
    if (size > buffer.length) buffer = new Uint8Array(size);
    const bytes = buffer.subarray(0, size);
    readWhole(file, at, bytes);
    yield { bytes, at, first, end };
    at += size;
  }
}

/**
 * Fills a buffer with lines that begin at a position.
 *
 * @throws {CheckpointError} If the file ends before.
 */
export function readWhole(file: ReadableFile, at: number, bytes: Uint8Array): void {
  const read = file.read(at, bytes);
  if (read < bytes.length) {
    throw corruptionError(file.path, at + read, "it ends there, but was longer when it was opened");
  }
}
