import { assert, assertEquals, assertInstanceOf, assertLess, assertStrictEquals } from "@std/assert";
import {
  DependencyFailedError,
  type OnDepFailure,
  RetryExhaustedError,
  task,
  TaskCancelledError,
  type TaskHandle,
  TaskRunner,
} from "../../mod.ts";
import { assertAtRest } from "../runner/support.ts";

const LONG = 100_000;
const root = new Error("the root of it");
const fail = task(function fail(): number {
  throw root;
});
const next = task(function next(x: number | undefined) {
  return (x ?? 0) + 1;
});

/** A chain of tasks, each of which gets the value of the one before. */
function chain(runner: TaskRunner, first: TaskHandle<number>, length: number, onDepFailure: OnDepFailure) {
  const link = next.with({ runner, onDepFailure });
  const handles = [first];
  for (let x = 0; x < length; x++) handles.push(link.submit(handles[x]!));
  return handles;
}

Deno.test("TaskRunner fails a chain of 100,000 tasks from its first one on", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const handles = chain(runner, runner.submit(fail), LONG, "fail");
  const report = await runner.run();
  assertEquals(report.counts.failed, LONG + 1);
  const error = await handles[LONG]!.exception();
  assertInstanceOf(error, DependencyFailedError);
  assertStrictEquals(error.cause, root);
  assertEquals(error.dependency, handles[LONG - 1]!.id);
  assertEquals([error.task, handles[LONG]!.attempts], ["next", 0]);
  assertAtRest(runner);
});

Deno.test("TaskRunner skips a chain of 100,000 tasks from its first one on", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const handles = chain(runner, runner.submit(fail), LONG, "skip");
  const report = await runner.run();
  assertEquals([report.counts.failed, report.counts.skipped], [1, LONG]);
  const error = await handles[LONG]!.exception();
  assertInstanceOf(error, DependencyFailedError);
  assertStrictEquals(error.cause, root);
});

Deno.test("TaskRunner cancels a chain of 100,000 tasks", async () => {
  await using runner = new TaskRunner();
  const handles = chain(runner, runner.submit(next, 0), LONG, "run-anyway");
  assertEquals(runner.cancelAll("enough"), LONG + 1);
  assertInstanceOf(await handles[LONG]!.exception(), TaskCancelledError);
  assertAtRest(runner);
});

Deno.test("TaskRunner runs a chain of 100,000 tasks, passing values on", async () => {
  await using runner = new TaskRunner();
  const handles = chain(runner, runner.submit(next, 0), LONG, "fail");
  await runner.run();
  assertEquals(await handles[LONG], LONG + 1);
});

Deno.test("TaskRunner takes time in proportion to the number of tasks", async () => {
  const timeOf = async (length: number) => {
    await using runner = new TaskRunner({ onTaskError: "continue" });
    const startedAt = performance.now();
    chain(runner, runner.submit(fail), length, "fail");
    const hub = runner.submit(next, 0);
    const fan = Array.from({ length }, () => runner.submit(next, hub));
    next.with({ runner, dependsOn: fan }).submit(0);
    await runner.run();
    return performance.now() - startedAt;
  };
  await timeOf(10_000);
  const few = Math.min(await timeOf(10_000), await timeOf(10_000));
  const many = await timeOf(80_000);
  // In proportion: 8 times as long. By the square: 64 times.
  assertLess(many, 32 * Math.max(few, 5), `10,000 took ${few} ms and 80,000 took ${many} ms`);
});

Deno.test("TaskRunner runs a diamond once, when both of its sides have finished", async () => {
  await using runner = new TaskRunner();
  const runs: string[] = [];
  const node = task(function node(name: string, ...values: number[]) {
    runs.push(name);
    return values.reduce((a, b) => a + b, 1);
  });
  const top = runner.submit(node, "top");
  const left = runner.submit(node, "left", top);
  const right = runner.submit(node, "right", top);
  const bottom = runner.submit(node, "bottom", left, right);
  await runner.run();
  assertEquals([runs, await bottom], [["top", "left", "right", "bottom"], 5]);
});

Deno.test("TaskRunner fails the bottom of a diamond once, whichever of its sides failed", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  let failures = 0;
  runner.addEventListener("failed", ({ handle }) => void (handle.name === "bottom" && failures++));
  const top = runner.submit(fail);
  const sides = [runner.submit(next, top), next.with({ runner, onDepFailure: "skip" }).submit(top)];
  const bottom = runner.submit(task({ name: "bottom" }, (a: number, b: number) => a + b), sides[0]!, sides[1]!);
  await runner.run();
  assertEquals([sides[0]!.status, sides[1]!.status, bottom.status, failures], ["failed", "skipped", "failed", 1]);
  assertStrictEquals((await bottom.exception() as Error).cause, root);
});

Deno.test(`onDepFailure "run-anyway" waits until every dependency has finished and gets undefined for what is missing`, async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const gate = Promise.withResolvers<number>();
  const slow = runner.submit(() => gate.promise);
  const failed = runner.submit(fail);
  const gather = task({ name: "gather", onDepFailure: "run-anyway" }, (
    all: (number | undefined)[],
    one: number | undefined,
    named: { a: number | undefined },
  ) => [...all, one, named.a]);
  const handle = runner.submit(gather, [slow, failed, 3], failed, { a: failed });
  const running = runner.run();
  assert(await failed.exception());
  assertEquals(handle.status, "pending");
  gate.resolve(1);
  await running;
  assertEquals(await handle, [1, undefined, 3, undefined, undefined]);
});

Deno.test("TaskRunner deals with dependencies that had finished before their dependents were submitted", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const good = runner.submit(next, 1);
  const bad = runner.submit(fail);
  await Promise.all([good, bad.exception()]);
  assertEquals(await runner.submit(next, good), 3);
  const handles = (["fail", "skip", "run-anyway"] as const).map((onDepFailure) =>
    next.with({ runner, onDepFailure }).submit(bad)
  );
  assertEquals(handles.map(({ status }) => status), ["failed", "skipped", "ready"]);
  assertEquals(await handles[2], 1);
  assertInstanceOf(await handles[0]!.exception(), DependencyFailedError);
});

Deno.test("DependencyFailedError names the dependency that failed first, and its cause is what began it all", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const flaky = runner.submit(
    task({ name: "flaky", retries: 1, backoff: "none" }, (): number => {
      throw root;
    }),
  );
  const skipped = next.with({ runner, onDepFailure: "skip" }).submit(flaky);
  const last = next.with({ runner, key: "last" }).submit(skipped);
  await runner.run();
  const [cause, first, second] = await Promise.all([flaky, skipped, last].map((handle) => handle.exception()));
  assertInstanceOf(cause, RetryExhaustedError);
  assertInstanceOf(first, DependencyFailedError);
  assertInstanceOf(second, DependencyFailedError);
  assertStrictEquals(first.cause, cause);
  assertStrictEquals(second.cause, cause);
  assertEquals(first.message, `"next#2" was skipped as "flaky#1", which it depends on, failed`);
  assertEquals(second.message, `"last" was not run as "next#2", which it depends on, was skipped`);
  assertEquals([first.dependency, second.dependency, second.code], ["flaky#1", "next#2", "DEPENDENCY_FAILED"]);
});

Deno.test("TaskRunner continues with what does not depend on a failed task", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const bad = runner.submit(fail);
  const handles = [runner.submit(next, bad), runner.submit(next, 1)];
  const report = await runner.run();
  assertEquals(handles.map(({ status }) => status), ["failed", "completed"]);
  assert(!report.ok);
});
