/**
 * Writing and reading the bytes of records: numbers, strings and values, one after the other.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import { deserialize, serialize } from "../../serialization/clone_bytes.ts";
import { checkCloneable } from "../../serialization/cloneable.ts";
import { pack } from "../../serialization/packer.ts";
import { unpack } from "../../serialization/unpacker.ts";
import { checkClone, checkJson, type ReadLimits } from "./read_limits.ts";

/** How a value is written. */
const UNDEFINED = 0;
const NULL = 1;
const TRUE = 2;
const FALSE = 3;
const INTEGER = 4;
const NUMBER = 5;
const TEXT = 6;
/** A JSON value, as a string. */
export const JSON_TEXT = 7;
/** A `Uint8Array` that has its buffer to itself. */
const BYTES = 8;
/** By `node:v8`, for what JSON cannot hold. */
const CLONE = 9;
/** The same, with errors in envelopes. */
const CLONE_OF_PACKED = 10;

/** The largest record, in bytes. */
export const MAX_RECORD = 2 ** 30;

/** Bytes in front of a record: its length, and the same again in another form, by which strange bytes are noticed. */
export const FRAME_HEAD = 8;
export const FRAME_MASK = 0x5eed_c0de;
/** The same, for a further piece of a record. */
const PIECE_MASK = 0xc0de_5eed;

/** Whether these are the two numbers in front of a record. */
export function isFrameHead(size: number, check: number): boolean {
  return ((size ^ FRAME_MASK) >>> 0) === check;
}

/** Whether these are the two numbers in front of a further piece of a record. */
export function isPieceHead(size: number, check: number): boolean {
  return ((size ^ PIECE_MASK) >>> 0) === check;
}

const ENOUGH = 1 << 16;
/** Strings of up to so many characters are written in a loop, and read in one: that is faster than to encode or decode few. */
const MAX_WRITTEN_SINGLY = 40;
const MAX_READ_SINGLY = 24;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Collects bytes in a buffer that grows. */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1_024);
  /** How many bytes are written. */
  length = 0;
  #view = new DataView(this.bytes.buffer);

  /** Forgets what is written, and the buffer if it has become large. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > ENOUGH) this.#resize(1_024);
  }

  /** What is written, for keeps; the writer begins again. */
  take(): Uint8Array<ArrayBuffer> {
    const { bytes, length } = this;
    this.length = 0;
    if (bytes.length <= ENOUGH) return bytes.slice(0, length);
    this.#resize(1_024);
    return bytes.subarray(0, length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = value;
  }

  /** A whole number from 0 to 2³² - 1. */
  whole(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Any number. */
  number(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** A string without lone surrogates. */
  text(value: string): void {
    this.#reserve(4 + value.length * 3);
    const start = this.length + 4;
    const written = this.#ascii(value, start) ?? encoder.encodeInto(value, this.bytes.subarray(start)).written;
    this.whole(written);
    this.length += written;
  }

  /** Writes a short string of ASCII characters. Returns how many there are. */
  #ascii(value: string, start: number): number | undefined {
    if (value.length > MAX_WRITTEN_SINGLY) return undefined;
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code >= 0x80) return undefined;
      this.bytes[start + at] = code;
    }
    return value.length;
  }

  /**
   * Any value that can travel.
   *
   * @param what Names the value in errors.
   * @throws {TypeError} If it cannot.
   */
  value(value: unknown, what: string): void {
    switch (typeof value) {
      case "undefined":
        return this.byte(UNDEFINED);
      case "boolean":
        return this.byte(value ? TRUE : FALSE);
      case "number":
        if ((value | 0) === value && !Object.is(value, -0)) {
          this.byte(INTEGER);
          return this.whole(value >>> 0);
        }
        this.byte(NUMBER);
        return this.number(value);
      case "string":
        if (!value.isWellFormed()) break;
        this.byte(TEXT);
        return this.text(value);
      case "object":
        if (value === null) return this.byte(NULL);
        if (isBytes(value)) return this.#bytesOf(value);
    }
    const how = checkCloneable(value, what, undefined, "separate");
    if (how === "json") return this.json(value);
    const isPacked = how === "packed";
    this.byte(isPacked ? CLONE_OF_PACKED : CLONE);
    try {
      this.raw(serialize(isPacked ? pack(value) : value));
    } catch (cause) {
      throw new TypeError(`${what} cannot travel to or from a subprocess: ${describeError(cause)}`, { cause });
    }
  }

  /** A value that is the same as JSON. */
  json(value: unknown): void {
    this.byte(JSON_TEXT);
    this.text(JSON.stringify(value));
  }

  /** Begins a record; returns what {@linkcode ByteWriter.end} wants. */
  begin(kind: number): number {
    const start = this.length;
    this.whole(0);
    this.whole(0);
    this.byte(kind);
    return start;
  }

  /**
   * Ends a record: puts its length in front.
   *
   * @throws {RangeError} If it is too long; it is removed then.
   */
  end(start: number): void {
    const size = this.length - start - FRAME_HEAD;
    if (size > MAX_RECORD) {
      this.length = start;
      throw new RangeError(`A value of ${size} bytes is too large to travel: ${MAX_RECORD} is the limit`);
    }
    this.#view.setUint32(start, size, true);
    this.#view.setUint32(start + 4, size ^ FRAME_MASK, true);
  }

  /** Puts the head of a further piece of a record at a place, over bytes that were sent. */
  putPieceHead(at: number, size: number): void {
    this.#view.setUint32(at, size, true);
    this.#view.setUint32(at + 4, size ^ PIECE_MASK, true);
  }

  #bytesOf(value: Uint8Array): void {
    this.byte(BYTES);
    this.raw(value);
  }

  /** Bytes, with their number in front. */
  raw(value: Uint8Array): void {
    this.whole(value.length);
    this.#reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  #reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.#resize(Math.max(this.bytes.length * 2, this.length + count));
  }

  #resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** Whether a value is a `Uint8Array` and of no class derived from it. */
