import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { currentTask, type Duration, MemoryCheckpointer, task, TaskRunner, TaskTimeoutError } from "../../mod.ts";
import { start } from "../durability/support.ts";
import { block, never, settle, turn, until, untilAborted } from "../support.ts";
import { assertAtRest } from "../runner/support.ts";
import { loop } from "./programs/deadline_tasks.ts";
import { pass } from "../runner/virtual_time.ts";

const soon = { deadline: "5s" } as const;

Deno.test("a deadline ends a task that waits for a dependency, for a slot, or for its runner to start", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  const wait = task({ name: "wait" }, never).with({ runner });
  const idle = task({ name: "idle", ...soon }, () => {}).with({ runner });
  const notStarted = idle.submit();
  const running = wait.submit();
  const pending = idle.with({ dependsOn: running }).submit();
  await pass(time, 5_000);
  assertEquals(
    ((await notStarted.exception()) as Error).message,
    `"idle#1" did not finish within its deadline of 5 s: "idle#1" is ready, but its runner has not started: ` +
      `call run() or serve(), or await a handle.`,
  );
  assertEquals(
    ((await pending.exception()) as Error).message,
    `"idle#3" did not finish within its deadline of 5 s: "idle#3" waits for "wait#2" (ready).`,
  );
  const failed = idle.submit().exception();
  await settle();
  await pass(time, 5_000);
  const error = await failed;
  assertInstanceOf(error, TaskTimeoutError);
  assertEquals(
    error.message,
    `"idle#4" did not finish within its deadline of 5 s: "idle#4" is ready, but waits for a slot of pool "async" ` +
      `(1 of 1 taken; 1 waiting).`,
  );
  running.cancel();
  assertEquals(time.next(), false, "no timer is left");
});

Deno.test("a deadline counts all attempts and backoffs, and tells the body and what it had submitted", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ onTaskError: "continue" });
  let calls = 0;
  const flaky = task({ name: "flaky", retries: 9, backoff: "none", backoffBase: 0, ...soon }, async () => {
    calls++;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    throw new Error("again");
  });
  const handle = runner.submit(flaky);
  const failed = handle.exception();
  for (let second = 1; second < 5; second++) {
    await settle();
    await pass(time, 1_000);
  }
  await settle();
  await pass(time, 999);
  assertEquals([handle.status, calls], ["running", 3]);
  assertEquals(handle.explain(), `"flaky#1" runs attempt 3 of 10. It has 1 ms left to finish.`);
  await pass(time, 1);
  const error = await failed as TaskTimeoutError;
  assertInstanceOf(error, TaskTimeoutError);
  assertEquals((error.cause as Error).message, "again");
  await pass(time, 5_000);
  assertEquals(calls, 3);

  const patient = task({ name: "patient", retries: 1, backoffBase: "1h", ...soon }, () => {
    throw new Error("no");
  });
  const waiting = runner.submit(patient).exception();
  await pass(time, 5_000);
  assertInstanceOf(await waiting, TaskTimeoutError);

  let reason: unknown;
  const parent = task({ name: "parent", ...soon }, async () => {
    const { signal } = currentTask()!;
    signal.addEventListener("abort", () => reason = signal.reason);
    await task({ name: "child" }, never).submit();
  }).with({ runner }).submit();
  const ended = parent.exception();
  await pass(time, 5_000);
  assertEquals(await ended, reason);
  assertEquals(runner.handles().at(-1)!.status, "cancelled");
  assertAtRest(runner);
  assertEquals(time.next(), false, "no timer is left");
});

Deno.test("a deadline may be a time, and be given to one submission", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const deadline = new Date(Date.now() + 1_000);
  const wait = task({ name: "wait", deadline: "1h" }, () => untilAborted(currentTask()!.signal));
  const handle = wait.with({ runner, deadline }).submit();
  assertEquals(handle.deadline, deadline);
  const failed = handle.exception();
  await pass(time, 999);
  assertEquals(handle.status, "running");
  await pass(time, 1);
  const { message } = await failed as Error;
  assert(
    message.startsWith(`"wait#1" did not finish by its deadline, ${deadline.toISOString()}: "wait#1" runs`),
    message,
  );
  const late = wait.with({ runner, deadline: new Date(0) }).submit();
  await pass(time, 0);
  assertEquals(late.status, "failed");
  assertEquals(runner.submit(() => {}).deadline, undefined);
});

Deno.test("a deadline that is met leaves no timer behind", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  assertEquals(await runner.submit(task({ name: "quick", ...soon }, () => 1)), 1);
  const cancelled = task({ name: "quick", ...soon }, () => 1).with({ runner }).submit();
  cancelled.cancel();
  assertEquals(time.next(), false);
});

Deno.test("a deadline fails a body that blocked the event loop past it", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const blocking = task({ name: "blocking", deadline: 20 }, (fails: boolean) => {
    block(30);
    if (fails) throw new Error("no");
  });
  for (const fails of [false, true]) {
    assertInstanceOf(await runner.submit(blocking, fails).exception(), TaskTimeoutError);
  }
});

Deno.test("a body does not start once the deadline has passed, on any kind of pool, and its slot and limits are free", async () => {
  using _time = new FakeTime(); // no timer fires
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  let starts = 0;
  const limits = { concurrency: 1, throttle: { limit: 1, period: "1h" } } as const;
  const late = task({ name: "late", deadline: new Date(0) }, () => void starts++);
  const limited = task({ name: "limited", ...limits }, () => starts);
  for (const each of [late, late.with({ backend: "thread" }), limited.with({ deadline: new Date(0) })]) {
    const handle = runner.submit(each);
    const error = await handle.exception();
    assertInstanceOf(error, TaskTimeoutError);
    assertEquals(
      error.message,
      `"${handle.id}" did not finish by its deadline, 1970-01-01T00:00:00.000Z: its body could not start before.`,
    );
    assertEquals([handle.attempts, starts], [0, 0]);
  }
  assertEquals(await runner.submit(limited), 0);
  assertAtRest(runner);
});

