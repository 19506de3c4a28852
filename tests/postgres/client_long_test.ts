import { assert, assertEquals, assertRejects } from "@std/assert";
import postgres from "postgres";
import { CheckpointError, task, TaskCancelledError, TaskRunner } from "../../mod.ts";
import { PostgresCheckpointer, PostgresClient } from "../../src/remote/postgres/mod.ts";
import { recordingLogger, until } from "../support.ts";
import { approved, double, fail, hang } from "./client_tasks.ts";
import { newPrefix, postgresTest } from "./shared.ts";
import type { PostgresServer } from "./server.ts";

/** A place in the server that is not used yet. */
function newPlace(server: PostgresServer) {
  return { connection: server.url, prefix: newPrefix() };
}

/** A runner that serves until the end of its scope. */
async function serving(place: { connection: string; prefix: string }) {
  const logger = recordingLogger();
  const runner = await TaskRunner.resume(new PostgresCheckpointer(place), { logger, onTaskError: "continue" });
  const served = runner.serve();
  return {
    runner,
    logger,
    async [Symbol.asyncDispose]() {
      await runner.shutdown();
      await served;
    },
  };
}

postgresTest("a client submits to a runner that serves, and gets the results", async (server) => {
  const place = newPlace(server);
  await using _ = await serving(place);
  await using client = new PostgresClient(place);
  const ids = await Promise.all([1, 2, 3].map((x) => client.submit(double, x)));
  assertEquals(await Promise.all(ids.map((id) => client.result(id))), [2, 4, 6]);
  const failed = await client.submit(fail.with({ retries: 0 }), "no such thing");
  await assertRejects(() => client.result(failed), RangeError, "no such thing");
  const record = await client.get(ids[0]!);
  assertEquals([record?.status, record?.value, record?.source], ["completed", 2, "client"]);
  assertEquals(await server.sql("select count(*)::int from workflowy.request where prefix = $1", [place.prefix]), [[
    0,
  ]]);
});

postgresTest("what is submitted before there is a runner is kept, and run() takes it in", async (server) => {
  const place = newPlace(server);
  await using client = new PostgresClient(place);
  const id = await client.submit(double.with({ tags: ["early"], priority: 7 }), 21);
  assertEquals((await client.get(id))?.status, "pending");
  await using runner = await TaskRunner.resume(new PostgresCheckpointer(place));
  await runner.run();
  const handle = runner.get(id)!;
  assertEquals([await handle, handle.tags], [42, ["early"]]);
  assertEquals(await client.result(id), 42);
});

postgresTest("a key stands for one submission, before and after a runner has taken it", async (server) => {
  const place = newPlace(server);
  await using client = new PostgresClient(place);
  const first = await client.submit(double.with({ key: "order 7 #1" }), 1);
  assertEquals(await client.submit(double.with({ key: "order 7 #1" }), 2), first);
  await using _ = await serving(place);
  assertEquals(await client.result(first), 2);
  assertEquals(await client.submit(double.with({ key: "order 7 #1" }), 3), first);
  assertEquals(await client.result(first), 2);
  await assertRejects(() => client.submit(hang.with({ key: "order 7 #1" })), TypeError, 'which is the key of "double"');
  const sql = postgres(server.url, { max: 1 }); // the only connection is that of the transaction
  await using bound = new PostgresClient({ ...place, connection: sql });
  assertEquals(await bound.get("nothing"), undefined);
  await sql.begin(async (tx) => {
    const within = bound.with({ sql: tx });
    await within.submit(double.with({ key: "within" }), 1);
    assertEquals(await within.submit(double.with({ key: "within" }), 2), "within");
    await assertRejects(() => within.submit(hang.with({ key: "within" })), TypeError, 'the key of "double"');
  });
  await sql.end();
  assertEquals((await client.get(first))?.key, "order 7 #1");
});

postgresTest("startAfter counts from the submission", async (server) => {
  const place = newPlace(server);
  await using client = new PostgresClient(place);
  await using own = await serving(place);
  const later = await client.submit(double.with({ startAfter: "1h" }), 1);
  const soon = await client.submit(double.with({ startAfter: 20 }), 2);
  assertEquals(await client.result(soon), 4);
  await until("the runner has taken it", () => own.runner.get(later) !== undefined);
  assert(own.runner.get(later)!.explain().includes("starts in 60 min"), own.runner.get(later)!.explain());
  assertEquals(await client.cancel(later), true);
  await assertRejects(() => client.result(later), TaskCancelledError);
});

postgresTest("a client delivers signals, once, before and after something waits", async (server) => {
  const place = newPlace(server);
  await using client = new PostgresClient(place);
  assertEquals(await client.deliver("approve early", "by Ann"), true);
  assertEquals(await client.deliver("approve early", "by Bob"), false);
  await using own = await serving(place);
  assertEquals(await client.result(await client.submit(approved, "early")), "by Ann");
  const id = await client.submit(approved, "late");
  await until("it waits", () => own.runner.get(id)?.status === "running");
  assertEquals(await client.deliver("approve late", { by: "Cy" }), true);
  assertEquals(await client.result(id), { by: "Cy" });
  assertEquals(await client.deliver("approve late"), false);
});

