/**
 * Starts a PostgreSQL server for trying things out: `deno task postgres`. It ends, and what is in it goes, with Ctrl+C.
 *
 * @module
 */

import { PostgresServer } from "./server.ts";

await using server = await PostgresServer.start();
const ended = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, ended.resolve);
console.log(`PostgreSQL runs until Ctrl+C; in another terminal:\n\n    export DATABASE_URL=${server.url}\n`);
await ended.promise;
Deno.exit(await server[Symbol.asyncDispose]().then(() => 0));
