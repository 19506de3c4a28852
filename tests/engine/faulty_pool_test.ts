import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import {
  type Job,
  MemoryCheckpointer,
  NonRetryableError,
  type Pool,
  task,
  TaskRunner,
  type TaskRunnerOptions,
  TaskTimeoutError,
} from "../../mod.ts";
import { assertAtRest } from "../runner/support.ts";
import { recordingLogger, settle, until } from "../support.ts";
import { SurvivingPool } from "./surviving_pool.ts";

const work = task({ name: "faulty-work", pool: "cluster", retries: 3, backoff: "none" }, (x: number) => x);
const once = work.with({ retries: 0 });

/** What goes wrong in a call: it throws, or returns a promise that rejects, as if it were an `async` function. */
const FAULTS: readonly (readonly [how: string, fault: () => never])[] = [
  ["throws", () => {
    throw new Error("broken");
  }],
  ["rejects", () => Promise.reject(new Error("broken")) as never],
];

/** A runner with a pool, and what it has logged as errors. */
function make(pool: Pool, options: TaskRunnerOptions = {}) {
  const logger = recordingLogger();
  const runner = new TaskRunner({ pools: { cluster: pool }, onTaskError: "continue", logger, ...options });
  const errors = () =>
    logger.lines.filter(({ level }) => level === "error").map(({ data }) => data.map(String).join(" "));
  return { runner, errors };
}

