import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  currentTask,
  RetryExhaustedError,
  task,
  TaskCancelledError,
  type TaskContext,
  TaskRunner,
  TaskTimeoutError,
} from "../../mod.ts";
import { assertAtRest } from "../runner/support.ts";
import { block, never, settle, untilAborted } from "../support.ts";
import { pass } from "../runner/virtual_time.ts";

Deno.test("TaskRunner fails a task that runs out of time, and tells its body", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  let context: TaskContext | undefined;
  const slow = task({ name: "slow", timeout: "5s" }, () => {
    context = currentTask()!;
    assertEquals(context.cancelled, false);
    return untilAborted(context.signal);
  });
  const handle = runner.submit(slow);
  const result = handle.result();
  await pass(time, 0);
  await pass(time, 4_999);
  assertEquals(handle.status, "running");
  await pass(time, 1);
  const error = await assertRejects(() => result, TaskTimeoutError, `"slow#1" took longer than its timeout of 5000 ms`);
  assertEquals([error.code, error.task, handle.status], ["TASK_TIMEOUT", "slow", "failed"]);
  assertStrictEquals(context!.signal.reason, error);
  assertEquals(context!.cancelled, true);
  try {
    context!.throwIfCancelled();
  } catch (thrown) {
    assertStrictEquals(thrown, error);
  }
  assertEquals(time.next(), false, "no timer is left");
  assertAtRest(runner);
  assertEquals(runner.statistics().abandoned, 0);
});

Deno.test("TaskRunner does not retry after a timeout unless the task says so", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const handle = runner.submit(
    task({ name: "slow", timeout: 100, retries: 3 }, () => untilAborted(currentTask()!.signal)),
  );
  const error = handle.exception();
  await pass(time, 0);
  await pass(time, 100);
  assertInstanceOf(await error, TaskTimeoutError);
  assertEquals(handle.attempts, 1);
});

Deno.test("TaskRunner retries after a timeout with retryOnTimeout, once the body has respected its signal", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const slow = task({ name: "slow", timeout: 100, retries: 1, retryOnTimeout: true, backoffBase: 10 }, () => {
    const { attempt, signal } = currentTask()!;
    return attempt === 1 ? untilAborted(signal) : "second";
  });
  const handle = runner.submit(slow);
  const result = handle.result();
  await pass(time, 0);
  await pass(time, 100);
  assertEquals([handle.status, handle.retryAt], ["retrying", new Date(time.now + 10)]);
  await pass(time, 10);
  assertEquals([await result, handle.attempts], ["second", 2]);
});

Deno.test("TaskRunner fails with RetryExhaustedError when every attempt ran out of time", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const slow = task(
    { name: "slow", timeout: 100, retries: 1, retryOnTimeout: true, backoff: "none" },
    () => untilAborted(currentTask()!.signal),
  );
  const handle = runner.submit(slow);
  const error = handle.exception();
  await pass(time, 0);
  for (let step = 0; step < 6 && !handle.done; step++) await pass(time, 100);
  const exhausted = await error;
  assertInstanceOf(exhausted, RetryExhaustedError);
  assertInstanceOf(exhausted.cause, TaskTimeoutError);
  assertEquals(exhausted.attempts, 2);
});

Deno.test("TaskRunner never starts an attempt beside one that ignores its timeout; the task fails with an error that says so", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  let attempts = 0;
  const deaf = task({ name: "deaf", timeout: 1_000, retries: 5, retryOnTimeout: true, backoff: "none" }, () => {
    attempts++;
    return never();
  });
  const handle = runner.submit(deaf);
  const running = assertRejects(() => runner.run(), TaskTimeoutError, "still runs");
  await pass(time, 0);
  await pass(time, 1_000);
  assertEquals([handle.status, attempts], ["retrying", 1]);
  await pass(time, 0);
  assert(handle.explain().includes("waits for that attempt to end"), handle.explain());
  await pass(time, 1_000);
  const error = await running;
  assertInstanceOf(error.cause, TaskTimeoutError);
  assertEquals([handle.status, attempts, handle.attempts], ["failed", 1, 1]);
  assertEquals(runner.statistics().abandoned, 1);
  assertEquals(time.next(), false);
});

