/**
 * What all frames have in common: a version in front, and a reader that trusts nothing.
 *
 * @module
 */

import { ByteReader, ByteWriter } from "../../pools/protocol/bytes.ts";
import { READ_LIMITS, WIRE_VERSION } from "./limits.ts";

/** What frames are of: their second byte. */
export const FRAME = { job: 1, outcomes: 2, events: 3, hello: 4, order: 5 } as const;

/** The kind of a frame. */
export type FrameKind = keyof typeof FRAME;

/** A writer that has begun a frame. */
export function newFrame(kind: FrameKind): ByteWriter {
  const writer = new ByteWriter();
  beginFrame(writer, kind);
  return writer;
}

/** Begins a frame. */
export function beginFrame(writer: ByteWriter, kind: FrameKind): void {
  writer.byte(WIRE_VERSION);
  writer.byte(FRAME[kind]);
}

/**
 * A reader for the content of a frame.
 *
 * @throws {TypeError} If it is of another version, or another kind.
 */
export function readerOf(frame: Uint8Array, kind: FrameKind): ByteReader {
  const reader = new ByteReader(frame, READ_LIMITS);
  reader.seek(0, frame.length);
  const version = reader.byte();
  if (version !== WIRE_VERSION) {
    throw new TypeError(`A frame of version ${version}: runners and workers need the same version of this package`);
  }
  if (reader.byte() !== FRAME[kind]) throw new TypeError(`A frame that is not of the kind "${kind}"`);
  return reader;
}

/** Writes a list of strings. */
export function writeStrings(writer: ByteWriter, strings: readonly string[]): void {
  writer.whole(strings.length);
  for (const each of strings) writer.text(each.toWellFormed());
}

/**
 * Reads a list of strings.
 *
 * @throws {RangeError} If it is longer than what is left.
 */
export function readStrings(reader: ByteReader): string[] {
  const count = reader.whole();
  if (count > reader.left) throw new RangeError(`A list of ${count} strings is longer than its frame`);
  return Array.from({ length: count }, () => reader.text());
}

/**
 * Reads a number that is a duration or a fraction.
 *
 * @throws {RangeError} If it is negative or not a number.
 */
export function readAmount(reader: ByteReader): number {
  const amount = reader.number();
  if (amount >= 0 && amount < Infinity) return amount;
  throw new RangeError(`${amount} is not an amount`);
}