/** A pool that runs bodies at once, but for what is given. */
function poolWith<P extends Partial<Pool>>(parts: P): P & Pool {
  return {
    maxWorkers: 1,
    execute: (job: Job) =>
      Promise.try(() => job.call()).then((value) => job.complete(value), (error) => job.fail(error)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...parts,
  };
}

for (const [how, fault] of FAULTS) {
  Deno.test(`a pool whose onAbort() ${how} keeps no task from being cancelled, nor the runner from ending`, async () => {
    const jobs: Job[] = [];
    const pool = poolWith({
      maxWorkers: 3,
      execute(job: Job) {
        job.abortListener = { onAbort: fault };
        jobs.push(job);
      },
    });
    const { runner, errors } = make(pool);
    const handles = [work, work, work.with({ timeout: 5, retries: 0 })].map((each, x) => runner.submit(each, x));
    const run = runner.run();
    assertInstanceOf(await handles[2]!.exception(), TaskTimeoutError);
    handles[0]!.cancel();
    runner.cancelAll();
    assertEquals((await run).counts.cancelled, 2);
    for (const job of jobs) job.fail(new Error("ended"));
    await settle();
    assertEquals(errors(), Array(3).fill('onAbort() of pool "cluster" failed: Error: broken'));
    assertAtRest(runner);
    await runner.shutdown();
  });

  Deno.test(`a pool whose settled() ${how} loses no outcome, with and without a checkpointer`, async () => {
    for (const options of [{}, { checkpointer: new MemoryCheckpointer() }]) {
      const { runner, errors } = make(poolWith({ attach() {}, settled: fault }), options);
      const handles = [1, 2].map((x) => runner.submit(work, x));
      await runner.run();
      assertEquals(await Promise.all(handles), [1, 2]);
      await runner.shutdown();
      assertEquals(errors(), Array(2).fill('settled() of pool "cluster" failed: Error: broken'));
    }
  });

  Deno.test(`tasks of a pool whose attach() ${how} fail and say so, with and without a checkpointer`, async () => {
    for (const options of [{}, { checkpointer: new MemoryCheckpointer() }]) {
      const { runner, errors } = make(poolWith({ attach: fault }), options);
      await settle();
      const handle = runner.submit(work, 1);
      await runner.run();
      const error = await handle.exception();
      assertInstanceOf(error, NonRetryableError);
      assertEquals(error.message, 'Pool "cluster" cannot run tasks, as its attach() failed: Error: broken');
      assertEquals([handle.attempts, errors()], [1, ['attach() of pool "cluster" failed: Error: broken']]);
      assertAtRest(runner);
      await runner.shutdown();
    }
  });

  Deno.test(`a pool whose leave() ${how} does not keep its runner from ending`, async () => {
    const pool = Object.assign(new SurvivingPool(), { leave: fault });
    const { runner, errors } = make(pool, { checkpointer: new MemoryCheckpointer() });
    runner.submit(work, 1);
    void runner.run().catch(() => {});
    await until("it is executed", () => pool.jobs.length === 1);
    pool.jobs[0]!.begin();
    await runner.shutdown();
    assertEquals(errors(), ['leave() of pool "cluster" failed: Error: broken']);
  });

  Deno.test(`a pool whose watch() ${how} keeps no observer from being added, or removed`, async () => {
    const { runner, errors } = make(poolWith({ watch: fault }));
    const observing = runner.observe({ worker() {} });
    assertEquals(await runner.submit(work, 1), 1);
    observing[Symbol.dispose]();
    await runner.shutdown();
    assertStringIncludes(errors()[0]!, 'watch() of pool "cluster" failed: Error: broken');
  });
}

Deno.test("a pool whose watch() returns nothing, or cannot be ended, harms nothing", async () => {
  for (const watching of [undefined, { [Symbol.dispose]: FAULTS[0]![1] }]) {
    const { runner, errors } = make(poolWith({ watch: () => watching as Disposable }));
    runner.observe({ worker() {} })[Symbol.dispose]();
    runner.observe({ worker() {} });
    await runner.shutdown();
    const failed = 'The end of watch() of pool "cluster" failed: Error: broken';
    assertEquals(errors(), watching === undefined ? [] : [failed, failed]);
  }
});

Deno.test("a pool that cannot explain itself, or say its state, keeps no one from asking", async () => {
  const pool = poolWith({ explain: FAULTS[0]![1], execute() {} });
  Object.defineProperty(pool, "state", { get: FAULTS[0]![1] });
  const { runner, errors } = make(pool);
  const [, waiting] = [runner.submit(work, 1), runner.submit(work, 2)];
  const run = runner.run();
  await settle();
  assertStringIncludes(waiting!.explain(), 'is ready, but waits for a slot of pool "cluster"');
  assertEquals(runner.statistics().pools["cluster"], { maxWorkers: 1, busy: 1, queued: 1 });
  assert(errors().includes('explain() of pool "cluster" failed: Error: broken'));
  assert(errors().includes('state of pool "cluster" failed: Error: broken'));
  runner.cancelAll();
  await run;
  await runner.shutdown();
});

Deno.test("a pool that is to have no number of workers keeps the one that it had", async () => {
  for (const counts of [{ maxWorkers: NaN }, { maxWorkers: -1 }, { maxWorkers: "2" }, { prefetch: NaN }]) {
    const pool = new SurvivingPool();
    const { runner, errors } = make(pool);
    const handles = [1, 2, 3].map((x) => runner.submit(work, x));
    const run = runner.run();
    await settle();
    Object.assign(pool, counts);
    pool.host!.changed();
    for (const index of handles.keys()) {
      await until("it is executed", () => pool.jobs.length > index);
      pool.jobs[index]!.complete(index);
    }
    assertEquals((await run).counts.completed, 3);
    assertEquals(errors().length, 1);
    assertStringIncludes(errors()[0]!, `changed() of pool "cluster" failed: `);
    await runner.shutdown();
  }
});

Deno.test("a pool counts its slots as it began, also if it prefetches only now and then", async () => {
  let asked = 0;
  const jobs: Job[] = [];
  const pool = poolWith({ execute: (job: Job) => void jobs.push(job) });
  Object.defineProperty(pool, "prefetch", { get: () => asked++ % 2 === 0 ? undefined : 1 });
  const { runner } = make(pool);
  const handles = [1, 2, 3].map((x) => runner.submit(work, x));
  const run = runner.run();
  for (const index of handles.keys()) {
    await until("it is executed", () => jobs.length > index);
    jobs[index]!.complete(index);
  }
  await run;
  assertEquals(runner.statistics().pools["cluster"]?.busy, 0);
  await runner.shutdown();
});

Deno.test("a pool that rejects by something like a promise, or refuses a task too late, is heard", async () => {
  const broken = new Error("broken");
  const thenable = { then: (_: unknown, no: (error: unknown) => void) => no(broken) } as unknown as Promise<void>;
  const { runner } = make(poolWith({ execute: () => thenable }));
  assertEquals(await runner.submit(once, 1).exception(), broken);
  await runner.shutdown();

  const late = make(poolWith({ check: FAULTS[1]![1] }));
  assertEquals(await late.runner.submit(once, 1), 1);
  await late.runner.shutdown();
  assertEquals(late.errors(), ['check() of pool "cluster" failed: Error: broken']);
});

Deno.test("a pool that stops a body which it has not begun, and that has no timeout, is named in the error", async () => {
  const seen: string[] = [];
  const { runner } = make(poolWith({ prefetch: 0, execute: (job: Job) => job.timeout() }));
  runner.observe({ attempt: (_, { number, status }) => void seen.push(`${number} ${status}`) });
  const handle = runner.submit(once, 1);
  await runner.run();
  const error = await handle.exception();
  assertInstanceOf(error, TaskTimeoutError);
  assertStringIncludes(error.message, 'was stopped by its pool "cluster", as it took too long; it has no timeout');
  assertEquals([handle.attempts, seen], [1, ["1 running", "1 failed"]]);
  await runner.shutdown();
});
