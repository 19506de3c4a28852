/**
 * Lines as they stand in a checkpoint's file.
 *
 * @module
 */

import { type Crc32, crc32Function } from "../../core/node_builtins.ts";

/** What stands before the checksum. */
const BEFORE = `{"crc":"`;
const HEX_DIGITS = 8;
/** Where in a line the text begins whose checksum it is: there stands a comma in place of the brace. */
export const TEXT_AT = BEFORE.length + HEX_DIGITS + 1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACE = 0x7b;
const NEWLINE = 0x0a;

const BEFORE_BYTES = new TextEncoder().encode(BEFORE);
const HEX = new TextEncoder().encode("0123456789abcdef");
/** The value of each byte as a hexadecimal digit, or 255. */
const VALUES = new Uint8Array(256).fill(255);
HEX.forEach((digit, value) => VALUES[digit] = value);

/** What a buffer begins with, and what it may keep, in bytes. */
const SMALL = 1 << 14;
const LARGE = 1 << 22;
/** A text of more characters is encoded apart, so as not to need room for the three bytes that each may take. */
const LONG_TEXT = 1 << 16;

const encoder = new TextEncoder();

/** Puts texts into lines, one after the other, each with a checksum over it and all before it. */
export class LineWriter {
  readonly #crc32: Crc32 = crc32Function();
  #buffer = new Uint8Array(SMALL);
  #length = 0;
  /** That of all lines so far. */
  crc: number;

  /** @param crc The checksum of the lines before. */
  constructor(crc: number) {
    this.crc = crc;
  }

  /** How many bytes the lines have. */
  get length(): number {
    return this.#length;
  }

  /** Forgets the lines. */
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

  /** Adds the text of a JSON object. Returns the length of the line, in bytes. */
  add(text: string): number {
    if (text.length > LONG_TEXT) {
      const bytes = encoder.encode(text);
      return this.addBytes(bytes, 0, bytes.length);
    }
    this.#need(TEXT_AT + 3 * text.length + 1);
    const at = this.#length + TEXT_AT;
    return this.#frame(encoder.encodeInto(text, this.#buffer.subarray(at)).written);
  }

  /** Adds the text of a JSON object as its bytes; the brace may be a comma. */
  addBytes(bytes: Uint8Array, start: number, end: number): number {
    this.#need(TEXT_AT + end - start + 1);
    const at = this.#length + TEXT_AT;
    this.#buffer.set(bytes.subarray(start, end), at);
    this.#buffer[at] = BRACE;
    return this.#frame(end - start);
  }

  /** Puts what a line has around the text that stands in its place. */
  #frame(textLength: number): number {
    const buffer = this.#buffer;
    const start = this.#length;
    const end = start + TEXT_AT + textLength;
    this.crc = this.#crc32(buffer.subarray(start + TEXT_AT, end), this.crc);
    // For so few bytes a loop is faster than set().
    for (let index = 0; index < BEFORE.length; index++) buffer[start + index] = BEFORE_BYTES[index]!;
    for (let digit = 0; digit < HEX_DIGITS; digit++) {
      buffer[start + BEFORE.length + digit] = HEX[(this.crc >>> (28 - 4 * digit)) & 15]!;
    }
    buffer[start + TEXT_AT - 1] = QUOTE;
    buffer[start + TEXT_AT] = COMMA;
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

/** What the checksum of the first line after a header goes on from. */
export function headerCrc(header: Uint8Array, crc32: Crc32): number {
  return crc32(header.subarray(0, -1));
}

/**
 * The checksum that a line states, or -1 if it is not one of these lines. Puts the brace back where the text begins.
 *
 * @param end Where the line ends, without its line break.
 */
export function openLine(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= TEXT_AT + 1 || !beginsLine(bytes, start)) return -1;
  let crc = 0;
  for (let at = start + BEFORE.length; at < start + TEXT_AT - 1; at++) {
    const value = VALUES[bytes[at]!]!;
    if (value === 255) return -1;
    crc = crc << 4 | value;
  }
  bytes[start + TEXT_AT] = BRACE;
  return crc >>> 0;
}

/** Whether one of these lines may begin so. */
export function beginsLine(bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < BEFORE.length; index++) {
    if (bytes[start + index] !== BEFORE_BYTES[index]) return false;
  }
  return bytes[start + TEXT_AT - 1] === QUOTE && bytes[start + TEXT_AT] === COMMA;
}