Deno.test("a body does not start if one before it has blocked the event loop past its deadline", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  let starts = 0;
  const block6 = task({ name: "block" }, () => block(6)); // within one slice of the dispatcher
  const brief = task({ name: "brief", deadline: 3 }, () => void starts++);
  const [blocking, blocked] = [runner.submit(block6), runner.submit(brief)];
  await blocking;
  assertInstanceOf(await blocked.exception(), TaskTimeoutError);
  assertEquals(starts, 0);
  assertAtRest(runner);
});

Deno.test("a deadline does not depend on the system's clock, unless it is a time", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { now } = Date;
  try {
    const wait = task({ name: "wait", deadline: "1h" }, never).with({ runner });
    const handle = wait.submit();
    const failed = handle.exception();
    Date.now = () => now() + 7_200_000;
    await settle();
    assertEquals(handle.status, "running");
    handle.cancel();
    await failed;
    const put = now() + 40;
    Date.now = now;
    const byDate = wait.with({ deadline: new Date(put) }).submit();
    const ended = byDate.exception();
    Date.now = () => now() - 60;
    await ended;
    assert(Date.now() >= put); // the clock was put back, so that it became that time later
  } finally {
    Date.now = now;
  }
});

for (const backend of ["thread", "process"] as const) {
  Deno.test(`a deadline ends a body that loops (${backend})`, async () => {
    await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
    const handle = loop.with({ runner, backend, deadline: "1s" }).submit();
    const error = await handle.exception();
    assertInstanceOf(error, TaskTimeoutError);
    assert(error.message.startsWith(`"loop#1" did not finish within its deadline of 1 s`), error.message);
  });
}

Deno.test("a deadline holds after a restart: what is left of it counts", async () => {
  using time = new FakeTime();
  const work = task({ name: "work", ...soon }, () => untilAborted(currentTask()!.signal));
  const first = await start(new MemoryCheckpointer());
  void first.runner.submit(work).exception();
  void first.runner.run().catch(() => {});
  await pass(time, 2_000);
  const flushed = first.kill();
  await time.runMicrotasks();
  await pass(time, 0);
  const left = await flushed;
  await pass(time, 1_000);
  const second = await start(left);
  const handle = second.runner.submit(work);
  const failed = handle.exception();
  await pass(time, 1_999);
  assertEquals(handle.status, "running");
  await pass(time, 1);
  assertInstanceOf(await failed, TaskTimeoutError);
  const [record] = await (async () => {
    await second.runner.flush();
    return [handle.peek()];
  })();
  assertEquals(record?.status, "failed");
  await second.kill({ isAbrupt: true });
});

Deno.test("what had failed at its deadline has all of its time again after a restart, and what had completed keeps its end", async () => {
  using time = new FakeTime();
  const store = new MemoryCheckpointer();
  let calls = 0;
  const work = task({ name: "work", deadline: 200 }, async (x: number) => {
    if (calls++ === 0) await never();
    return x;
  });
  const first = await start(store);
  const handles = work.with({ runner: first.runner }).map([1, 2]);
  const run = first.runner.run();
  await settle();
  await pass(time, 200);
  await run;
  assertEquals(handles.map(({ status }) => status), ["failed", "completed"]);
  const left = await first.kill();
  const records = await Array.fromAsync(left.load());
  assertEquals(records.map(({ deadline }) => deadline), [undefined, undefined]);
  await pass(time, 250);
  const second = await start(left);
  assertEquals(await Promise.all(work.with({ runner: second.runner }).map([1, 2])), [1, 2]);
  assertEquals(calls, 3);
  await second.kill();
});

Deno.test("a deadline is on record while the task is unfinished, for resubmitOrphans() as well", async () => {
  const at = new Date(Date.now() + 3_600_000);
  const work = task({ name: "deadline-on-record" }, never);
  const first = await start(new MemoryCheckpointer());
  const handle = work.with({ runner: first.runner, deadline: at }).submit();
  await handle.saved();
  const left = await first.kill();
  assertEquals((await Array.fromAsync(left.load()))[0]?.deadline, at.getTime());
  const second = await start(left);
  const [again] = second.runner.resubmitOrphans();
  assertEquals(again?.deadline, at);
  await second.kill();
});

Deno.test("runner.get() finds a handle by its id, and runner.running() what runs now", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const gate = Promise.withResolvers<void>();
  const first = runner.submit(() => gate.promise);
  const second = task({ name: "second" }, () => {}).with({ runner, key: "two" }).submit();
  assertEquals([runner.get("two"), runner.get(first.id), runner.get("three")], [second, first, undefined]);
  const run = runner.run();
  await turn();
  assertEquals(runner.running(), [first]);
  gate.resolve();
  await run;
  assertEquals([runner.running(), runner.get("two")], [[], second]);
  await until("nothing runs", () => runner.running().length === 0);
});

Deno.test("deadline is checked", () => {
  const make = (deadline: Duration | Date) => () => task({ name: "load", deadline }, () => {});
  assertThrows(make(0), RangeError, `deadline of task "load" must be more than 0`);
  assertThrows(make(new Date(NaN)), RangeError, `deadline of task "load" must be a valid date`);
  assertThrows(make("soon" as Duration), RangeError, `deadline of task "load" is "soon"`);
  assertEquals(task({ name: "load", deadline: "1m" }, () => {}).options.deadline, 60_000);
});
