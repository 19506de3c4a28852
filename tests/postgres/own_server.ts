/**
 * Tests that start PostgreSQL servers of their own.
 *
 * @module
 */

import { findPrograms } from "./server.ts";

/** Why tests are skipped; they say so in their names. */
export const SKIPPED = " (skipped: PostgreSQL is not installed; apt-get install postgresql)";

/** A test that starts servers of its own. */
export function ownServerTest(name: string, fn: (context: Deno.TestContext) => Promise<void>): void {
  const ignore = findPrograms() === undefined;
  Deno.test({ name: ignore ? name + SKIPPED : name, ignore, fn });
}
