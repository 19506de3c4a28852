/**
 * Records out of a stream of bytes that arrives in parts.
 *
 * What the pool sends to a subprocess is nothing but records, one after the other. What a subprocess sends may have other
 * bytes in between: its standard output is also that of whatever a task starts, and of code that writes to the file
 * descriptor itself. Each write of a subprocess is a **piece** of at most {@linkcode MAX_PIECE} bytes, which the system does
 * not mix with other writes; a record that is longer comes in several, each with a head of its own. A piece ends with a
 * line break: the standard output of Deno writes what follows the last line break by itself, so that any other byte with
 * that value would make two writes of one.
 *
 * @module
 */

import { ByteReader, FRAME_HEAD, isFrameHead, isPieceHead, MAX_RECORD } from "./bytes.ts";
import type { ReadLimits } from "./read_limits.ts";

/** The last byte of a piece: a line break. */
export const PIECE_END = 0x0a;

/** The largest piece with its head and end, in bytes: what POSIX writes to a pipe without other bytes in between (`PIPE_BUF`). */
export const MAX_PIECE = 4_096;

const HEAD = FRAME_HEAD;
const NOTHING = new Uint8Array(0);

/** How a stream is read. */
export interface FrameOptions {
  /** Takes bytes that do not belong to any record; records come in pieces then. Default: such bytes are an error. */
  readonly other?: (bytes: Uint8Array) => void;
  /** What records may need. Default: no limits but {@linkcode MAX_RECORD}. */
  readonly limits?: ReadLimits | undefined;
}

/** Puts parts together, and passes on each whole record. */
export class FrameReader {
  readonly #take: (record: ByteReader) => void;
  readonly #other: ((bytes: Uint8Array) => void) | undefined;
  readonly #limits: ReadLimits | undefined;
  /** The last bytes that came, fewer than a head has. */
  #held: Uint8Array = NOTHING;
  /** A record of which a part has arrived. */
  #partial: Uint8Array | undefined;
  #partialLength = 0;
  /** How many bytes of its current piece are missing. */
  #pieceLeft = 0;
  /** Whether a piece was read whose end comes next. */
  #expectsEnd = false;

  /** @param take Called with a reader of each record, to be used before it returns. */
  constructor(take: (record: ByteReader) => void, { other, limits }: FrameOptions = {}) {
    this.#take = take;
    this.#other = other;
    this.#limits = limits;
  }

  /**
   * Takes the next part of the stream.
   *
   * @throws {RangeError} If it is not part of a stream of records.
   */
  feed(part: Uint8Array): void {
    const bytes = this.#held.length === 0 ? part : joined(this.#held, part);
    this.#held = NOTHING;
    let reader: ByteReader | undefined;
    for (let at = 0; at < bytes.length;) {
      if (this.#expectsEnd) {
        this.#expectsEnd = false;
        if (bytes[at] === PIECE_END) at++;
      } else if (this.#pieceLeft > 0) {
        at += this.#fill(bytes, at);
      } else if (bytes.length - at < HEAD) {
        this.#held = bytes.slice(at);
        return;
      } else if (isPieceHead(numberAt(bytes, at), numberAt(bytes, at + 4))) {
        this.#continue(numberAt(bytes, at));
        at += HEAD;
      } else if (!isFrameHead(numberAt(bytes, at), numberAt(bytes, at + 4))) {
        at = this.#skip(bytes, at);
      } else {
        const size = this.#sizeOf(numberAt(bytes, at));
        at += HEAD;
        const end = at + size;
        if (end > bytes.length || this.#firstPiece(size) < size) {
          this.#expect(size);
          continue;
        }
        reader ??= new ByteReader(bytes, this.#limits);
        reader.seek(at, end);
        this.#expectsEnd = this.#other !== undefined;
        this.#take(reader);
        at = end;
      }
    }
  }

  /** The stream has ended. */
  end(): void {
    if (this.#held.length > 0) this.#other?.(this.#held);
    this.#held = NOTHING;
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
    this.#pieceLeft -= count;
    const partial = this.#partial;
    if (partial === undefined || this.#partialLength < partial.length) return;
    this.#partial = undefined;
    const reader = new ByteReader(partial, this.#limits);
    reader.seek(0, partial.length);
    this.#take(reader);
  }

  /** How many bytes of a record of that size are in its first piece. */
  #firstPiece(size: number): number {
    return this.#other === undefined ? size : Math.min(size, MAX_PIECE - HEAD - 1);
  }

  #expect(size: number): void {
    this.#partial = new Uint8Array(size);
    this.#partialLength = 0;
    this.#pieceLeft = this.#firstPiece(size);
  }

  #continue(size: number): void {
    if (size === 0 || size > this.missing) throw new RangeError(`There is no record that continues with ${size} bytes`);
    this.#pieceLeft = size;
  }

  #fill(bytes: Uint8Array, at: number): number {
    const count = Math.min(this.#pieceLeft, bytes.length - at);
    this.#partial!.set(bytes.subarray(at, at + count), this.#partialLength);
    this.#expectsEnd = count === this.#pieceLeft && this.#other !== undefined;
    this.filled(count);
    return count;
  }

  /** Passes on the bytes before the next head, of which the last ones may be the beginning. Returns where that is. */
  #skip(bytes: Uint8Array, from: number): number {
    if (this.#other === undefined) throw new RangeError("Bytes came in between that are not a record");
    let at = from + 1;
    for (; at + HEAD <= bytes.length; at++) {
      const [size, check] = [numberAt(bytes, at), numberAt(bytes, at + 4)];
      if (isFrameHead(size, check) || isPieceHead(size, check)) break;
    }
    this.#other(bytes.subarray(from, at));
    return at;
  }

  #sizeOf(size: number): number {
    if (this.#partial !== undefined) throw new RangeError("A record begins before the one before it has ended");
    if (size === 0 || size > MAX_RECORD) throw new RangeError(`There is no record of ${size} bytes`);
    const max = this.#limits?.maxBytes ?? MAX_RECORD;
    if (size > max) throw new RangeError(`A record of ${size} bytes is more than the ${max} that its worker may send`);
    return size;
  }
}

function numberAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