export function isBytes(value: object): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.getPrototypeOf(value) === Uint8Array.prototype;
}

/** Reads what a {@linkcode ByteWriter} wrote; bytes that it did not write are an error. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #limits: ReadLimits | undefined;
  #at = 0;
  #end = 0;

  /** @param limits What its values may need. Default: whatever they need. */
  constructor(bytes: Uint8Array, limits?: ReadLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Sets out to read the bytes from `start` to `end`. */
  seek(start: number, end: number): void {
    this.#at = start;
    this.#end = end;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#end - this.#at;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  whole(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  number(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  text(): string {
    const length = this.whole();
    const start = this.#take(length);
    if (length <= MAX_READ_SINGLY) {
      const short = this.#ascii(start, start + length);
      if (short !== undefined) return short;
    }
    // Shared memory cannot be decoded; a copy of other memory would take three times as long as the decoder.
    const { buffer } = this.#bytes;
    const end = start + length;
    return decoder.decode(
      buffer instanceof ArrayBuffer ? this.#bytes.subarray(start, end) : this.#bytes.slice(start, end),
    );
  }

  value(): unknown {
    const tag = this.byte();
    switch (tag) {
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case TRUE:
        return true;
      case FALSE:
        return false;
      case INTEGER:
        return this.whole() | 0;
      case NUMBER:
        return this.number();
      case TEXT:
        return this.text();
      case JSON_TEXT:
        return this.#json();
      case BYTES:
        return this.raw();
      case CLONE:
        return this.#clone();
      case CLONE_OF_PACKED:
        return unpack(this.#clone());
    }
    throw new TypeError(`There is no kind ${tag} of values`);
  }

  #json(): unknown {
    if (this.#limits !== undefined) {
      const start = this.#at + 4;
      const end = Math.min(this.#end, start + this.#view.getUint32(this.#at, true));
      checkJson(this.#bytes.subarray(start, end), this.#limits);
    }
    return JSON.parse(this.text());
  }

  #clone(): unknown {
    const bytes = this.raw();
    if (this.#limits !== undefined) checkClone(bytes.length);
    return deserialize(bytes);
  }

  /** A copy of such bytes. */
  raw(): Uint8Array<ArrayBuffer> {
    const length = this.whole();
    const start = this.#take(length);
    const copy = new Uint8Array(length);
    copy.set(this.#bytes.subarray(start, start + length));
    return copy;
  }

  #ascii(start: number, end: number): string | undefined {
    let text = "";
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at]!;
      if (byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#end) throw new RangeError(`A record ends before the ${count} bytes that it announces`);
    this.#at = at + count;
    return at;
  }
}
