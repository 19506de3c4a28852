import { poolCases } from "../../src/testing/mod.ts";
import { postgresPool, serveTasks } from "../../src/remote/postgres/mod.ts";
import { findPrograms, PostgresServer } from "../postgres/server.ts";

const ignore = findPrograms() === undefined;
const title = ignore ? "the engine Postgres (skipped: apt-get install postgresql)" : "the engine Postgres";

let server: PostgresServer | undefined;
Deno.test.beforeAll(async () => {
  if (!ignore) server = await PostgresServer.start();
});
Deno.test.afterAll(async () => await server?.[Symbol.asyncDispose]());

const cases = poolCases({
  pool: (name) => postgresPool({ name, connection: server!.url, lease: "2s" }),
  serve: (name, request) =>
    serveTasks({ name, connection: server!.url, lease: "2s", handleSignals: false, ...request }),
});
for (const { name, run } of cases) Deno.test({ name: `${title}: ${name}`, ignore, fn: run });
