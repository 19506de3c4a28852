/**
 * What a worker says of itself, to all runners of its pool: when it starts, every third of a lease, and when it leaves.
 *
 * @module
 */

import { newFrame, readerOf, readStrings, writeStrings } from "./frame.ts";

/** A worker, as it describes itself. */
export interface Hello {
  /** Names it; no other worker has that name. */
  readonly worker: string;
  /** How many bodies it runs at a time. */
  readonly slots: number;
  /** How many of them are taken. */
  readonly busy: number;
  /** How many jobs it has room for beyond those that have a slot: a few milliseconds of work. */
  readonly ahead: number;
  /** Whether it takes no more jobs. */
  readonly leaving: boolean;
  readonly tags: readonly string[];
  /** The tasks that it serves, as `name` or `name@version`. */
  readonly tasks: readonly string[];
}

/** More slots than a worker can have. */
const MAX_SLOTS = 100_000;

/** Writes it; tasks that do not fit are left out. */
export function encodeHello({ worker, slots, busy, ahead, leaving, tags, tasks }: Hello, maxFrame: number): Uint8Array {
  for (let count = tasks.length;; count >>= 1) {
    const writer = newFrame("hello");
    writer.text(worker);
    for (const each of [slots, busy, ahead, Number(leaving)]) writer.whole(each);
    writeStrings(writer, tags);
    writeStrings(writer, tasks.slice(0, count));
    if (writer.length <= maxFrame || count === 0) return writer.take();
  }
}

/**
 * Reads it.
 *
 * @throws {TypeError|RangeError} If it is none.
 */
export function decodeHello(frame: Uint8Array): Hello {
  const reader = readerOf(frame, "hello");
  const worker = reader.text();
  const [slots, busy, ahead, leaving] = [reader.whole(), reader.whole(), reader.whole(), reader.whole()];
  if (slots > MAX_SLOTS) throw new RangeError(`A worker with ${slots} slots`);
  return { worker, slots, busy, ahead, leaving: leaving === 1, tags: readStrings(reader), tasks: readStrings(reader) };
}
