/**
 * What a worker may send that is not trusted.
 *
 * V8 ends the whole program, and not only the call, when it is to make an array of more than 2²⁷ elements. And a few bytes of
 * JSON can become a value of many: `[[[[…` of 64 MiB takes more than 2 GB. An honest worker has held the value itself, within
 * its own memory; so a value that could not have been there is refused before it is parsed.
 *
 * @module
 */

const MIB = 2 ** 20;

/** The largest value in bytes that `node:v8` may read: each byte may be an element of an array, of which V8 takes 2²⁷. */
const MAX_CLONE = 2 ** 27 - 64;
/** How many elements an array of a JSON value may have: less than V8 takes. */
const MAX_ELEMENTS = 2 ** 26;
/** Up to this many bytes, no JSON value does harm. */
const SMALL_JSON = MIB;
/** What an element of an array, or a field of an object, takes in the memory of V8, at least. */
const ELEMENT_BYTES = 8;
/** What an array or object takes by itself, at least. */
const CONTAINER_BYTES = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** The limits of one worker. */
export interface ReadLimits {
  /** The largest record, in bytes. */
  readonly maxBytes: number;
  /** How much memory a value may take, in bytes. */
  readonly maxMemory: number;
}

/**
 * The limits for a subprocess.
 *
 * @param memoryLimitMb How much memory it may have, in MiB. Default: no limit.
 * @returns `undefined` for one that may do whatever the program may, and so needs none.
 */
export function limitsFor(isNarrowed: boolean, memoryLimitMb = Infinity): ReadLimits | undefined {
  if (memoryLimitMb === Infinity) return isNarrowed ? { maxBytes: Infinity, maxMemory: Infinity } : undefined;
  return { maxBytes: memoryLimitMb * MIB, maxMemory: memoryLimitMb * MIB };
}

/**
 * Checks a value that `node:v8` is to read.
 *
 * @throws {RangeError} If it is too large.
 */
export function checkClone(bytes: number): void {
  if (bytes > MAX_CLONE) {
    throw new RangeError(`A value of ${bytes} bytes is more than the ${MAX_CLONE} that can be read`);
  }
}

/**
 * Checks a value that `JSON.parse()` is to read.
 *
 * @throws {RangeError} If the value would take more memory than its sender may have, or more elements than V8 can handle.
 */
export function checkJson(bytes: Uint8Array, { maxMemory }: ReadLimits): void {
  if (bytes.length <= SMALL_JSON) return;
  let elements = 0;
  let containers = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at);
        break;
      case COMMA:
        elements++;
        break;
      case BRACKET:
      case BRACE:
        containers++;
    }
  }
  const memory = elements * ELEMENT_BYTES + containers * CONTAINER_BYTES;
  if (memory > maxMemory || elements > MAX_ELEMENTS) {
    throw new RangeError(`A value of ${elements + containers} elements is more than its worker can have had`);
  }
}

function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}
