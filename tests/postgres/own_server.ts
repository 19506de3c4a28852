/**
 * Tests that start PostgreSQL servers of their own.
 *
 * @module
 */

import { findPrograms } from "./server.ts";

/** Why tests are skipped; they say so in their names. */
export const SKIPPED = " (skipped: PostgreSQL is not installed; apt-get install postgresql)";

/**
 * A test that starts servers of its own.
 *
 * @param missing Why it is skipped though it could start them, as ` (skipped: …)`; default `""`: it is not.
 */
export function ownServerTest(name: string, fn: (context: Deno.TestContext) => Promise<void>, missing = ""): void {
  const skipped = findPrograms() === undefined ? SKIPPED : missing;
  Deno.test({ name: name + skipped, ignore: skipped !== "", fn });
}
