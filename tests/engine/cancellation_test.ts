import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  currentTask,
  DependencyFailedError,
  task,
  TaskCancelledError,
  type TaskContext,
  type TaskHandle,
  TaskRunner,
} from "../../mod.ts";
import { assertAtRest } from "../runner/support.ts";
import { never, turn, untilAborted } from "../support.ts";
import { pass } from "../runner/virtual_time.ts";

/** A body that continues until its signal is aborted, and its context. */
function obedient(): { body: () => Promise<never>; context: () => TaskContext } {
  let context: TaskContext | undefined;
  const body = () => {
    context = currentTask()!;
    return untilAborted(context.signal);
  };
  return { body, context: () => context! };
}

Deno.test("TaskHandle.cancel() ends a task that has not started, which then never does", async () => {
  await using runner = new TaskRunner();
  let started = 0;
  const handle = runner.submit(() => started++);
  assertEquals(handle.cancel(), true);
  assertEquals([handle.status, handle.done, handle.attempts], ["cancelled", true, 0]);
  assertEquals(handle.cancel("again"), false);
  await assertRejects(() => handle.result(), TaskCancelledError);
  assert((await runner.run()).counts.cancelled === 1);
  assertEquals(started, 0);
  assertAtRest(runner);
});

Deno.test("TaskHandle.cancel() leaves a task alone that has finished", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => 1);
  assertEquals(await handle, 1);
  assertEquals(handle.cancel(), false);
  assertEquals([handle.status, await handle], ["completed", 1]);
});

Deno.test("TaskHandle.cancel() settles the handle of a running task at once; its reason reaches the body", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const { body, context } = obedient();
  const handle = runner.submit(body);
  const next = runner.submit(() => "next");
  const running = runner.run();
  await turn();
  const reason = new Error("changed my mind");
  assertEquals(handle.cancel(reason), true);
  assertEquals([handle.status, context().cancelled], ["cancelled", true]);
  assertStrictEquals(context().signal.reason, reason);
  const error = await assertRejects(() => handle.result(), TaskCancelledError, "changed my mind");
  assertStrictEquals(error.reason, reason);
  assertStrictEquals(error.cause, reason);
  await running;
  assertEquals(await next, "next");
  assertEquals(runner.statistics().abandoned, 0);
});

Deno.test("TaskHandle.cancel() frees the slot of a body that ignores it", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const handle = runner.submit(never);
  const next = runner.submit(() => "next");
  const running = runner.run();
  await turn();
  assertEquals(next.status, "ready");
  handle.cancel();
  await running;
  assertEquals(await next, "next");
  assertEquals(runner.statistics().abandoned, 1);
});

Deno.test("TaskHandle.cancel() makes what the body returns or throws later of no account", async () => {
  await using runner = new TaskRunner();
  const ends = [(text: string) => text, () => Promise.reject(new Error("late"))];
  for (const end of ends) {
    const gate = Promise.withResolvers<string>();
    const handle = runner.submit(() => gate.promise.then(end));
    const running = runner.run();
    await turn();
    handle.cancel("too slow");
    gate.resolve("late");
    await running;
    await turn();
    assertEquals([handle.status, handle.peek()!.value], ["cancelled", undefined]);
  }
});

Deno.test("TaskHandle.cancel() takes a reason of any kind, or none", async () => {
  await using runner = new TaskRunner();
  const cases: [unknown, string][] = [
    [undefined, `"body#1" was cancelled`],
    ["no longer wanted", `"body#2" was cancelled: no longer wanted`],
    [new RangeError("too far"), `"body#3" was cancelled: RangeError: too far`],
    [42, `"body#4" was cancelled: 42`],
    [null, `"body#5" was cancelled: null`],
    [0, `"body#6" was cancelled: 0`],
  ];
  for (const [reason, message] of cases) {
    const { body, context } = obedient();
    const handle = runner.submit(body);
    const running = runner.run();
    await turn();
    handle.cancel(reason);
    await running;
    const error = await handle.exception();
    assertInstanceOf(error, TaskCancelledError);
    assertEquals([error.message, error.code], [message, "TASK_CANCELLED"]);
    assertStrictEquals(error.reason, reason);
    assert(context().signal.aborted && context().cancelled, `${String(reason)} reaches the body`);
    if (reason === undefined) assertStrictEquals(context().signal.reason, error);
    else assertStrictEquals(context().signal.reason, reason ?? error);
  }
});

Deno.test("TaskContext.signal is aborted when the body first asks for it after the cancel", async () => {
  await using runner = new TaskRunner();
  const gate = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<unknown>();
  const handle = runner.submit(async () => {
    const context = currentTask()!;
    await gate.promise;
    seen.resolve([context.cancelled, context.signal.aborted, context.signal.reason]);
  });
  const running = runner.run();
  await turn();
  handle.cancel("late");
  gate.resolve();
  await running;
  assertEquals(await seen.promise, [true, true, "late"]);
});

