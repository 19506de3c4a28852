import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { CheckpointError, task, TaskRunner } from "../../mod.ts";
import type { TaskRecord } from "../../src/core/checkpointer.ts";
import { PostgresCheckpointer, PostgresClient } from "../../src/remote/postgres/mod.ts";
import { errorOf, until } from "../support.ts";
import { double } from "./client_tasks.ts";
import { PostgresServer } from "./server.ts";
import { ownServerTest } from "./own_server.ts";
import { newPrefix, postgresTest } from "./shared.ts";

function record(id: string, value: unknown = 1): TaskRecord {
  return { id, name: "work", status: "completed", attempts: 1, args: [], dependsOn: [], value };
}

ownServerTest("saves wait for a server that is killed or stopped, and nothing reported is lost", async () => {
  await using server = await PostgresServer.start({ fsync: true });
  const place = { connection: server.url, prefix: newPrefix(), patience: "60s" } as const;
  const reported: number[] = [];
  const work = task({ name: "work" }, (x: number) => x);
  {
    await using runner = await TaskRunner.resume(new PostgresCheckpointer(place));
    await using client = new PostgresClient(place);
    const served = runner.serve();
    for (const end of ["kill", "stop"] as const) {
      await runner.submit(work.with({ key: `before ${end}` }), 0);
      await server[end]();
      const handles = Array.from({ length: 20 }, (_, x) => runner.submit(work.with({ key: `${end} ${x}` }), x));
      for (const handle of handles) handle.result().then((x) => reported.push(x));
      const id = client.submit(double, 21);
      await server.restart();
      await Promise.all(handles);
      assertEquals(await client.result(await id), 42);
    }
    assertEquals(reported.length, 40);
    await runner.shutdown();
    await served;
  }
  const found = await Array.fromAsync(new PostgresCheckpointer(place).read());
  assertEquals(found.filter(({ status }) => status === "completed").length, 44);
});

ownServerTest("a run stops once the server is away for longer than the patience, and is resumed later", async () => {
  await using server = await PostgresServer.start();
  // The lease is the longer one, so that it is the patience that ends, and not the lease.
  const place = { connection: server.url, prefix: newPrefix(), patience: 4_000, lease: 10_000 };
  const checkpointer = new PostgresCheckpointer(place);
  const runner = await TaskRunner.resume(checkpointer);
  await runner.submit(double.with({ key: "a" }), 1);
  await server.kill();
  const lost = runner.submit(double.with({ key: "b" }), 2);
  const error = await errorOf(() => runner.run());
  assertInstanceOf(error, CheckpointError);
  assertEquals(error.reason, "unavailable");
  assert(/also after .* no server listens there|closed|refused/i.test(error.message), error.message);
  assertInstanceOf(await lost.exception(), CheckpointError);
  await runner.shutdown().catch(() => {});
  await server.restart();
  await using second = await TaskRunner.resume(new PostgresCheckpointer(place), { standby: true });
  const handles = [second.submit(double.with({ key: "a" }), 1), second.submit(double.with({ key: "b" }), 2)];
  assertEquals(await Promise.all(handles), [2, 4]);
  assertEquals(handles[0]!.restored, true);
});

ownServerTest("saves wait for a server without connections, and one that is read-only", async () => {
  await using server = await PostgresServer.start({
    settings: { max_connections: "8", superuser_reserved_connections: "0" },
  });
  const place = { connection: server.url, prefix: newPrefix(), patience: "60s" } as const;
  const { default: postgres } = await import("postgres");
  {
    await using checkpointer = new PostgresCheckpointer(place);
    await checkpointer.save([record("a")]);
  }
  const others = Array.from({ length: 8 }, () => postgres(server.url, { max: 1, onnotice: () => {} }));
  await Promise.all(others.map((sql) => sql`select 1`));
  await using checkpointer = new PostgresCheckpointer(place);
  const saved = checkpointer.save([record("b")]);
  await assertRejects(() => server.sql("select 1"), Error, "too many clients");
  await Promise.all(others.map((sql) => sql.end()));
  await saved;

  await server.sql("alter system set default_transaction_read_only = on");
  await server.sql("select pg_reload_conf()");
  await until(
    "the server is read-only",
    async () => (await server.sql("show default_transaction_read_only"))[0]![0] === "on",
  );
  let isSaved = false;
  const waiting = checkpointer.save([record("c")]).then(() => isSaved = true);
  await assertRejects(() => server.sql("create table no (n int)"), Error, "read-only");
  assertEquals(isSaved, false);
  await server.sql("begin; set transaction read write; select 1; commit").catch(() => {});
  const writer = postgres(server.url, {
    max: 1,
    connection: { default_transaction_read_only: false },
    onnotice: () => {},
  });
  await writer.unsafe("alter system reset default_transaction_read_only");
  await writer.unsafe("select pg_reload_conf()");
  await writer.end();
  await waiting;
  assertEquals((await Array.fromAsync(checkpointer.load())).map(({ id }) => id), ["a", "b", "c"]);
});

postgresTest("a save whose connection is cut takes place once", async (server) => {
  const prefix = newPrefix();
  await using checkpointer = new PostgresCheckpointer({ connection: server.url, prefix });
  await checkpointer.save([record("a")]);
  for (let round = 0; round < 10; round++) {
    const saving = Promise.all([checkpointer.save([record("a", round)]), checkpointer.save([record("b", round)])]);
    await server.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'workflowy' and pid <> pg_backend_pid()`,
    );
    await saving;
    const found = await Array.fromAsync(checkpointer.load());
    assertEquals(found.map(({ value }) => value), [round, round]);
  }
});

postgresTest("a save waits while another transaction has locked its rows", async (server) => {
  const prefix = newPrefix();
  await using checkpointer = new PostgresCheckpointer({ connection: server.url, prefix });
  await checkpointer.save([record("a")]);
  const { default: postgres } = await import("postgres");
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  const saving = await sql.begin("isolation level serializable", async (tx) => {
    await tx`select * from workflowy.lease where prefix = ${prefix} for update`;
    const saving = checkpointer.save([record("a", 2)]);
    await tx`update workflowy.lease set process = 'someone' where prefix = ${prefix}`;
    return { saving };
  });
  await saving.saving;
  await sql.end();
  assertEquals((await Array.fromAsync(checkpointer.load())).map(({ value }) => value), [2]);
});

postgresTest("a save that failed, and takes place later, does not hide what is saved after it", async (server) => {
  const prefix = newPrefix();
  await using checkpointer = new PostgresCheckpointer({ connection: server.url, prefix, patience: 3_000, lease: "1m" });
  await checkpointer.save([record("a")]);
  const { default: postgres } = await import("postgres");
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  await sql.begin(async (tx) => {
    await tx`select * from workflowy.lease where prefix = ${prefix} for update`;
    const error = await assertRejects(() => checkpointer.save([record("late", 1)]), CheckpointError, "no answer");
    assertEquals(error.reason, "unavailable");
  });
  await sql.end();
  await checkpointer.save([record("late", 2), record("b")]);
  await checkpointer.save([record("c")]);
  const found = await Array.fromAsync(checkpointer.load());
  assertEquals(found.map(({ id, value }) => [id, value]), [["a", 1], ["b", 1], ["c", 1], ["late", 2]]);
});
