import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { type Job, MemoryCheckpointer, type Pool, task, TaskBase, TaskError, TaskRunner } from "../../mod.ts";
import { TestEnvironment } from "../../src/testing/mod.ts";
import { turn } from "../support.ts";
import { assertAtRest } from "./support.ts";
import { mostWithin, onVirtualTime, untilSettled } from "./virtual_time.ts";

Deno.test("a throttled task starts at even distances", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const starts: number[] = [];
  const call = task(
    { name: "call", throttle: { limit: 4, period: "1s" } },
    (_: number) => void starts.push(test.elapsed),
  );
  call.with({ runner }).map([1, 2, 3, 4, 5, 6]);
  await runner.run();
  assertEquals(starts, [0, 250, 500, 750, 1_000, 1_250]);
  assertAtRest(runner);
});

Deno.test("a throttled task starts as many at once as its burst says", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const starts: number[] = [];
  const call = task(
    { name: "call", throttle: { limit: 4, period: "1s", burst: 3 } },
    (_: number) => void starts.push(test.elapsed),
  );
  call.with({ runner }).map([1, 2, 3, 4, 5, 6, 7, 8]);
  await runner.run();
  assertEquals(starts, [0, 0, 0, 250, 1_000, 1_000, 1_000, 1_250]);
});

Deno.test("each key of a throttle has a limit of its own, and keys take turns", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ maxWorkers: 1 });
  const starts: string[] = [];
  const call = task(
    { name: "call", throttle: { limit: 1, period: 100, key: (host: string) => host } },
    (host: string) => void starts.push(`${host}${test.elapsed}`),
  );
  call.with({ runner }).map([..."aaabc"]);
  await runner.run();
  assertEquals(starts, ["a0", "b0", "c0", "a100", "a200"]);
});

Deno.test("keys take turns within a priority, and a higher priority comes first", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const order: string[] = [];
  const call = task(
    { name: "call", concurrency: { limit: 5, key: (user: string) => user } },
    async (user: string, item: number) => {
      await turn();
      order.push(`${user}${item}`);
    },
  );
  for (const item of [1, 2, 3]) for (const user of [..."aab"]) runner.submit(call, user, item);
  runner.submit(call.with({ priority: 1 }), "c", 9);
  await runner.run();
  assertEquals(order.join(" "), "c9 a1 b1 a1 b2 a2 b3 a2 a3 a3");
});

Deno.test("a throttled task waits without a slot, and holds up no other task of its pool", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ maxWorkers: 1 });
  const order: string[] = [];
  const slow = task({ name: "slow", throttle: { limit: 1, period: "1h" } }, (_: number) => void order.push("slow"));
  const plain = task({ name: "plain" }, (x: number) => void order.push(`plain ${x}`));
  slow.with({ runner, priority: 9 }).map([1, 2]);
  plain.with({ runner }).map([1, 2, 3]);
  await runner.run();
  assertEquals(order, ["slow", "plain 1", "plain 2", "plain 3", "slow"]);
  assertEquals(test.elapsed, 3_600_000);
});

Deno.test("every attempt counts for a throttle", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const starts: number[] = [];
  const call = task(
    { name: "call", retries: 2, backoff: "none", throttle: { limit: 2, period: "1s" } },
    (_: number) => {
      starts.push(test.elapsed);
      if (starts.length < 3) throw new Error("not yet");
    },
  );
  call.with({ runner }).map([1, 2]);
  await runner.run();
  assertEquals(starts, [0, 500, 1_000, 1_500]);
});

Deno.test("variants of a task share its throttle, unless they have one of their own", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const starts: string[] = [];
  const call = task(
    { name: "call", throttle: { limit: 1, period: 100 } },
    (who: string) => void starts.push(`${who}${test.elapsed}`),
  );
  runner.submit(call, "a");
  runner.submit(call.with({ priority: 1, name: "other" }), "b");
  runner.submit(call.with({ throttle: { limit: 2, period: 100, burst: 2 } }), "c");
  await runner.run();
  assertEquals(starts, ["b0", "c0", "a100"]);
});

Deno.test("a throttle of a pool counts all of its tasks", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ pools: { api: { throttle: { limit: 2, period: "1s" } } } });
  const starts: string[] = [];
  const make = (name: string) => task({ name, pool: "api" }, () => void starts.push(`${name}${test.elapsed}`));
  const [a, b] = [make("a"), make("b")];
  for (const each of [a, b, a]) runner.submit(each);
  runner.submit(task({ name: "elsewhere" }, () => void starts.push(`elsewhere${test.elapsed}`)));
  await runner.run();
  assertEquals(starts, ["elsewhere0", "a0", "b500", "a1000"]);
  assertAtRest(runner);
});

