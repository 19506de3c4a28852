/**
 * Lines as they are in a checkpoint's file.
 *
 * @module
 */

import { type Crc32, crc32Function } from "../../core/node_builtins.ts";

/** What is before the checksum. */
const BEFORE = `{"crc":"`;
const HEX_DIGITS = 8;
/** Where in a line the JSON begins whose checksum it is; it has a comma instead of its first brace. */
export const JSON_AT = BEFORE.length + HEX_DIGITS + 1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACE = 0x7b;
const NEWLINE = 0x0a;

const BEFORE_BYTES = new TextEncoder().encode(BEFORE);
const HEX = new TextEncoder().encode("0123456789abcdef");
/** The value of each byte as a hexadecimal digit, or 255. */
const VALUES = new Uint8Array(256).fill(255);
HEX.forEach((digit, value) => VALUES[digit] = value);

/** The size of a new buffer, and the largest that is kept for the next lines, in bytes. */
const SMALL = 1 << 14;
const LARGE = 1 << 22;
/** A longer string is encoded separately: in place, it would need room for three bytes a character. */
const MAX_IN_PLACE = 1 << 16;

const encoder = new TextEncoder();

/** Writes lines one after the other, each with a checksum of it and of all lines before. */
export class LineWriter {
  readonly #crc32: Crc32 = crc32Function();
  #buffer = new Uint8Array(SMALL);
  #length = 0;
  /** The checksum of all lines so far. */
  crc: number;

  /** @param crc The checksum of the lines before. */
  constructor(crc: number) {
    this.crc = crc;
  }

  /** How many bytes the lines have. */
  get length(): number {
    return this.#length;
  }

  /** Drops the lines. */
  clear(crc: number): void {
    this.crc = crc;
    this.#length = 0;
    if (this.#buffer.length > LARGE) this.#buffer = new Uint8Array(SMALL);
  }

  /** The lines, until the next one is added. */
  lines(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Adds the header, which has no checksum of its own. */
  addHeader(header: Uint8Array): void {
    this.#need(header.length);
    this.#buffer.set(header, this.#length);
    this.#length += header.length;
    this.crc = headerCrc(header, this.#crc32);
  }

  /** Adds a JSON object. Returns the length of the line, in bytes. */
  add(json: string): number {
    if (json.length > MAX_IN_PLACE) {
      const bytes = encoder.encode(json);
      return this.addBytes(bytes, 0, bytes.length);
    }
    this.#need(JSON_AT + 3 * json.length + 1);
    const at = this.#length + JSON_AT;
    return this.#frame(encoder.encodeInto(json, this.#buffer.subarray(at)).written);
  }

  /** Adds a JSON object as bytes; its first brace may be a comma. */
  addBytes(bytes: Uint8Array, start: number, end: number): number {
    this.#need(JSON_AT + end - start + 1);
    const at = this.#length + JSON_AT;
    this.#buffer.set(bytes.subarray(start, end), at);
    this.#buffer[at] = BRACE;
    return this.#frame(end - start);
  }

  /** Adds what a line has around the JSON that is in its place. */
  #frame(jsonLength: number): number {
    const buffer = this.#buffer;
    const start = this.#length;
    const end = start + JSON_AT + jsonLength;
    this.crc = this.#crc32(buffer.subarray(start + JSON_AT, end), this.crc);
    // For so few bytes a loop is faster than set().
    for (let index = 0; index < BEFORE.length; index++) buffer[start + index] = BEFORE_BYTES[index]!;
    for (let digit = 0; digit < HEX_DIGITS; digit++) {
      buffer[start + BEFORE.length + digit] = HEX[(this.crc >>> (28 - 4 * digit)) & 15]!;
    }
    buffer[start + JSON_AT - 1] = QUOTE;
    buffer[start + JSON_AT] = COMMA;
    buffer[end] = NEWLINE;
    this.#length = end + 1;
    return end + 1 - start;
  }

  #need(more: number): void {
    const least = this.#length + more;
    if (least <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(least, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** The checksum that the one of the first line after a header continues. */
export function headerCrc(header: Uint8Array, crc32: Crc32): number {
  return crc32(header.subarray(0, -1));
}

/**
 * The checksum that a line states, or -1 if it is not one of these lines. Restores the brace where the JSON begins.
 *
 * @param end Where the line ends, without its line break.
 */
export function openLine(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= JSON_AT + 1 || !beginsLine(bytes, start)) return -1;
  let crc = 0;
  for (let at = start + BEFORE.length; at < start + JSON_AT - 1; at++) {
    const value = VALUES[bytes[at]!]!;
    if (value === 255) return -1;
    crc = crc << 4 | value;
  }
  bytes[start + JSON_AT] = BRACE;
  return crc >>> 0;
}

/** Whether one of these lines may begin like this. */
export function beginsLine(bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < BEFORE.length; index++) {
    if (bytes[start + index] !== BEFORE_BYTES[index]) return false;
  }
  return bytes[start + JSON_AT - 1] === QUOTE && bytes[start + JSON_AT] === COMMA;
}
