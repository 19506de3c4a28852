/**
 * The server that all test files of one program share.
 *
 * @module
 */

import { findPrograms, PostgresServer } from "./server.ts";

/** The server; `undefined` where PostgreSQL is not installed. */
export const shared: PostgresServer | undefined = findPrograms() === undefined
  ? undefined
  : await PostgresServer.start();

/** Why tests are skipped; they say so in their names. */
const SKIPPED = " (skipped: PostgreSQL is not installed; apt-get install postgresql)";

/** A test with the shared server. */
export function postgresTest(
  name: string,
  test: (server: PostgresServer, context: Deno.TestContext) => void | Promise<void>,
): void {
  const ignore = shared === undefined;
  Deno.test({ name: ignore ? name + SKIPPED : name, ignore, fn: (context) => test(shared!, context) });
}

/** A test that starts servers of its own. */
export function ownServerTest(name: string, fn: (context: Deno.TestContext) => Promise<void>): void {
  const ignore = findPrograms() === undefined;
  Deno.test({ name: ignore ? name + SKIPPED : name, ignore, fn });
}

let count = 0;

/** A prefix that no other test has. */
export function newPrefix(): string {
  return `test ${Deno.pid} ${++count}`;
}
