import { assert, assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MemoryCheckpointer, type Pool, task, TaskRunner } from "../../mod.ts";
import { settle, until } from "../support.ts";
import { SurvivingPool } from "./surviving_pool.ts";

const work = task({ name: "port-work", pool: "cluster", retries: 3, backoff: "none" }, (x: number) => x);

/** A runner with such a pool, which it makes and ends. */
async function make(checkpointer?: MemoryCheckpointer, isResumed = false) {
  const pool = new SurvivingPool();
  const options = { pools: { cluster: () => pool }, onTaskError: "continue" } as const;
  const runner = isResumed
    ? await TaskRunner.resume(checkpointer!, options)
    : new TaskRunner({ ...options, ...(checkpointer && { checkpointer }) });
  return { pool, runner };
}

Deno.test("A runner disposes of a pool that it has made, and of no other", async () => {
  const { pool, runner } = await make();
  const given = new SurvivingPool();
  const other = new TaskRunner({ pools: { cluster: given } });
  await runner.shutdown();
  await other.shutdown();
  assertEquals([pool.isDisposed, given.isDisposed], [true, false]);
});

Deno.test("A function that makes no pool is an error", () => {
  const make = (() => ({ maxWorkers: 1 })) as unknown as () => Pool;
  assertThrows(() => new TaskRunner({ pools: { cluster: make } }), TypeError, 'The function for pool "cluster"');
});

Deno.test("A pool gets to know the run; without a checkpointer each runner has a run of its own", async () => {
  const first = await make();
  const second = await make();
  assertEquals([first.pool.host?.name, first.pool.host?.resumed], ["cluster", false]);
  assertNotEquals(first.pool.host?.run, second.pool.host?.run);
  await first.pool.host?.recorded;
  await Promise.all([first.runner.shutdown(), second.runner.shutdown()]);
});

Deno.test("A pool that grows gets as many jobs as it takes then", async () => {
  const { pool, runner } = await make();
  for (const x of [1, 2, 3]) runner.submit(work, x);
  const run = runner.run();
  await settle();
  assertEquals(pool.jobs.length, 1);
  pool.maxWorkers = 3;
  pool.host?.changed();
  await settle();
  assertEquals([pool.jobs.length, runner.statistics().pools["cluster"]?.maxWorkers], [3, 3]);
  pool.maxWorkers = 1;
  pool.host?.changed();
  for (const job of pool.jobs) job.begin();
  for (const job of pool.jobs) job.complete(7);
  await run;
  await runner.shutdown();
});

Deno.test("What a pool says for itself explains why a task is ready and does not run", async () => {
  const { pool, runner } = await make();
  pool.reason = "no worker is there";
  const [, waiting] = [runner.submit(work, 1), runner.submit(work, 2)];
  const run = runner.run();
  await settle();
  assertStringIncludes(waiting!.explain(), "is ready, but no worker is there.");
  runner.cancelAll();
  for (const job of pool.jobs) job.fail(new Error("cancelled"));
  await run;
  await runner.shutdown();
});

Deno.test("A pool learns of each end: at once without a checkpointer, and else once it is on record", async () => {
  const plain = await make();
  const handle = plain.runner.submit(work, 1);
  const run = plain.runner.run();
  await settle();
  plain.pool.jobs[0]!.complete(5);
  await run;
  assertEquals(plain.pool.ended, [handle.id]);
  await plain.runner.shutdown();

  const checkpointer = new MemoryCheckpointer();
  const { pool, runner } = await make(checkpointer);
  const recorded = runner.submit(work, 1);
  const second = runner.run();
  await until("it is executed", () => pool.jobs.length === 1);
  pool.jobs[0]!.complete(5);
  assertEquals(pool.ended, []);
  await second;
  assertEquals(pool.ended, [recorded.id]);
  await runner.shutdown();
});

Deno.test("An attempt that survives its runner is the same attempt in the run that continues", async () => {
  const checkpointer = new MemoryCheckpointer();
  const first = await make(checkpointer);
  first.runner.submit(work, 1);
  void first.runner.run().catch(() => {});
  await until("it is executed", () => first.pool.jobs.length === 1);
  const [job] = first.pool.jobs;
  job!.begin();
  job!.fail(new Error("the first attempt fails"));
  await until("the second attempt is executed", () => first.pool.jobs.length === 2);
  first.pool.jobs[1]!.begin();
  await settle();
  await first.runner.shutdown();
  assertEquals([first.pool.left, first.pool.aborted], [[first.pool.jobs[1]!], []]);

  const { pool, runner } = await make(checkpointer, true);
  assertEquals([pool.host?.run, pool.host?.resumed], [first.pool.host?.run, true]);
  const handle = runner.submit(work, 1);
  const run = runner.run();
  await until("it is executed", () => pool.jobs.length === 1);
  assertEquals([pool.jobs[0]!.id, pool.jobs[0]!.number], [job!.id, 2]);
  pool.jobs[0]!.complete(9);
  await run;
  assertEquals([await handle, handle.attempts], [9, 2]);
  await runner.shutdown();
});

Deno.test('stop({ queued: "leave" }) does not wait for bodies that survive; without a checkpointer they end', async () => {
  const checkpointer = new MemoryCheckpointer();
  const { pool, runner } = await make(checkpointer);
  const served = runner.serve();
  runner.submit(work, 1);
  await until("it is executed", () => pool.jobs.length === 1);
  pool.jobs[0]!.begin();
  await runner.stop({ queued: "leave" });
  await served;
  assertEquals([pool.left.length, pool.aborted.length], [0, 0]);
  await runner.shutdown();
  assertEquals([pool.left.length, pool.aborted.length], [1, 0]);

  const plain = await make();
  plain.runner.submit(work, 1);
  void plain.runner.run();
  await until("it is executed", () => plain.pool.jobs.length === 1);
  await plain.runner.shutdown();
  assert(plain.pool.left.length === 0 && plain.pool.aborted.length === 1);
});

Deno.test("cancelAll() ends bodies that would survive", async () => {
  const { pool, runner } = await make(new MemoryCheckpointer());
  const handle = runner.submit(work, 1);
  const run = runner.run();
  await until("it is executed", () => pool.jobs.length === 1);
  pool.jobs[0]!.begin();
  runner.cancelAll();
  await run;
  assertEquals([handle.status, pool.aborted.length, pool.left.length], ["cancelled", 1, 0]);
  await runner.shutdown();
});
