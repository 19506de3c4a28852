/**
 * Records out of a stream of bytes that arrives in pieces.
 *
 * @module
 */

import { ByteReader, FRAME_HEAD, isFrameHead, MAX_RECORD } from "./bytes.ts";

const HEAD = FRAME_HEAD;

/** Puts pieces together, and passes on each whole record. */
export class FrameReader {
  readonly #take: (record: ByteReader) => void;
  readonly #head = new Uint8Array(HEAD);
  #headLength = 0;
  /** A record of which a part has arrived. */
  #partial: Uint8Array | undefined;
  #partialLength = 0;

  /** @param take Called with a reader of each record, to be used before it returns. */
  constructor(take: (record: ByteReader) => void) {
    this.#take = take;
  }

  /**
   * Takes the next piece of the stream.
   *
   * @throws {RangeError} If a record announces a length that none has.
   */
  feed(chunk: Uint8Array): void {
    let reader: ByteReader | undefined;
    let at = 0;
    while (at < chunk.length) {
      if (this.#partial !== undefined) {
        at = this.#fill(this.#partial, chunk, at);
        continue;
      }
      if (this.#headLength === 0 && chunk.length - at >= HEAD) {
        const size = sizeOf(chunk, at);
        const start = at + HEAD;
        if (start + size <= chunk.length) {
          reader ??= new ByteReader(chunk);
          reader.seek(start, start + size);
          this.#take(reader);
          at = start + size;
        } else {
          this.#expect(size);
          at = start;
        }
        continue;
      }
      this.#head[this.#headLength++] = chunk[at++]!;
      if (this.#headLength < HEAD) continue;
      this.#headLength = 0;
      this.#expect(sizeOf(this.#head, 0));
    }
  }

  /** How many bytes are missing of a record of which a part has arrived. */
  get missing(): number {
    return this.#partial === undefined ? 0 : this.#partial.length - this.#partialLength;
  }

  /** Where these go, if the caller can put them there; {@linkcode FrameReader.filled} says how many were. */
  get room(): Uint8Array {
    return this.#partial!.subarray(this.#partialLength);
  }

  /** See {@linkcode FrameReader.room}. */
  filled(count: number): void {
    this.#partialLength += count;
    this.#takeIfWhole();
  }

  #expect(size: number): void {
    this.#partial = new Uint8Array(size);
    this.#partialLength = 0;
  }

  #fill(partial: Uint8Array, chunk: Uint8Array, at: number): number {
    const count = Math.min(partial.length - this.#partialLength, chunk.length - at);
    partial.set(chunk.subarray(at, at + count), this.#partialLength);
    this.#partialLength += count;
    this.#takeIfWhole();
    return at + count;
  }

  #takeIfWhole(): void {
    const partial = this.#partial;
    if (partial === undefined || this.#partialLength < partial.length) return;
    this.#partial = undefined;
    const reader = new ByteReader(partial);
    reader.seek(0, partial.length);
    this.#take(reader);
  }
}

function sizeOf(bytes: Uint8Array, at: number): number {
  const size = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  const check = (bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24)) >>> 0;
  if (!isFrameHead(size, check)) {
    throw new RangeError("Bytes came in between that are not a record: did the task print them?");
  }
  if (size === 0 || size > MAX_RECORD) throw new RangeError(`There is no record of ${size} bytes`);
  return size;
}
