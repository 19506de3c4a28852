/**
 * Saying that a server is waited for.
 *
 * @module
 */

import type { Logger } from "../core/logger.ts";

/** How long it may take to connect, in milliseconds, until that is said: a program whose server is not there seems to hang. */
const LATE_MS = 3_000;

/**
 * Waits for a connection, and says so if that takes long.
 *
 * @param who What connects, at the beginning of a sentence.
 */
export async function sayIfLate<T>(connecting: Promise<T>, logger: Logger, who: string): Promise<T> {
  const timer = setTimeout(() => {
    logger.warn(`${who} has no connection to its server yet, and waits for one: check that it runs, and its address`);
  }, LATE_MS);
  try {
    return await connecting;
  } finally {
    clearTimeout(timer);
  }
}
