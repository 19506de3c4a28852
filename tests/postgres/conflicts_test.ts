import { assertEquals } from "@std/assert";
import postgres from "postgres";
import type { TaskRecord } from "../../src/core/checkpointer.ts";
import { PostgresCheckpointer } from "../../src/remote/postgres/mod.ts";
import { until } from "../support.ts";
import { newPrefix, postgresTest } from "./shared.ts";

function record(id: string, value: unknown): TaskRecord {
  return { id, name: "work", status: "completed", attempts: 1, args: [], dependsOn: [], value };
}

async function valuesOf(checkpointer: PostgresCheckpointer): Promise<Record<string, unknown>> {
  const entries = await Array.fromAsync(checkpointer.read(), ({ id, value }) => [id, value]);
  return Object.fromEntries(entries);
}

postgresTest("a save that is the victim of a deadlock is repeated", async (server) => {
  const prefix = newPrefix();
  await using checkpointer = new PostgresCheckpointer({ connection: server.url, prefix, lease: "60s" });
  await checkpointer.save([record("a", 1), record("b", 1)]);
  const client = postgres(server.url, { max: 1, onnotice: () => {} });
  const deadlocks = async () => {
    const [row] = await server.sql("select deadlocks::int from pg_stat_database where datname = current_database()");
    return Number(row![0]);
  };
  const before = await deadlocks();
  let saving: Promise<void> | undefined;
  await client.begin(async (sql) => {
    await sql`set local deadlock_timeout = '10min'`; // it is the other one that finds the deadlock, and gives way
    await sql`select 1 from workflowy.record where prefix = ${prefix} and id = 'b' for update`;
    saving = checkpointer.save([record("a", 2), record("b", 2)]);
    await until("the save waits for this transaction", async () => {
      const rows = await server.sql(
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%saved as%'",
      );
      return rows.length > 0;
    });
    await sql`update workflowy.record set status = status where prefix = ${prefix} and id = 'a'`;
  });
  await saving;
  await client.end();
  assertEquals(await valuesOf(checkpointer), { a: 2, b: 2 });
  await until("the server has counted it", async () => await deadlocks() > before);
});

postgresTest("saves and deletions that fail to be serialized are repeated", async (server) => {
  for (const code of ["40001", "40P01"]) {
    const schema = `conflicts_${code.toLowerCase()}`;
    await using checkpointer = new PostgresCheckpointer({ connection: server.url, schema, prefix: "p" });
    await checkpointer.save([record("a", 1), record("b", 1)]);
    // A sequence counts what was rolled back, too: the first two statements fail.
    await server.sql(`create sequence ${schema}.tries`);
    await server.sql(`create function ${schema}.refuse() returns trigger language plpgsql as $$ begin
      if nextval('${schema}.tries') <= 2 then raise exception 'a conflict' using errcode = '${code}'; end if;
      return null;
    end $$`);
    await server.sql(`create trigger refuse after insert or update or delete on ${schema}.record
      for each statement execute function ${schema}.refuse()`);
    const tries = async () => {
      const [row] = await server.sql(`select last_value > 2 from ${schema}.tries`);
      return row![0];
    };
    await checkpointer.save([record("a", 2)]);
    assertEquals(await tries(), true);
    await server.sql(`alter sequence ${schema}.tries restart`);
    await checkpointer.delete(["b"]);
    assertEquals(await tries(), true);
    assertEquals(await valuesOf(checkpointer), { a: 2 });
  }
});
