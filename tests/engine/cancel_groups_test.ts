import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { currentTask, task, TaskCancelledError, type TaskHandle, TaskRunner } from "../../mod.ts";
import { countingController } from "../runner/support.ts";
import { never, turn, untilAborted } from "../support.ts";

const identity = task(function identity(x: number) {
  return x;
});

Deno.test("SubmitOptions.signal cancels the task when it is aborted, with its reason", async () => {
  await using runner = new TaskRunner();
  const { controller, listeners } = countingController();
  const reason = new Error("tab closed");
  const seen = Promise.withResolvers<unknown>();
  const obedient = task(function obedient() {
    const { signal } = currentTask()!;
    signal.addEventListener("abort", () => seen.resolve(signal.reason));
    return untilAborted(signal);
  });
  const handle = obedient.with({ runner, signal: controller.signal }).submit();
  const running = runner.run();
  await turn();
  assertEquals(listeners(), 1);
  controller.abort(reason);
  assertEquals(handle.status, "cancelled");
  const error = await handle.exception();
  assertInstanceOf(error, TaskCancelledError);
  assertStrictEquals(error.reason, reason);
  assertStrictEquals(await seen.promise, reason);
  await running;
  assertEquals(listeners(), 0);
});

Deno.test("SubmitOptions.signal that is aborted already cancels the task at once", async () => {
  await using runner = new TaskRunner();
  const { controller, listeners } = countingController();
  controller.abort("too late");
  let started = false;
  const handle = task(() => void (started = true)).with({ runner, signal: controller.signal }).submit();
  assertEquals(handle.status, "cancelled");
  await assertRejects(() => handle.result(), TaskCancelledError, "too late");
  assertEquals([(await runner.run()).counts.cancelled, started, listeners()], [1, false, 0]);
});

Deno.test("SubmitOptions.signal shared by 10,000 handles has one listener, and none when they have finished", async () => {
  await using runner = new TaskRunner();
  const { controller, listeners, most } = countingController();
  identity.with({ runner, signal: controller.signal }).map(Array.from({ length: 10_000 }, (_, x) => x));
  assertEquals(listeners(), 1);
  const report = await runner.run();
  assertEquals([report.counts.completed, listeners(), most()], [10_000, 0, 1]);
  controller.abort();
  assertEquals(runner.statistics().cancelled, 0);
});

Deno.test("SubmitOptions.signal shared by 10,000 handles cancels those that have not finished", async () => {
  await using runner = new TaskRunner();
  const { controller, listeners } = countingController();
  const bound = { runner, signal: controller.signal };
  assertEquals(await identity.with(bound).submit(1), 1);
  const handles = task((_: number) => never()).with(bound).map(new Array<number>(10_000).fill(0));
  const running = runner.run();
  await turn();
  controller.abort("enough");
  assertEquals(new Set(handles.map(({ status }) => status)), new Set(["cancelled"]));
  assertEquals(listeners(), 0);
  assertEquals((await running).counts.cancelled, 10_000);
});

Deno.test("SubmitOptions.signal cancels all tasks that share it, also those that depend on each other", async () => {
  await using runner = new TaskRunner();
  const controller = new AbortController();
  const { signal } = controller;
  const first = identity.with({ runner, signal }).submit(1);
  const second = identity.with({ runner, signal }).submit(first);
  const third = identity.with({ runner, signal, onDepFailure: "skip" }).submit(second);
  const outside = identity.with({ runner, onDepFailure: "skip" }).submit(third);
  controller.abort();
  const report = await runner.run();
  assertEquals(report.results.map(({ status }) => status), ["cancelled", "cancelled", "cancelled", "skipped"]);
  assertEquals(outside.status, "skipped");
});

Deno.test("SubmitOptions.signal keeps no listener for a task that a listener of `submitted` cancelled", async () => {
  await using runner = new TaskRunner();
  const { controller, listeners } = countingController();
  runner.addEventListener("submitted", ({ handle }) => handle.cancel());
  const handle = identity.with({ runner, signal: controller.signal }).submit(1);
  assertEquals([handle.status, listeners()], ["cancelled", 0]);
});