Deno.test("a throttle of a pool and that of a task both count", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ pools: { api: { throttle: { limit: 10, period: "1s" } } } });
  const starts: string[] = [];
  const a = task(
    { name: "a", pool: "api", throttle: { limit: 1, period: 150 } },
    (_: number) => void starts.push(`a${test.elapsed}`),
  );
  const b = task({ name: "b", pool: "api" }, (_: number) => void starts.push(`b${test.elapsed}`));
  a.with({ runner }).map([1, 2]);
  b.with({ runner }).map([1, 2]);
  await runner.run();
  assertEquals(starts, ["a0", "b100", "a200", "b300"]);
});

Deno.test("a key is computed once, when the dependencies have finished, with their values", async () => {
  await using runner = new TaskRunner();
  const seen: unknown[] = [];
  const key = (host: string, [path]: string[]) => (seen.push([host, path]), host);
  let calls = 0;
  const fetchPage = task(
    {
      name: "fetch",
      retries: 1,
      backoff: "none",
      throttle: { limit: 10, period: 10, key },
      concurrency: { limit: 1, key },
    },
    (host: string, _paths: string[]) => {
      if (calls++ === 0) throw new Error("not yet");
      return host;
    },
  );
  const host = runner.submit(() => "a.example");
  const path = runner.submit(async () => (await turn(), "/index"));
  const handle = runner.submit(fetchPage, host, [path]);
  assertEquals(seen, []);
  assertEquals(await handle, "a.example");
  assertEquals([seen, handle.attempts], [[["a.example", "/index"]], 2]);
});

Deno.test("a key that throws, or is not a string, fails its own task and no other", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const key = (x: unknown) => {
    if (x === 1) throw new RangeError("no host");
    return x as string;
  };
  const call = task({ name: "call", throttle: { limit: 9, period: 1, key } }, (x: unknown) => x);
  const other = task({ name: "other", concurrency: { limit: 1, key } }, (x: unknown) => x);
  const [threw, number, promise, fine] = [
    runner.submit(call, 1),
    runner.submit(call, 2),
    runner.submit(other, { then: undefined }),
    runner.submit(other, "x"),
  ];
  await runner.run();
  const error = await assertRejects(() => threw.result(), TaskError, 'The key in throttle of task "call" threw');
  assertInstanceOf(error.cause, RangeError);
  await assertRejects(() => number.result(), TypeError, 'The key in throttle of task "call" must return a string, not');
  await assertRejects(() => promise.result(), TypeError, 'The key in concurrency of task "other" must return a string');
  assertEquals([await fine, threw.attempts], ["x", 0]);
});

Deno.test("a task that waits for its throttle is ready, can be cancelled, and says until when it waits", () =>
  onVirtualTime(async (time) => {
    await using runner = new TaskRunner({ onTaskError: "continue" });
    const ran: number[] = [];
    const call = task(
      { name: "call", throttle: { limit: 1, period: "10s", key: () => "k" } },
      (x: number) => void ran.push(x),
    );
    const [first, second, third] = call.with({ runner }).map([1, 2, 3]);
    const run = runner.run();
    await untilSettled(time, first!);
    assertEquals([second!.status, third!.status, runner.statistics().pools["async"]?.queued], ["ready", "ready", 2]);
    assertEquals(
      second!.explain(),
      '"call#2" is ready, but waits for its throttle, 1 in 10 s for key "k", which lets the next one start in 10 s ' +
        "(2 waiting).",
    );
    assert(second!.cancel());
    await untilSettled(time, run);
    assertEquals(ran, [1, 3]);
    assertAtRest(runner);
  }));

Deno.test("what waits for a throttle does not keep a program alive that has cancelled it", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const call = task({ name: "call", throttle: { limit: 1, period: "1d" } }, (_: number) => {});
  const [first, second] = call.with({ runner }).map([1, 2]);
  await first;
  second!.cancel();
  await runner.run(); // the test's sanitizer would see a timer that is left
  assertAtRest(runner);
});

Deno.test("a throttle counts from the time at which a body starts, which may have to be saved first", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ checkpointer: new MemoryCheckpointer() });
  const starts: number[] = [];
  const call = task(
    { name: "call", throttle: { limit: 1, period: 100 } },
    (_: number) => void starts.push(test.elapsed),
  );
  call.with({ runner }).map([1, 2, 3]);
  await runner.run();
  assertEquals(starts, [0, 100, 200]);
});

for (const name of ["startOnThread", "startInProcess"] as const) {
  Deno.test(`a throttle holds for bodies in workers: ${name}`, async () => {
    await using runner = new TaskRunner({ maxWorkers: 2 });
    const tasks = await import("./limited_tasks.ts");
    const start = performance.now();
    const handles = tasks[name].with({ runner }).map(Array.from({ length: 23 }, (_, x) => x));
    assertEquals((await Promise.all(handles)).length, 23);
    assert(performance.now() - start >= 4 * 50 - 1); // five at once, five times
    await runner.run();
    assertAtRest(runner);
  });
}