Deno.test("TaskRunner starts the next attempt when a body ends that had run out of time and lingered", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const first = Promise.withResolvers<string>();
  let running = 0;
  const deaf = task({ name: "deaf", timeout: 1_000, retries: 1, retryOnTimeout: true, backoff: "none" }, async () => {
    assertEquals(running++, 0);
    try {
      return currentTask()!.attempt === 1 ? await first.promise : "second";
    } finally {
      running--;
    }
  });
  const handle = runner.submit(deaf);
  const result = handle.result();
  await pass(time, 0);
  await pass(time, 1_000);
  await pass(time, 500);
  assertEquals([handle.status, handle.attempts], ["retrying", 1]);
  first.resolve("too late");
  assertEquals([await result, handle.attempts], ["second", 2]);
  assertEquals(runner.statistics().abandoned, 0);
  assertEquals(time.next(), false);
});

Deno.test("TaskRunner keeps neither the handle nor run() open for a body that never settles", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ onTaskError: "continue", maxWorkers: 1 });
  const handle = runner.submit(task({ name: "dead", timeout: 10 }, never));
  const next = runner.submit(() => "next");
  const running = runner.run();
  await pass(time, 0);
  await pass(time, 10);
  const report = await running;
  assertEquals([handle.status, await next], ["failed", "next"]);
  assertEquals(report.counts.failed, 1);
  assertEquals(runner.statistics().abandoned, 1);
  assertAtRest(runner);
});

Deno.test("TaskRunner fails a synchronous body that took longer than its timeout", async () => {
  await using runner = new TaskRunner();
  const blocking = task({ name: "blocking", timeout: 5 }, (fails: boolean) => {
    block(15);
    if (fails) throw new Error("and it failed");
    return "late";
  });
  const completed = await runner.submit(blocking, false).exception();
  assertInstanceOf(completed, TaskTimeoutError);
  const failed = await runner.submit(blocking, true).exception();
  assertInstanceOf(failed, TaskTimeoutError);
  assertEquals((failed.cause as Error).message, "and it failed");
  assertAtRest(runner);
});

Deno.test("TaskRunner limits each attempt by itself, not all of them together", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const gates: PromiseWithResolvers<string>[] = [];
  const work = task({ name: "work", timeout: 100, retries: 2, backoff: "none" }, () => {
    const gate = Promise.withResolvers<string>();
    gates.push(gate);
    return gate.promise;
  });
  const handle = runner.submit(work);
  const result = handle.result();
  for (const index of [0, 1, 2]) {
    await pass(time, 0);
    await pass(time, 80);
    if (index < 2) gates[index]!.reject(new Error("again"));
    else gates[index]!.resolve("done");
  }
  assertEquals([await result, handle.attempts], ["done", 3]);
});

Deno.test("TaskRunner counts the time that a body waits for handles, and cancels them when it runs out", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ onTaskError: "continue" });
  let child: PromiseLike<unknown> & { status: string; exception(): Promise<unknown> };
  const parent = task({ name: "parent", timeout: 50 }, async () => {
    child = runner.submit(function child() {
      return untilAborted(currentTask()!.signal);
    });
    await child;
  });
  const handle = runner.submit(parent);
  const running = runner.run();
  await pass(time, 0);
  await pass(time, 50);
  await running;
  assertEquals([handle.status, child!.status], ["failed", "cancelled"]);
  const error = await child!.exception();
  assertInstanceOf(error, TaskCancelledError);
  assertInstanceOf(error.reason, TaskTimeoutError);
});

Deno.test("TaskRunner leaves no timer behind for tasks that end in time", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  for (let x = 0; x < 100; x++) runner.submit(task({ name: "quick", timeout: "1h" }, () => Promise.resolve(x)));
  await runner.run();
  assertEquals(time.next(), false);
});

Deno.test("a clock that is put forward or back ends no task early, and reports no odd durations", async () => {
  const { now } = Date;
  try {
    for (const step of [3_600_000, -3_600_000]) {
      await using runner = new TaskRunner({ onTaskError: "continue" });
      const work = task({ name: "work", timeout: "10m" }, async () => {
        await settle();
        Date.now = () => now() + step;
        await settle();
        return "done";
      });
      const { status, value, durationMs } = await runner.submit(work).getResult();
      assertEquals([status, value], ["completed", "done"]);
      assert(durationMs! >= 0 && durationMs! < 600_000, `${durationMs} ms`);
      Date.now = now;
    }
  } finally {
    Date.now = now;
  }
});
