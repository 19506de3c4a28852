import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  currentTask,
  NonRetryableError,
  RetryAfterError,
  RetryExhaustedError,
  task,
  type TaskOptions,
  TaskRunner,
} from "../../mod.ts";
import { assertAtRest, recordEvents } from "../runner/support.ts";
import { pass } from "../runner/virtual_time.ts";
import { turn } from "../support.ts";

/** A body that fails so many times, and when its attempts began. */
function flaky(failures: number, makeError: (attempt: number) => unknown = (attempt) => new Error(`no. ${attempt}`)) {
  const startedAt: number[] = [];
  const body = () => {
    startedAt.push(Date.now());
    if (startedAt.length <= failures) throw makeError(startedAt.length);
    return `attempt ${currentTask()!.attempt}`;
  };
  const waits = () => startedAt.slice(1).map((at, index) => at - startedAt[index]!);
  return { body, waits, startedAt };
}

Deno.test("TaskRunner tries a failed task again until it completes", async () => {
  await using runner = new TaskRunner();
  const events = recordEvents(runner);
  const handle = runner.submit(task({ name: "flaky", retries: 3, backoff: "none" }, flaky(2).body));
  assertEquals(await handle, "attempt 3");
  assertEquals([handle.attempts, handle.status], [3, "completed"]);
  assertEquals(events, [
    "submitted flaky#1",
    "ready flaky#1",
    "running flaky#1",
    "retrying flaky#1",
    "ready flaky#1",
    "running flaky#1",
    "retrying flaky#1",
    "ready flaky#1",
    "running flaky#1",
    "completed flaky#1",
  ]);
});

Deno.test("TaskRunner waits longer before each attempt, as the backoff says", async () => {
  const cases: [TaskOptions<[]>, number[]][] = [
    [{}, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000]],
    [{ backoffBase: 10, backoffMax: 50 }, [10, 20, 40, 50, 50, 50]],
    [{ backoff: "linear", backoffBase: "2s" }, [2_000, 4_000, 6_000, 8_000, 10_000, 12_000]],
    [{ backoff: "none" }, [0, 0, 0, 0, 0, 0]],
    [{ backoff: (attempt) => `${attempt}m` }, [60_000, 120_000, 180_000, 240_000, 300_000, 360_000]],
  ];
  for (const [options, expected] of cases) {
    using time = new FakeTime();
    await using runner = new TaskRunner();
    const { body, waits } = flaky(6);
    const handle = runner.submit(task({ name: "flaky", retries: 6, ...options }, body));
    const result = handle.result();
    await pass(time, 0);
    for (let step = 0; step < 12 && !handle.done; step++) {
      await time.nextAsync();
      await turn();
    }
    assertEquals(await result, "attempt 7");
    assertEquals(waits(), expected);
  }
});

Deno.test("TaskRunner gives the slot back during a backoff", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const handle = runner.submit(task({ name: "flaky", retries: 1 }, flaky(1).body));
  const other = runner.submit(() => "other");
  const running = runner.run();
  await pass(time, 0);
  assertEquals([handle.status, other.status], ["retrying", "completed"]);
  assertEquals(runner.statistics().pools["async"], { maxWorkers: 1, busy: 0, queued: 0 });
  await pass(time, 999);
  assertEquals(handle.status, "retrying");
  await pass(time, 1);
  await running;
  assertEquals(handle.status, "completed");
});

Deno.test("TaskHandle.retryAt is when the next attempt starts, during a backoff and only then", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const handle = runner.submit(task({ name: "flaky", retries: 1, backoffBase: "20s" }, flaky(1).body));
  assertStrictEquals(handle.retryAt, undefined);
  const running = runner.run();
  await pass(time, 0);
  assertEquals(handle.retryAt, new Date(time.now + 20_000));
  assertEquals(handle.explain(), `"flaky#1" failed attempt 1 with Error: no. 1 and starts attempt 2 of 2 in 20 s.`);
  await pass(time, 20_000);
  await running;
  assertStrictEquals(handle.retryAt, undefined);
});

Deno.test("RetryAfterError overrides the backoff, once", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const { body, waits } = flaky(
    2,
    (attempt) => attempt === 1 ? new RetryAfterError("busy", { retryAfter: "7s" }) : new Error("plain"),
  );
  const handle = runner.submit(task({ name: "flaky", retries: 2, retryOn: Error, backoffMax: "5s" }, body));
  const running = runner.run();
  await pass(time, 7_000);
  await pass(time, 2_000);
  await running;
  assertEquals([waits(), handle.status], [[7_000, 2_000], "completed"]);
});

