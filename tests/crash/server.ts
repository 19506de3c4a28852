/**
 * The PostgreSQL server of a campaign, which is killed together with programs, or instead of them.
 *
 * @module
 */

import { findPrograms, PostgresServer } from "../postgres/server.ts";

/** The variable with the server's URL, for the programs of a campaign. */
export const SERVER = "WORKFLOWY_CRASH_POSTGRES";

/** Whether PostgreSQL is installed. */
export const hasServer: boolean = findPrograms() !== undefined;

let current: PostgresServer | undefined;
let striking: Promise<void> | undefined;

/** Starts the server; it ends with its scope. */
export async function startServer(): Promise<AsyncDisposable> {
  const server = current = await PostgresServer.start({ fsync: true });
  Deno.env.set(SERVER, server.url);
  return {
    async [Symbol.asyncDispose]() {
      await striking;
      Deno.env.delete(SERVER);
      current = undefined;
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Kills the server, and starts it again. Programs of other scenarios, which have the same server, wait meanwhile. */
export function strikeServer(): Promise<void> {
  return striking ??= (async () => {
    await current!.kill();
    await current!.restart();
  })().finally(() => striking = undefined);
}
