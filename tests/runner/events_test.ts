import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { currentTask, RetryExhaustedError, task, TaskEvent, type TaskEventListener, TaskRunner } from "../../mod.ts";
import { EVENT_TYPES, recordEvents } from "./support.ts";
import { turn } from "../support.ts";
import { pass } from "./virtual_time.ts";

const ok = task({ name: "ok" }, () => {
  currentTask()!.progress(0.5, "half");
  return 1;
});
const bad = task({ name: "bad", retries: 1, backoff: "none" }, () => {
  throw new Error(`attempt ${currentTask()!.attempt}`);
});

Deno.test("TaskRunner reports everything that happens to a task, in order", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue", maxWorkers: 1 });
  const events = recordEvents(runner);
  const first = runner.submit(ok);
  const second = runner.submit(bad);
  ok.with({ runner, key: "skipped", onDepFailure: "skip", dependsOn: second }).submit();
  ok.with({ runner, key: "last", dependsOn: first }).submit();
  runner.submit(ok).cancel();
  await runner.run();
  assertEquals(events, [
    "submitted ok#1",
    "ready ok#1",
    "submitted bad#2",
    "ready bad#2",
    "submitted skipped",
    "submitted last",
    "submitted ok#5",
    "ready ok#5",
    "cancelled ok#5",
    "running ok#1",
    "progress ok#1",
    "completed ok#1",
    "ready last",
    "running bad#2",
    "retrying bad#2",
    "ready bad#2",
    "running bad#2",
    "failed bad#2",
    "skipped skipped",
    "running last",
    "progress last",
    "completed last",
  ]);
});

Deno.test("TaskEvent says which handle, its status, the attempt, when, and what failed", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const seen: TaskEvent[] = [];
  for (const type of EVENT_TYPES) runner.addEventListener(type, (event) => seen.push(event));
  const handle = runner.submit(task({ name: "bad", retries: 1 }, () => {
    throw new Error(`attempt ${currentTask()!.attempt}`);
  }));
  const running = runner.run();
  const start = time.now;
  await pass(time, 0);
  await pass(time, 1_000);
  await running;
  for (const event of seen) {
    assertInstanceOf(event, TaskEvent);
    assertInstanceOf(event, Event);
    assertStrictEquals(event.handle, handle);
  }
  assertEquals(seen.map(({ type, status, attempt, at }) => [type, status, attempt, at.getTime() - start]), [
    ["submitted", "pending", 0, 0],
    ["ready", "ready", 0, 0],
    ["running", "running", 1, 0],
    ["retrying", "retrying", 1, 0],
    ["ready", "ready", 1, 1_000],
    ["running", "running", 2, 1_000],
    ["failed", "failed", 2, 1_000],
  ]);
  assertEquals((seen[3]!.error as Error).message, "attempt 1");
  assertInstanceOf(seen[6]!.error, RetryExhaustedError);
  assertStrictEquals(seen[6]!.error, await handle.exception());
  for (const index of [0, 1, 2, 4, 5]) assertStrictEquals(seen[index]!.error, undefined);
});

Deno.test("TaskEvent comes before anyone who awaits the handle continues, and finds the handle settled", async () => {
  await using runner = new TaskRunner();
  const order: unknown[] = [];
  runner.addEventListener("completed", ({ handle }) => order.push(["event", handle.done, handle.peek()!.value]));
  order.push(["awaited", await runner.submit(ok)]);
  assertEquals(order, [["event", true, 1], ["awaited", 1]]);
});

Deno.test("TaskEvent of a failure carries what was thrown, cancelled and skipped their errors", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const errors = new Map<string, unknown>();
  for (const type of ["failed", "cancelled", "skipped"] as const) {
    runner.addEventListener(type, ({ handle, error }) => errors.set(handle.id, error));
  }
  const failed = runner.submit(() => Promise.reject("only a string"));
  const skipped = ok.with({ runner, onDepFailure: "skip", dependsOn: failed }).submit();
  const cancelled = runner.submit(ok);
  cancelled.cancel("why not");
  await runner.run();
  for (const handle of [failed, skipped, cancelled]) {
    assertStrictEquals(errors.get(handle.id), await handle.exception());
  }
  assertEquals(errors.get(failed.id), "only a string");
});

Deno.test("TaskRunner.addEventListener() takes `once`, objects, signals and null; listeners can be removed", async () => {
  await using runner = new TaskRunner();
  const calls = { once: 0, object: 0, removed: 0, aborted: 0 };
  const controller = new AbortController();
  const removed: TaskEventListener = () => void calls.removed++;
  runner.addEventListener("completed", () => void calls.once++, { once: true });
  runner.addEventListener("completed", { handleEvent: () => void calls.object++ });
  runner.addEventListener("completed", removed);
  runner.addEventListener("completed", () => void calls.aborted++, { signal: controller.signal });
  runner.addEventListener("completed", null);
  await runner.submit(ok);
  runner.removeEventListener("completed", removed);
  controller.abort();
  await runner.submit(ok);
  assertEquals(calls, { once: 1, object: 2, removed: 1, aborted: 1 });
});

Deno.test("TaskRunner dispatches no event of a type that no one listens to", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  using spy = stub(runner, "dispatchEvent", () => true);
  runner.submit(bad);
  await runner.run();
  assertEquals(spy.calls.length, 0);
  runner.addEventListener("failed", () => {});
  runner.submit(bad);
  runner.submit(ok);
  await runner.run();
  assertEquals(spy.calls.map(({ args }) => args[0]!.type), ["failed"]);
});

Deno.test("TaskRunner lets a listener submit more, and await it elsewhere", async () => {
  await using runner = new TaskRunner();
  const follow: PromiseLike<number>[] = [];
  runner.addEventListener("completed", ({ handle }) => {
    if (handle.name === "ok" && follow.length < 3) follow.push(runner.submit(ok));
  });
  runner.submit(ok);
  const report = await runner.run();
  assertEquals(report.counts.completed, 4);
  assertEquals(await Promise.all(follow), [1, 1, 1]);
});

Deno.test("TaskRunner reports progress while the body runs, and not once its task has finished", async () => {
  await using runner = new TaskRunner();
  const seen: [number, string | undefined][] = [];
  runner.addEventListener("progress", ({ handle }) => seen.push([handle.progress, handle.progressMessage]));
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const handle = runner.submit(async () => {
    const context = currentTask()!;
    for (const fraction of [-1, 0.25, 7]) context.progress(fraction, `at ${fraction}`);
    context.progress(0.9);
    begun.resolve();
    await turn();
    context.progress(1, "to no listener");
    ended.resolve();
  });
  const running = runner.run();
  await begun.promise;
  handle.cancel();
  await running;
  await ended.promise;
  assertEquals(seen, [[0, "at -1"], [0.25, "at 0.25"], [1, "at 7"], [0.9, undefined]]);
  assert(handle.progress === 0.9);
});