Deno.test("RetryAfterError is retried even where retryOn says no, but not more often than the task allows", async () => {
  await using runner = new TaskRunner();
  const { body, startedAt } = flaky(9, () => new RetryAfterError("busy", { retryAfter: 0 }));
  const handle = runner.submit(task({ name: "flaky", retries: 2, retryOn: () => false }, body));
  await assertRejects(() => handle.result(), RetryExhaustedError);
  assertEquals(startedAt.length, 3);
  const none = runner.submit(task({ name: "once" }, () => {
    throw new RetryAfterError("busy", { retryAfter: 0 });
  }));
  await assertRejects(() => none.result(), RetryAfterError);
  assertEquals(none.attempts, 1);
});

Deno.test("RetryExhaustedError reports the last error and the number of attempts", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(task({ name: "flaky", maxAttempts: 3, backoff: "none" }, flaky(9).body));
  const error = await assertRejects(() => handle.result(), RetryExhaustedError, "no. 3");
  assertEquals([error.attempts, error.task, error.code], [3, "flaky", "RETRY_EXHAUSTED"]);
  assertEquals((error.cause as Error).message, "no. 3");
  assertEquals(handle.peek()!.attempts, 3);
});

Deno.test("NonRetryableError fails a task at once", async () => {
  await using runner = new TaskRunner();
  const error = new NonRetryableError("hopeless");
  const handle = runner.submit(task({ name: "flaky", retries: 5, retryOn: () => true }, flaky(9, () => error).body));
  assertStrictEquals(await handle.exception(), error);
  assertEquals(handle.attempts, 1);
});

Deno.test("TaskRunner retries what retryOn wants and nothing else; by default every Error", async () => {
  await using runner = new TaskRunner();
  const attemptsOf = async (options: TaskOptions<[]>, error: unknown) => {
    const handle = runner.submit(
      task({ name: "flaky", retries: 2, backoff: "none", ...options }, flaky(9, () => error).body),
    );
    const thrown = await handle.exception();
    if (handle.attempts < 3) assertStrictEquals(thrown, error);
    else assertInstanceOf(thrown, RetryExhaustedError);
    return handle.attempts;
  };
  assertEquals(await attemptsOf({}, new TypeError("any")), 3);
  assertEquals(await attemptsOf({}, "a string"), 1);
  assertEquals(await attemptsOf({ retryOn: TypeError }, new TypeError("this")), 3);
  assertEquals(await attemptsOf({ retryOn: TypeError }, new RangeError("that")), 1);
  assertEquals(await attemptsOf({ retryOn: [TypeError, RangeError] }, new RangeError("that")), 3);
  assertEquals(await attemptsOf({ retryOn: (_, attempt) => attempt < 2 }, "text"), 2);
});

Deno.test("TaskRunner fails a task whose retry policy throws, and says so", async () => {
  await using runner = new TaskRunner();
  const bad = task({
    name: "bad",
    retries: 2,
    retryOn: () => {
      throw new Error("policy");
    },
  }, flaky(9).body);
  const handle = runner.submit(bad);
  const error = await handle.exception() as Error;
  assertEquals((error.cause as Error).message, "policy");
  for (const part of [`"bad"`, "policy", "no. 1"]) assert(error.message.includes(part), error.message);
  assertAtRest(runner);
});

Deno.test("TaskRunner passes the same arguments to each attempt", async () => {
  await using runner = new TaskRunner();
  const seen: unknown[] = [];
  const flakySum = task({ name: "sum", retries: 1, backoff: "none" }, (numbers: number[], more: number) => {
    seen.push([...numbers, more]);
    if (seen.length === 1) throw new Error("once");
    return numbers.reduce((a, b) => a + b, more);
  });
  const two = runner.submit(() => 2);
  assertEquals(await runner.submit(flakySum, [1, two], two), 5);
  assertEquals(seen, [[1, 2, 2], [1, 2, 2]]);
});

Deno.test("TaskRunner leaves no timer behind when the last backoff has finished", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  runner.submit(task({ name: "flaky", retries: 1 }, flaky(1).body));
  const running = runner.run();
  await pass(time, 0);
  await pass(time, 1_000);
  await running;
  assertEquals(time.next(), false);
});
