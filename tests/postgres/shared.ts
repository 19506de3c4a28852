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

/** A test with the shared server. */
export function postgresTest(
  name: string,
  test: (server: PostgresServer, context: Deno.TestContext) => void | Promise<void>,
): void {
  const ignore = shared === undefined;
  Deno.test({ name: ignore ? name + SKIPPED : name, ignore, fn: (context) => test(shared!, context) });
}

let count = 0;

/** A prefix that no other test has. */
export function newPrefix(): string {
  return `test ${Deno.pid} ${++count}`;
}