postgresTest("a client cancels what runs, and is told whether there was something to cancel", async (server) => {
  const place = newPlace(server);
  await using client = new PostgresClient(place);
  await using own = await serving(place);
  const id = await client.submit(hang);
  await until("it runs", () => own.runner.get(id)?.status === "running");
  assertEquals(await client.cancel(id), true);
  await assertRejects(() => client.result(id), TaskCancelledError);
  assertEquals(await client.cancel(id), false);
  assertEquals(await client.cancel("nothing"), false);
  await until("nothing is asked any more", async () => {
    const [[count]] = await server.sql("select count(*)::int from workflowy.request where prefix = $1", [
      place.prefix,
    ]) as [
      [number],
    ];
    return count === 0;
  });
});

postgresTest("what is submitted in a transaction exists if, and when, that is committed", async (server) => {
  const sql = postgres(server.url, { onnotice: () => {} });
  const place = { connection: sql, prefix: newPrefix() };
  await using client = new PostgresClient(place);
  await using runner = await TaskRunner.resume(new PostgresCheckpointer(place));
  const served = runner.serve();
  await sql`create table if not exists orders (id text primary key)`;
  const order = crypto.randomUUID();
  let id = "";
  await assertRejects(
    () =>
      sql.begin(async (tx) => {
        id = await client.with({ sql: tx }).submit(double.with({ key: order }), 1);
        throw new Error("rolled back");
      }),
    Error,
    "rolled back",
  );
  assertEquals(await client.get(id), undefined);
  await sql.begin(async (tx) => {
    await tx`insert into orders values (${order})`;
    id = await client.with({ sql: tx }).submit(double.with({ key: order }), 2);
    assertEquals(await client.get(id), undefined);
  });
  assertEquals(await client.result(id), 4);
  await runner.shutdown();
  await served;
  await sql.end();
});

postgresTest("a task that the runner does not know is logged, and stays for one that does", async (server) => {
  const place = newPlace(server);
  await using client = new PostgresClient(place);
  const id = await client.submit(double, 4);
  await server.sql(
    "update workflowy.request set data = replace(data, '\"double\"', '\"gone\"') where prefix = $1",
    [place.prefix],
  );
  {
    await using own = await serving(place);
    const second = await client.submit(double, 5);
    assertEquals(await client.result(second), 10);
    assert(
      own.logger.lines.some(({ data }) => /stays for the next run: .* defines no task "gone"/.test(String(data[0]))),
    );
  }
  await server.sql(
    "update workflowy.request set data = replace(data, '\"gone\"', '\"double\"') where prefix = $1",
    [place.prefix],
  );
  await using _ = await serving(place);
  assertEquals(await client.result(id), 8);
});

postgresTest("a client refuses what another program cannot run", async (server) => {
  const place = newPlace(server);
  await using client = new PostgresClient(place);
  await using runner = new TaskRunner();
  const submit = client.submit.bind(client) as (task: unknown, ...args: unknown[]) => Promise<string>;
  await assertRejects(() => submit(() => 1), TypeError, "give a task, as task() makes it");
  await assertRejects(
    () => submit(double.with({ runner }), 1),
    TypeError,
    "with the option runner, which means nothing there",
  );
  await assertRejects(() => submit(double.with({ dedupKey: "a" }), 1), TypeError, "dedupKey; use key");
  await assertRejects(() => submit(double, new Map()), CheckpointError, "Map");
  await assertRejects(() => client.result("nothing"), CheckpointError, 'There is no task "nothing"');
  const other = new PostgresClient({ ...place, codec: "structured" });
  await assertRejects(() => other.submit(double, 1), CheckpointError, "was written with codec");
  await other[Symbol.asyncDispose]();
  const signal = AbortSignal.abort(new Error("too long"));
  await assertRejects(() => client.result("nothing", { signal }), Error, "too long");
});

postgresTest("a thousand submissions of several programs are each run once", async (server) => {
  const place = newPlace(server);
  const clients = Array.from({ length: 3 }, () => new PostgresClient(place));
  const counts = new Map<number, number>();
  const count = task({ name: "count" }, (x: number) => void counts.set(x, (counts.get(x) ?? 0) + 1));
  await using _ = await serving(place);
  const ids = await Promise.all(
    Array.from({ length: 1_000 }, (_, index) => clients[index % 3]!.submit(count, index)),
  );
  await Promise.all(ids.map((id, index) => clients[index % 3]!.result(id)));
  assertEquals([counts.size, new Set(counts.values())], [1_000, new Set([1])]);
  for (const client of clients) await client[Symbol.asyncDispose]();
});
