/**
 * The server that all test files of one program share.
 *
 * @module
 */

import { findPrograms, PostgresServer } from "./server.ts";
import { SKIPPED } from "./own_server.ts";

/** The server; `undefined` where PostgreSQL is not installed. */
export const shared: PostgresServer | undefined = findPrograms() === undefined
  ? undefined
  : await PostgresServer.start();

/**
 * A test with the shared server.
 *
 * @param missing Why it is skipped though there is a server, as ` (skipped: …)`; default `""`: it is not.
 */
export function postgresTest(
  name: string,
  test: (server: PostgresServer, context: Deno.TestContext) => void | Promise<void>,
  missing = "",
): void {
  const skipped = shared === undefined ? SKIPPED : missing;
  Deno.test({ name: name + skipped, ignore: skipped !== "", fn: (context) => test(shared!, context) });
}

let count = 0;

/** A prefix that no other test has. */
export function newPrefix(): string {
  return `test ${Deno.pid} ${++count}`;
}
