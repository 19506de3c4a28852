import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  currentTask,
  DependencyFailedError,
  Scheduler,
  task,
  type TaskCancelledError,
  TaskError,
  type TaskHandle,
  TaskRunner,
} from "../../mod.ts";
import { assertAtRest } from "./support.ts";
import { never, recordingLogger, turn, untilAborted } from "../support.ts";

const error = new Error("the task's own");
const fail = task({ name: "fail" }, (): number => {
  throw error;
});
const identity = task(function identity(x: number) {
  return x;
});

Deno.test("TaskRunner.run() rejects with the first failing task's own error", async () => {
  await using runner = new TaskRunner();
  runner.submit(identity, 1);
  runner.submit(fail);
  runner.submit(() => Promise.reject(new Error("a later one")));
  assertStrictEquals(await runner.run().catch((error: unknown) => error), error);
});

Deno.test("TaskRunner.run() rejects only when everything else was cancelled and has finished", async () => {
  await using runner = new TaskRunner({ maxWorkers: 3 });
  let cleanedUp = false;
  const gate = Promise.withResolvers<void>();
  const handles: TaskHandle<unknown>[] = [
    runner.submit(never),
    runner.submit(async () => {
      const { signal } = currentTask()!;
      await untilAborted(signal).catch(() => {});
      cleanedUp = true;
    }),
    runner.submit(() => gate.promise.then(() => Promise.reject(error))),
    runner.submit(identity, 1),
    identity.with({ runner, onDepFailure: "run-anyway" }).submit(runner.submit(fail)),
  ];
  const running = runner.run();
  await turn();
  gate.resolve();
  await assertRejects(() => running, Error, "the task's own");
  assertEquals(handles.map(({ status }) => status), ["cancelled", "cancelled", "failed", "cancelled", "cancelled"]);
  assert(cleanedUp, "bodies may clean up before run() rejects");
  const reason = (await handles[0]!.exception() as TaskCancelledError).reason;
  assertInstanceOf(reason, TaskError);
  assertStrictEquals(reason.cause, error);
  assertAtRest(runner);
});

Deno.test("TaskRunner.run() rejects with the root of the trouble and not with a dependent's error", async () => {
  await using runner = new TaskRunner();
  const bad = runner.submit(fail);
  const dependent = runner.submit(identity, bad);
  assertStrictEquals(await runner.run().catch((error: unknown) => error), error);
  assertEquals(dependent.status, "failed");
});

Deno.test(`onTaskError "raise" does not raise what failed before run(), or is awaited without one`, async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(fail);
  assertStrictEquals(await handle.exception(), error);
  runner.submit(identity, 1);
  const report = await runner.run();
  assertEquals([report.counts.failed, report.counts.completed, report.ok], [1, 1, false]);
});

Deno.test(`onTaskError "log" logs each failure and continues`, async () => {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ onTaskError: "log", logger });
  const bad = runner.submit(fail);
  runner.submit(identity, bad);
  identity.with({ runner, onDepFailure: "skip" }).submit(bad);
  const good = runner.submit(identity, 1);
  const report = await runner.run();
  assertEquals([report.counts.failed, report.counts.skipped, await good], [2, 1, 1]);
  assertEquals(logger.lines.map(({ level }) => level), ["error", "warn"]);
  assertEquals(logger.lines[0]!.data, [`"fail#1" failed with Error: the task's own.`, error]);
  assertInstanceOf(logger.lines[1]!.data[1], DependencyFailedError);
});

Deno.test(`onTaskError "continue" leaves failures to their handles`, async () => {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ onTaskError: "continue", logger });
  const handles = [runner.submit(fail), runner.submit(fail)];
  const report = await runner.run();
  assertEquals(report.counts.failed, 2);
  for (const handle of handles) assertStrictEquals(await handle.exception(), error);
  assertEquals(logger.lines, []);
});

Deno.test("TaskContext.log writes to the runner's logger with the task's id", async () => {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger });
  await runner.submit(function chatty() {
    const { log } = currentTask()!;
    log("hello", 1);
    log.warn({ careful: true });
  });
  assertEquals(logger.lines, [
    { level: "info", data: ["[chatty#1]", "hello", 1] },
    { level: "warn", data: ["[chatty#1]", { careful: true }] },
  ]);
});

Deno.test("TaskRunner.run() with nothing submitted resolves", async () => {
  await using runner = new TaskRunner();
  const report = await runner.run();
  assertEquals([report.results, report.ok], [[], true]);
});

Deno.test("TaskRunner.run() takes in what is submitted from outside while it continues", async () => {
  await using runner = new TaskRunner();
  const gate = Promise.withResolvers<void>();
  runner.submit(() => gate.promise);
  const running = runner.run();
  await turn();
  const late = runner.submit(identity, 2);
  await turn();
  assertEquals(late.status, "completed");
  gate.resolve();
  const report = await running;
  assertEquals(report.results.map(({ value }) => value), [undefined, 2]);
});

