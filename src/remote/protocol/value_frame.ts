/**
 * Values that are kept apart from their frames, as they are large.
 *
 * @module
 */

import { ByteReader } from "../../pools/protocol/bytes.ts";
import { READ_LIMITS } from "./limits.ts";

/** The key of the arguments of an attempt. */
export function argsKey(token: string): string {
  return `a:${token}`;
}

/** The key of the result of an attempt. */
export function resultKey(token: string): string {
  return `r:${token}`;
}

/**
 * Reads such a value.
 *
 * @throws {TypeError|RangeError|SyntaxError} If it is none.
 */
export function decodeValue(bytes: Uint8Array): unknown {
  const reader = new ByteReader(bytes, READ_LIMITS);
  reader.seek(0, bytes.length);
  return reader.value();
}
