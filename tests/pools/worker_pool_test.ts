import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { IDLE } from "../../src/pools/protocol/messages.ts";
import { TaskGroups } from "../../src/pools/task_groups.ts";
import { WorkerPool } from "../../src/pools/worker_pool.ts";
import { FakeKind, NamedJob } from "./fake_kind.ts";
import { loggerOf } from "./support.ts";

function poolOf(kind: FakeKind, options: { maxWorkers?: number; idleTimeout?: number } = {}): WorkerPool {
  const logger = { verbose: false, ...loggerOf([]) };
  return new WorkerPool(kind, kind.open, new TaskGroups(kind), {
    maxWorkers: 1,
    maxTasksPerWorker: Infinity,
    idleTimeout: Infinity,
    logger,
    ...options,
  });
}

Deno.test("WorkerPool takes nothing ahead until it knows how long jobs take, however many workers it may have", () => {
  assertEquals(poolOf(new FakeKind(), { maxWorkers: Infinity }).prefetch, 0);
});

Deno.test("WorkerPool without a limit of workers starts one for each job that has none", async () => {
  const kind = new FakeKind();
  await using pool = poolOf(kind, { maxWorkers: Infinity });
  const jobs = [1, 2, 3].map((id) => new NamedJob(`${id}`));
  for (const job of jobs) pool.execute(job);
  await kind.work();
  assertEquals(jobs.map(({ told }) => told), [1, 1, 1].map((seq) => ["begin", `complete ${seq}`]));
  assertEquals(kind.workers.length, 3);
});

Deno.test("WorkerPool waits for weeks until an idle worker ends, without looking again and again", async () => {
  const DAY_MS = 86_400_000;
  using time = new FakeTime();
  const kind = new FakeKind();
  const pool = poolOf(kind, { idleTimeout: 60 * DAY_MS });
  const set = globalThis.setTimeout;
  const delays: number[] = [];
  globalThis.setTimeout = ((...args: Parameters<typeof set>) => {
    delays.push(args[1]!);
    return set(...args);
  }) as typeof set;
  try {
    pool.execute(new NamedJob("1"));
    await time.runMicrotasks();
    const [{ channel, listener }] = kind.workers as [FakeKind["workers"][number]];
    listener.ready();
    listener.caughtUp();
    await time.runMicrotasks();
    listener.done(1, IDLE, 1);
    listener.caughtUp();
    await time.tickAsync(1_000);
    assertEquals(delays.length, 1, "one timer");
    assert(delays[0]! > 20 * DAY_MS && delays[0]! < 2 ** 31);
    assertEquals(channel.ends, []);
  } finally {
    globalThis.setTimeout = set;
  }
  await pool[Symbol.asyncDispose]();
});

Deno.test("WorkerPool sends no more arguments ahead than a megabyte, and many small ones", async () => {
  for (const [bytes, ahead] of [[1_000_000, 1], [300_000, 3], [10, 40]] as const) {
    const kind = new FakeKind();
    await using pool = poolOf(kind);
    pool.execute(new NamedJob("first"));
    await kind.work();
    for (let count = 0; count < 50; count++) pool.observeDuration(0.001); // so that there is time for a thousand
    const jobs = Array.from({ length: 40 }, (_, id) => new NamedJob(`${id}`, ["x".repeat(bytes)]));
    for (const job of jobs) pool.execute(job);
    await Promise.resolve();
    const { channel } = kind.workers[0]!;
    assertEquals(channel.ran.length - 1, ahead);
    await kind.work();
    assertEquals(jobs.filter(({ told }) => told.length !== 2), []);
  }
});

Deno.test("WorkerPool tells a worker of a task once, whatever names it is given", async () => {
  const kind = new FakeKind();
  await using pool = poolOf(kind);
  for (let id = 0; id < 20; id++) pool.execute(new NamedJob(`${id}`, [], `job-${id}`));
  await kind.work();
  const [{ channel }] = kind.workers as [FakeKind["workers"][number]];
  assertEquals(channel.sent("define"), [[1, "file:///fake.ts", "fake"]]);
  assertEquals(
    channel.sent("run").map((message) => message.at(-1)),
    Array.from({ length: 20 }, (_, id) => `job-${id}`),
  );
});

for (const [maxWorkers, started] of [[1, 2], [2, 2], [4, 4]] as const) {
  Deno.test(`WorkerPool with ${maxWorkers} workers keeps them for jobs of their group, where jobs of two groups alternate`, async () => {
    const kind = new FakeKind();
    await using pool = poolOf(kind, { maxWorkers });
    const jobs = Array.from({ length: 200 }, (_, id) => new NamedJob(`${id}`, [], "fake", id % 2 === 0 ? "a" : "b"));
    for (const job of jobs) pool.execute(job);
    await kind.work();
    assertEquals(jobs.filter(({ told }) => told.length !== 2), []);
    assertEquals(kind.workers.length, started);
    assertEquals(pool.state.workers, Math.min(maxWorkers, started));
  });
}

Deno.test("WorkerPool takes a place from a worker that stays without work, for a group whose workers are busy", async () => {
  using time = new FakeTime();
  const kind = new FakeKind();
  const pool = poolOf(kind, { maxWorkers: 2 });
  const first = new NamedJob("1", [], "fake", "a");
  for (const job of [first, new NamedJob("2", [], "fake", "b")]) pool.execute(job);
  const [a, b] = kind.workers as FakeKind["workers"][number][];
  await time.tickAsync(40); // what a worker takes to start
  for (const { listener } of [a!, b!]) {
    listener.ready();
    listener.caughtUp();
  }
  b!.listener.done(1, IDLE, 1);
  b!.listener.caughtUp();
  const waiting = new NamedJob("3", [], "fake", "a");
  pool.execute(waiting);
  assertEquals(b!.channel.ends, [], "it may be wanted again at once");
  await time.tickAsync(60);
  assertEquals(b!.channel.ends, []);
  await time.tickAsync(60);
  assertEquals([a!.channel.ends, b!.channel.ends], [[], ["end"]]);
  assertEquals(kind.workers.map(({ group }) => group), ["a", "b", "a"]);
  a!.listener.gone({ message: "the test ends", options: {} });
  kind.workers[2]!.listener.gone({ message: "the test ends", options: {} });
  await pool[Symbol.asyncDispose]();
});