Deno.test("TaskRunner.run() while it is running or serving is refused; one after the other is fine", async () => {
  await using runner = new TaskRunner();
  const gate = Promise.withResolvers<void>();
  runner.submit(() => gate.promise);
  const first = runner.run();
  await assertRejects(() => runner.run(), Error, "Cannot run() a runner that is running already");
  await assertRejects(() => runner.serve(), Error, "Cannot serve() a runner that is running already");
  gate.resolve();
  await first;
  const served = runner.serve();
  await assertRejects(() => runner.run(), Error, "Cannot run() a runner that is serving already");
  await runner.stop();
  await served;
  runner.submit(identity, 1);
  assertEquals((await runner.run()).counts.completed, 1);
});

Deno.test("TaskRunner.run() can be called again after it rejected", async () => {
  await using runner = new TaskRunner();
  runner.submit(fail);
  const rest = runner.submit(never);
  await assertRejects(() => runner.run(), Error, "the task's own");
  assertEquals(rest.status, "cancelled");
  const handle = runner.submit(identity, 1);
  const report = await runner.run();
  assertEquals([report.results.length, await handle], [1, 1]);
});

Deno.test("TaskRunner.run() cancels what a body submits when its run has failed", async () => {
  await using runner = new TaskRunner();
  let late: TaskHandle<number> | undefined;
  runner.submit(async () => {
    await untilAborted(currentTask()!.signal).catch(() => {});
    late = runner.submit(identity, 1);
  });
  runner.submit(() => turn().then(() => Promise.reject(error)));
  await assertRejects(() => runner.run(), Error, "the task's own");
  assertEquals(late!.status, "cancelled");
});

Deno.test("TaskRunner.submit() takes a task, a function, and an anonymous function", async () => {
  await using runner = new TaskRunner();
  const handles = [runner.submit(identity, 1), runner.submit((x: number) => x + 1, 1)];
  const async = runner.submit(async function later(x: number) {
    await turn();
    return x;
  }, handles[1]!);
  assertEquals([await handles[0], await handles[1], await async], [1, 2, 2]);
  assertEquals([handles[0]!.name, async.name], ["identity", "later"]);
  assert(handles[1]!.name.length > 0);
});

Deno.test("TaskRunner.statistics() counts tasks by status, slots and those who wait for them", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  const gate = Promise.withResolvers<number>();
  const first = runner.submit(() => gate.promise);
  runner.submit(identity, first);
  runner.submit(identity, 1);
  runner.submit(identity, 2).cancel();
  runner.submit(task({ name: "flaky", priority: 1, retries: 1, backoff: () => "1h" }, fail)).result();
  await turn();
  const { pools, retried, ...counts } = runner.statistics();
  assertEquals(new Set(Object.values(retried)), new Set([0]));
  assertEquals(pools["async"], { maxWorkers: 1, busy: 1, queued: 1 });
  assertEquals(counts, {
    submitted: 5,
    pending: 1,
    ready: 1,
    running: 1,
    retrying: 1,
    completed: 0,
    failed: 0,
    cancelled: 1,
    skipped: 0,
    abandoned: 0,
    quarantined: 0,
  });
  runner.cancelAll();
  gate.resolve(1);
  await turn();
  assertEquals([runner.statistics().cancelled, runner.statistics().abandoned], [5, 0]);
});

Deno.test("TaskRunner tells its name, which is numbered by default, and an id of its own", async () => {
  await using first = new TaskRunner();
  await using second = new TaskRunner();
  await using named = new TaskRunner({ name: "mail" });
  const numberOf = ({ name }: TaskRunner) => Number(/^runner-(\d+)$/.exec(name)?.[1]);
  assertEquals([numberOf(second) - numberOf(first), named.name], [1, "mail"]);
  assertEquals(new Set([first.runId, first.runId, second.runId, named.runId]).size, 3);
  assertThrows(() => new TaskRunner({ name: "" }), RangeError, "name of the runner");
});

Deno.test("TaskRunner.schedulers are those that have not ended", async () => {
  await using runner = new TaskRunner();
  {
    await using scheduler = new Scheduler({ runner, name: "nightly" });
    await using other = new Scheduler({ runner });
    scheduler.every("1h").do(task({ name: "clean-up" }, () => {}));
    assertEquals(runner.schedulers, [scheduler, other]);
    const [first] = runner.schedulers;
    assertEquals([first?.name, other.name], ["nightly", "scheduler"]);
    first?.pause();
    assertEquals([scheduler.paused, first?.jobs().map(({ name, status }) => [name, status])], [true, [[
      "clean-up",
      "paused",
    ]]]);
  }
  assertEquals(runner.schedulers, []);
});
