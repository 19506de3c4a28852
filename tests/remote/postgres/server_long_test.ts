import { assertEquals, assertRejects } from "@std/assert";
import { pause } from "../../../src/core/pause.ts";
import { PostgresServer as Connection } from "../../../src/remote/postgres/server.ts";
import { Redactor } from "../../../src/remote/redact.ts";
import { connect } from "../../../src/stores/postgres/connection.ts";
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

const missing = findPrograms() === undefined;

Deno.test({
  name: `a pool that is given up while it connects leaves no connection${
    missing ? " (skipped: apt-get install postgresql)" : ""
  }`,
  ignore: missing,
  fn: async () => {
    await using server = await PostgresServer.start();
    const setup = { pool: "early", schema: "workflowy", connection: new URL(server.url), redactor: new Redactor({}) };
    const listener = { heard() {}, disconnected() {}, reconnected() {} };
    for (let turns = 0; turns < 10; turns++) {
      const abort = new AbortController();
      const opening = Connection.open(setup, [], listener, abort.signal);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      abort.abort();
      await assertRejects(() => opening, DOMException);
    }
    const client = connect(new URL(server.url), { connection: { application_name: "test" } });
    const query = "select 1 from pg_stat_activity where application_name = 'workflowy'";
    let left = NaN;
    // Those that were left would end when they had been idle for half a minute.
    for (const end = performance.now() + 20_000; left !== 0 && performance.now() < end; await pause(20)) {
      left = (await client.unsafe(query).values()).length;
    }
    await client.end();
    assertEquals(left, 0);
  },
});
