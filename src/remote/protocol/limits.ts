/**
 * What may travel between runners and workers.
 *
 * @module
 */

import { NonRetryableError } from "../../core/retry_errors.ts";
import type { ReadLimits } from "../../pools/protocol/read_limits.ts";

/** The first byte of each frame: another version of this protocol has another one. */
export const WIRE_VERSION = 1;

const MIB = 2 ** 20;

/** The largest arguments, and the largest result, in bytes. */
export const MAX_VALUE = 100 * MIB;

/** What is read comes from a program that is not trusted: a value that would take more memory than this is refused. */
export const READ_LIMITS: ReadLimits = { maxBytes: MAX_VALUE, maxMemory: 1_024 * MIB };

/**
 * Makes sure that a value may travel.
 *
 * @throws {NonRetryableError} If it is too large.
 */
export function checkSize(bytes: number, what: string): void {
  if (bytes <= MAX_VALUE) return;
  throw new NonRetryableError(
    `${what} take ${bytes} bytes, and at most ${MAX_VALUE} can travel to or from another machine: ` +
      `put such data into a file or a database, and pass its name`,
  );
}
