import { assert } from "@std/assert";
import { task, TaskRunner } from "../../../mod.ts";
import { postgresPool, serveTasks } from "../../../src/remote/postgres/mod.ts";
import { findPrograms, PostgresServer } from "../../postgres/server.ts";

const TASKS = 400;
/** For one task: the row of a job is looked for when it is inserted, taken and deleted, that of an outcome once or twice. */
const MAX_READS = 20;

const increment = task({ name: "index-use-increment", pool: "cluster" }, (x: number) => x + 1);

const ignore = findPrograms() === undefined;
const title = ignore ? "Postgres (skipped: apt-get install postgresql)" : "Postgres";

Deno.test({
  name: `${title}: what a task costs the server does not grow with rows that were deleted`,
  ignore,
  fn: async () => {
    await using server = await PostgresServer.start();
    const common = { name: "index-use", connection: server.url };
    const ending = new AbortController();
    const worker = serveTasks({
      ...common,
      modules: [import.meta.url],
      backend: "async",
      handleSignals: false,
      signal: ending.signal,
    });
    await using runner = new TaskRunner({ pools: { cluster: postgresPool(common) } });
    for (let x = 0; x < TASKS; x++) await runner.submit(increment, x); // one at a time: a statement for each
    await runner.shutdown();
    ending.abort();
    await worker; // connections that are closed have told all of their numbers
    const reads = await server.sql(
      `select relname, sum(idx_tup_read)::int from pg_stat_user_indexes group by relname
       union all select relname, seq_tup_read::int from pg_stat_user_tables`,
    );
    for (const [table, count] of reads) {
      assert(Number(count) < MAX_READS * TASKS, `${count} rows of ${table} were read for ${TASKS} tasks`);
    }
  },
});