Deno.test("a throttle of a pool holds for bodies in workers", async () => {
  await using runner = new TaskRunner({ pools: { thread: { maxWorkers: 2, throttle: { limit: 4, period: 120 } } } });
  const { plainStart } = await import("./limited_tasks.ts");
  const start = performance.now();
  await Promise.all(plainStart.with({ runner }).map([1, 2, 3, 4, 5, 6]));
  assert(performance.now() - start >= 5 * 30 - 1);
});

Deno.test("a start that no worker has reported counts once its attempt has ended", async () => {
  await using runner = new TaskRunner({ pools: { thread: { maxWorkers: 1 } }, onTaskError: "continue" });
  const { endsWorker } = await import("./limited_tasks.ts");
  const handles = endsWorker.with({ runner }).map([1, 2, 3]);
  const { counts } = await runner.run();
  assertEquals([counts.failed, handles[2]!.done], [3, true]);
  assertAtRest(runner);
});

/** A pool that has jobs at hand, and begins one of them every 30 ms; or begins them, and starts one every 30 ms. */
class SlowPool implements Pool {
  readonly maxWorkers = 9;
  readonly prefetch = 9;
  readonly reportsStarts: boolean;
  readonly #jobs: Job[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(reportsStarts: boolean) {
    this.reportsStarts = reportsStarts;
  }

  execute(job: Job): void {
    if (this.reportsStarts && !job.begin()) return;
    this.#jobs.push(job);
    this.#timer ??= setInterval(() => this.#next(), 30);
  }

  #next(): void {
    const job = this.#jobs.shift();
    if (job !== undefined && (this.reportsStarts || job.begin())) {
      if (job.wantsStart === true) job.started?.();
      job.complete(job.call());
    }
    if (this.#jobs.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

for (const reportsStarts of [false, true]) {
  const what = reportsStarts ? "begins it" : "gets it";
  Deno.test(`a throttle counts from when a body starts, not from when its pool ${what}`, () =>
    onVirtualTime(async (time) => {
      await using pool = new SlowPool(reportsStarts);
      await using runner = new TaskRunner({ pools: { slow: pool } });
      const starts: number[] = [];
      const begin = time.now;
      const throttle = { limit: 3, period: 1_000, burst: 3 };
      const call = task({ name: "call", pool: "slow", throttle }, (_: number) => void starts.push(time.now - begin));
      const [, second] = call.with({ runner }).map([1, 2, 3, 4, 5, 6]);
      const run = runner.run();
      await turn();
      if (!reportsStarts) second!.cancel(); // on its way: what it has of the limit is free again
      await untilSettled(time, run.catch(() => {}));
      assertEquals(starts.length, reportsStarts ? 6 : 5);
      assert(mostWithin(starts, 1_000) <= 3, starts.join());
      assert(starts[3]! >= starts[0]! + 1_000 && starts[4]! < starts[0]! + 1_200, starts.join());
      assertAtRest(runner);
    }));
}

class Call extends TaskBase<[host: string], number> {
  override throttle = { limit: 2, period: "1s", key: (host: string) => host } as const;
  override concurrency = 5;
  run(_host: string): number {
    return Date.now();
  }
}

Deno.test("a task that is a class has limits as well", () =>
  onVirtualTime(async (time) => {
    await using runner = new TaskRunner();
    const call = new Call();
    const handles = ["a", "a", "b"].map((host) => runner.submit(call, host));
    const begin = time.now;
    const starts = await untilSettled(time, Promise.all(handles));
    assertEquals(starts.map((at) => at - begin), [0, 500, 0]);
  }));

const recorded = task(
  { name: "recorded", throttle: { limit: 1, period: "1s", key: String } },
  (_: string) => Date.now(),
);

Deno.test("limits hold for what is submitted from its record, those of .with() included", () =>
  onVirtualTime(async (time) => {
    const checkpointer = new MemoryCheckpointer();
    {
      await using runner = new TaskRunner({ checkpointer, onTaskError: "continue" });
      runner.pause();
      recorded.with({ runner, priority: 1 }).map(["a", "a", "b"]);
      recorded.with({ runner, throttle: { limit: 1, period: "5s" } }).map(["c", "d"]);
      await runner.flush();
    }
    await using runner = await TaskRunner.resume(checkpointer);
    const begin = time.now;
    const starts = await untilSettled(time, Promise.all(runner.resubmitOrphans()));
    assertEquals(starts.map((at) => Number(at) - begin), [0, 1_000, 0, 0, 5_000]);
  }));