Deno.test("TaskRunner.run({ signal }) cancels everything and rejects with the reason; the runner can continue", async () => {
  await using runner = new TaskRunner({ maxWorkers: 2 });
  const { controller, listeners } = countingController();
  const reason = new Error("deadline");
  const handles: TaskHandle<unknown>[] = Array.from({ length: 5 }, () => runner.submit(never));
  handles.push(identity.with({ runner, onDepFailure: "run-anyway", dependsOn: handles }).submit(1));
  const running = runner.run({ signal: controller.signal });
  await turn();
  controller.abort(reason);
  assertStrictEquals(await running.catch((error: unknown) => error), reason);
  assertEquals(new Set(handles.map(({ status }) => status)), new Set(["cancelled"]));
  assertEquals(listeners(), 0);
  runner.submit(identity, 7);
  const report = await runner.run();
  assertEquals(report.results.map(({ value }) => value), [7]);
});

Deno.test("TaskRunner.run({ signal }) with an aborted signal cancels what was submitted", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(identity, 1);
  const signal = AbortSignal.abort("no");
  assertEquals(await runner.run({ signal }).catch((error: unknown) => error), "no");
  assertEquals(handle.status, "cancelled");
});

Deno.test("TaskRunner.run({ signal }) leaves no listener behind when it ends well or badly", async () => {
  await using runner = new TaskRunner();
  const { controller, listeners } = countingController();
  runner.submit(identity, 1);
  await runner.run({ signal: controller.signal });
  assertEquals(listeners(), 0);
  runner.submit(() => Promise.reject(new Error("no")));
  await assertRejects(() => runner.run({ signal: controller.signal }), Error, "no");
  assertEquals(listeners(), 0);
  controller.abort();
  assertEquals(await runner.submit(identity, 2), 2);
});

Deno.test("TaskRunner.run({ signal }) cancels what bodies submit when they clean up after the abort", async () => {
  await using runner = new TaskRunner();
  const { controller } = countingController();
  let late: TaskHandle<number> | undefined;
  runner.submit(async () => {
    await untilAborted(currentTask()!.signal).catch(() => {});
    late = runner.submit(identity, 1);
  });
  const running = runner.run({ signal: controller.signal });
  await turn();
  controller.abort("stop");
  assertEquals(await running.catch((error: unknown) => error), "stop");
  assertEquals(late!.status, "cancelled");
});

Deno.test("TaskRunnerOptions.signal cancels everything, and everything submitted later", async () => {
  const { controller, listeners } = countingController();
  {
    await using runner = new TaskRunner({ signal: controller.signal });
    const handles = [runner.submit(never), runner.submit(identity, 1)];
    const running = runner.run();
    const reason = new Error("shutting down");
    controller.abort(reason);
    assertStrictEquals(await running.catch((error: unknown) => error), reason);
    handles.push(runner.submit(identity, 2));
    for (const handle of handles) {
      assertEquals(handle.status, "cancelled");
      assertStrictEquals((await handle.exception() as TaskCancelledError).reason, reason);
    }
    assertStrictEquals(await runner.run().catch((error: unknown) => error), reason);
  }
  assertEquals(listeners(), 0);
});

Deno.test("TaskRunnerOptions.signal that is aborted already cancels whatever is submitted", async () => {
  await using runner = new TaskRunner({ signal: AbortSignal.abort("closed") });
  const handle = runner.submit(identity, 1);
  assertEquals(handle.status, "cancelled");
  assertEquals((await handle.exception() as TaskCancelledError).reason, "closed");
});

Deno.test("TaskRunnerOptions.signal has no listener left after shutdown", async () => {
  const { controller, listeners } = countingController();
  {
    await using runner = new TaskRunner({ signal: controller.signal });
    assertEquals(await runner.submit(identity, 1), 1);
    assertEquals(listeners(), 1);
  }
  assertEquals(listeners(), 0);
});

Deno.test("TaskRunner.cancelAll() says how many tasks it cancelled; later submissions run", async () => {
  await using runner = new TaskRunner({ maxWorkers: 2 });
  const done = runner.submit(identity, 1);
  assertEquals(await done, 1);
  const handles: TaskHandle<unknown>[] = [never, never, never].map((body) => runner.submit(body));
  handles.push(runner.submit(identity, handles[0] as TaskHandle<number>));
  const running = runner.run();
  await turn();
  assertEquals(handles.map(({ status }) => status), ["running", "running", "ready", "pending"]);
  assertEquals(runner.cancelAll("all change"), 4);
  assertEquals(runner.cancelAll(), 0);
  const later = runner.submit(identity, 2);
  const report = await running;
  assertEquals([done.status, later.status, report.counts.cancelled], ["completed", "completed", 4]);
  const error = await handles[3]!.exception();
  assertInstanceOf(error, TaskCancelledError);
  assert(error.message.includes("all change"), error.message);
});
