import { assertRejects } from "@std/assert";
import { PostgresServer as Connection } from "../../../src/remote/postgres/server.ts";
import { Redactor } from "../../../src/remote/redact.ts";
import { findPooler, POOLER_MISSING, startPooler } from "../../postgres/pooler.ts";
import { findPrograms, PostgresServer } from "../../postgres/server.ts";

const ignore = findPrograms() === undefined || findPooler() === undefined;
const skipped = findPrograms() === undefined ? " (skipped: apt-get install postgresql)" : POOLER_MISSING;

Deno.test({
  name: `a pool is told that notifications do not pass a pooler in transaction mode${skipped}`,
  ignore,
  fn: async () => {
    await using server = await PostgresServer.start();
    await using pooler = await startPooler(findPooler()!, server);
    const setup = {
      pool: "pooled",
      schema: "workflowy",
      connection: new URL(pooler.url),
      redactor: new Redactor({}),
    };
    const listener = { heard() {}, disconnected() {}, reconnected() {} };
    await assertRejects(
      () => Connection.open(setup, ["some_channel"], listener, new AbortController().signal),
      Error,
      "connect to the server itself",
    );
  },
});