Deno.test("TaskHandle.cancel() during a backoff ends the task and its timer", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  let attempts = 0;
  const flaky = task({ name: "flaky", retries: 3, backoffBase: "1h" }, () => {
    attempts++;
    throw new Error("no");
  });
  const handle = runner.submit(flaky);
  const running = runner.run();
  await pass(time, 0);
  assertEquals(handle.status, "retrying");
  assertEquals(handle.cancel(), true);
  await running;
  assertEquals([handle.status, attempts, handle.retryAt], ["cancelled", 1, undefined]);
  assertEquals(time.next(), false);
});

Deno.test("TaskHandle.cancel() of a parent cancels what its body submitted, and what that did", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  const handles: TaskHandle<unknown>[] = [];
  const nest = (depth: number): () => Promise<unknown> => async () => {
    const { signal } = currentTask()!;
    if (depth === 0) return await untilAborted(signal);
    const handle = runner.submit(nest(depth - 1));
    handles.push(handle, runner.submit(never).after(handle));
    return await handle;
  };
  const parent = runner.submit(nest(3));
  const running = runner.run();
  for (let turns = 0; turns < 10; turns++) await turn();
  assertEquals(handles.map(({ status }) => status), ["running", "pending", "running", "pending", "running", "pending"]);
  parent.cancel("all of it");
  assertEquals(new Set(handles.map(({ status }) => status)), new Set(["cancelled"]));
  await running;
  assertEquals(runner.statistics().cancelled, 7);
  assertAtRest(runner);
});

Deno.test("TaskHandle.cancel() of a child rejects the wait of its parent, which may continue", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  let child: TaskHandle<never> | undefined;
  const parent = runner.submit(async () => {
    child = runner.submit(never);
    return await child.then(() => "unreachable", (error: unknown) => error);
  });
  const running = runner.run();
  await turn();
  child!.cancel("not this one");
  await running;
  const error = await parent;
  assertInstanceOf(error, TaskCancelledError);
  assertEquals(error.reason, "not this one");
});

Deno.test("TaskHandle.cancel() leaves alone what a parent submitted and others started on their own", async () => {
  await using runner = new TaskRunner();
  const gate = Promise.withResolvers<void>();
  const aside = runner.submit(() => gate.promise);
  const parent = runner.submit(() => aside);
  const running = runner.run();
  await turn();
  parent.cancel();
  assertEquals([parent.status, aside.status], ["cancelled", "running"]);
  gate.resolve();
  await running;
  assertEquals(aside.status, "completed");
});

Deno.test("TaskHandle.cancel() makes dependents fail, be skipped, or run, as their policy says", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const source = runner.submit(function source() {
    return 1;
  });
  const dependent = task(function dependent(value: number | undefined) {
    return `got ${value}`;
  });
  const handles = (["fail", "skip", "run-anyway"] as const).map((onDepFailure) =>
    dependent.with({ runner, onDepFailure }).submit(source)
  );
  source.cancel("no need");
  await runner.run();
  assertEquals(handles.map(({ status }) => status), ["failed", "skipped", "completed"]);
  const error = await handles[0]!.exception();
  assertInstanceOf(error, DependencyFailedError);
  assertStrictEquals(error.cause, await source.exception());
  assertEquals(error.message, `"dependent#2" was not run as "source#1", which it depends on, was cancelled`);
  assertEquals(await handles[2], "got undefined");
});

Deno.test("TaskHandle.cancel() by a listener on any event ends the task once", async () => {
  for (const type of ["submitted", "ready", "running", "retrying"] as const) {
    using time = new FakeTime();
    await using runner = new TaskRunner({ onTaskError: "continue", maxWorkers: 1 });
    let ends = 0;
    for (const end of ["completed", "failed", "cancelled", "skipped"] as const) {
      runner.addEventListener(end, ({ handle }) => void (handle.name === "victim" && ends++));
    }
    runner.addEventListener(type, ({ handle }) => void (handle.name === "victim" && handle.cancel(type)));
    const source = runner.submit(() => 1);
    const victim = runner.submit(
      task({ name: "victim", retries: 1, timeout: 1_000 }, (_: number) => Promise.reject(new Error("no"))),
      source,
    );
    const next = runner.submit(() => "next");
    await runner.run();
    assertEquals([victim.status, ends, await next], ["cancelled", 1, "next"]);
    await turn();
    assertAtRest(runner);
    assertEquals(runner.statistics().abandoned, 0);
    assertEquals(time.next(), false);
  }
});
