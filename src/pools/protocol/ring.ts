/**
 * Records through shared memory, between a thread and its pool; a ring for each direction.
 *
 * One side writes, the other reads. A record lies there as soon as it is written, also when the writer then loops
 * forever; and the reader is woken once for all that it has not read yet, not once for each.
 *
 * @module
 */

import { ByteReader, type ByteWriter, FRAME_HEAD } from "./bytes.ts";
import { RING_CAPACITY as CAPACITY, RING_HEAD_BYTES as HEADER_BYTES } from "./thread_memory.ts";

/** The largest record, in bytes: with larger ones, a thread would wait for room most of the time. Others go by `postMessage()`. */
export const MAX_IN_RING = CAPACITY >> 2;

/** What stands in front of the records, as 32-bit numbers. */
const HEAD = 0; // bytes read so far
const TAIL = 1; // bytes written so far
const AWAKE = 2; // whether the reader has been told and has not looked yet

/** Kept from before a task can replace it. */
const now = performance.now.bind(performance);

/** How often a reader looks before it asks for the time, which takes longer than a look. */
const LOOKS = 64;

/** Up to this many bytes, a loop is faster than a call of `set()` (measured). */
const SHORT = 64;

/** In place of a length: the next record is at the start of the buffer. */
const SKIP = 0xffff_ffff;

/** The side that writes. */
export class RingWriter {
  readonly #header: Int32Array;
  readonly #data: Uint8Array;
  readonly #view: DataView;
  readonly #wake: () => void;
  #tail = 0;

  /** @param wake Tells the reader to look. */
  constructor(ring: SharedArrayBuffer, wake: () => void) {
    this.#header = new Int32Array(ring, 0, HEADER_BYTES / 4);
    this.#data = new Uint8Array(ring, HEADER_BYTES);
    this.#view = new DataView(ring, HEADER_BYTES);
    this.#wake = wake;
  }

  /** Whether a record of this many bytes can be written without waiting. */
  hasRoom(bytes: number): boolean {
    // Twice, as it may have to leave a gap at the end of the buffer.
    return ((this.#tail - Atomics.load(this.#header, HEAD)) | 0) + 2 * (bytes + 4) <= CAPACITY;
  }

  /** Repairs what was under way when the thread was interrupted. */
  recover(): void {
    this.#tail = Atomics.load(this.#header, TAIL);
    Atomics.store(this.#header, AWAKE, 1);
    this.#wake();
  }

  /** Writes the one record that stands in `record`, its length in front; waits while there is no room. */
  write({ bytes, length }: ByteWriter): void {
    const size = (length + 3) & ~3;
    const rest = CAPACITY - (this.#tail & (CAPACITY - 1));
    if (rest < size) {
      this.#waitForRoom(rest);
      this.#view.setUint32(this.#tail & (CAPACITY - 1), SKIP, true);
      this.#tail = (this.#tail + rest) | 0;
    }
    this.#waitForRoom(size);
    const at = this.#tail & (CAPACITY - 1);
    if (length > SHORT) this.#data.set(bytes.subarray(0, length), at);
    else for (let i = 0; i < length; i++) this.#data[at + i] = bytes[i]!;
    this.#tail = (this.#tail + size) | 0;
    Atomics.store(this.#header, TAIL, this.#tail);
    if (Atomics.exchange(this.#header, AWAKE, 1) === 0) this.#wake();
  }

  #waitForRoom(size: number): void {
    for (;;) {
      const head = Atomics.load(this.#header, HEAD);
      if (((this.#tail - head) | 0) + size <= CAPACITY) return;
      Atomics.wait(this.#header, HEAD, head);
    }
  }
}

/** The side that reads. */
export class RingReader {
  readonly #header: Int32Array;
  readonly #view: DataView;
  readonly #reader: ByteReader;
  #head = 0;

  constructor(ring: SharedArrayBuffer) {
    this.#header = new Int32Array(ring, 0, HEADER_BYTES / 4);
    this.#view = new DataView(ring, HEADER_BYTES);
    this.#reader = new ByteReader(new Uint8Array(ring, HEADER_BYTES));
  }

  /**
   * Reads what lies there.
   *
   * @param take Called with each record, to be used before it returns; `false` stops after this one.
   */
  drain(take: (record: ByteReader) => boolean): void {
    Atomics.store(this.#header, AWAKE, 0);
    let goesOn = true;
    while (goesOn) {
      const tail = Atomics.load(this.#header, TAIL);
      if (tail === this.#head) return;
      while (goesOn && this.#head !== tail) goesOn = this.#next(take);
      Atomics.store(this.#header, HEAD, this.#head);
      Atomics.notify(this.#header, HEAD);
    }
  }

  /**
   * Looks for records for a while. The writer need not wake this side meanwhile, but has to again if there are none.
   *
   * @param milliseconds How long it looks. The processor is busy that long.
   * @returns Whether there are any.
   */
  lookFor(milliseconds: number): boolean {
    Atomics.store(this.#header, AWAKE, 1);
    const end = now() + milliseconds;
    do {
      for (let look = 0; look < LOOKS; look++) if (this.#hasMore()) return true;
    } while (now() < end);
    Atomics.store(this.#header, AWAKE, 0);
    return this.#hasMore();
  }

  #hasMore(): boolean {
    return Atomics.load(this.#header, TAIL) !== this.#head;
  }

  #next(take: (record: ByteReader) => boolean): boolean {
    const at = this.#head & (CAPACITY - 1);
    const size = this.#view.getUint32(at, true);
    if (size === SKIP) {
      this.#head = (this.#head + CAPACITY - at) | 0;
      return true;
    }
    this.#reader.seek(at + FRAME_HEAD, at + FRAME_HEAD + size);
    this.#head = (this.#head + ((size + FRAME_HEAD + 3) & ~3)) | 0;
    return take(this.#reader);
  }
}
