import { assert, assertEquals, assertFalse, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { RunReport, sleep, task, TaskRunner, TaskTimeoutError, waitFor } from "../../mod.ts";
import { pass } from "../runner/virtual_time.ts";

const double = task(function double(x: number) {
  return x * 2;
});
const fail = task(function fail() {
  throw new Error("no");
});

Deno.test("RunReport.results has all results in the order of submission, not of completion", async () => {
  await using runner = new TaskRunner();
  const late = Promise.withResolvers<string>();
  runner.submit(function first() {
    return late.promise;
  });
  runner.submit(function second() {
    late.resolve("at last");
    return 2;
  });
  const report = await runner.run();
  assertEquals(report.results.map(({ name, value }) => [name, value]), [["first", "at last"], ["second", 2]]);
});

Deno.test("RunReport.counts, ok and byName() agree with the results", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  runner.enter();
  double.map([1, 2]);
  const failed = fail.submit();
  double.with({ onDepFailure: "skip", dependsOn: failed }).submit(3);
  double.submit(4).cancel();
  const report = await runner.run();
  assertEquals(report.counts, {
    pending: 0,
    ready: 0,
    running: 0,
    retrying: 0,
    completed: 2,
    failed: 1,
    cancelled: 1,
    skipped: 1,
  });
  assertFalse(report.ok);
  assertEquals(report.byName("double").map(({ status }) => status), ["completed", "completed", "skipped", "cancelled"]);
  assertEquals(report.byName("fail").map(({ ok }) => ok), [false]);
  assertEquals(report.byName("unheard of"), []);
  assert(report.durationMs >= 0);
});

Deno.test("RunReport.ok is true for a run of nothing", async () => {
  await using runner = new TaskRunner();
  const report = await runner.run();
  assert(report instanceof RunReport);
  assert(report.ok);
  assertEquals(report.results, []);
});

Deno.test("RunReport.byId() finds a result by the id of its handle", async () => {
  await using runner = new TaskRunner();
  const [one, two] = [runner.submit(double, 1), double.with({ runner, key: "two" }).submit(2)];
  const report = await runner.run();
  assertEquals(report.byId(one.id)?.value, 2);
  assertEquals(report.byId("two")?.value, 4);
  assertEquals(report.byId(two.id), two.peek());
  assertStrictEquals(report.byId("three"), undefined);
});

Deno.test("RunReport is of its own run only when run() is called again and again", async () => {
  await using runner = new TaskRunner();
  for (const x of [1, 2, 3]) {
    runner.submit(double, x);
    const report = await runner.run();
    assertEquals(report.results.map(({ value }) => value), [x * 2]);
  }
});

Deno.test("RunReport includes what was awaited before the run, as it was submitted since the last one", async () => {
  await using runner = new TaskRunner();
  assertEquals(await runner.submit(double, 1), 2);
  runner.submit(double, 2);
  const report = await runner.run();
  assertEquals(report.results.map(({ value }) => value), [2, 4]);
});

Deno.test("RunReport includes what bodies submitted during the run", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  runner.enter();
  runner.submit(async function parent() {
    return await double.submit(1) + await double.submit(2);
  });
  const report = await runner.run();
  assertEquals(report.results.map(({ name, value }) => [name, value]), [["parent", 6], ["double", 2], ["double", 4]]);
});

Deno.test("RunReport keeps all of its run, whatever `retain` says", async () => {
  await using runner = new TaskRunner({ retain: 1 });
  runner.enter();
  double.map(Array.from({ length: 500 }, (_, x) => x));
  const report = await runner.run();
  assertEquals(report.results.length, 500);
  assertEquals(report.byId("double#500")?.value, 998);
});

Deno.test("RunReport.results say when each task started and how long it took", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const started = Date.now();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  for (const gate of gates) runner.submit(() => gate.promise);
  const running = runner.run();
  for (const gate of gates) {
    await pass(time, 100);
    gate.resolve();
    await pass(time, 0);
  }
  const [first, second] = (await running).results;
  assertEquals([first!.startedAt, first!.finishedAt], [new Date(started), new Date(started + 100)]);
  assertEquals([second!.startedAt, second!.durationMs], [new Date(started + 100), 100]);
});

Deno.test("RunReport cannot be changed", async () => {
  await using runner = new TaskRunner();
  runner.submit(double, 1);
  const { results, counts } = await runner.run();
  assertThrows(() => (results as unknown[]).push(1), TypeError);
  assertThrows(() => Object.assign(results[0]!, { value: 3 }), TypeError);
  assertThrows(() => Object.assign(counts, { failed: 1 }), TypeError);
});

Deno.test("RunReport counts all tasks since the last run, also those that the runner has released", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue", retain: 10 });
  const bodies: (() => number | Promise<number>)[] = [() => 1, () => Promise.reject(new Error("boom"))];
  const handles = Array.from({ length: 100 }, (_, index) => runner.submit(bodies[index % 2]!));
  await Promise.allSettled(handles);
  runner.submit(() => 1);
  const report = await runner.run();
  assertEquals([report.ok, report.counts.completed, report.counts.failed], [false, 51, 50]);
  assertEquals(report.results.length, 11);
  runner.submit(() => 1);
  const next = await runner.run();
  assertEquals([next.ok, next.counts.completed, next.results.length], [true, 1, 1]);
});

Deno.test("a report is ok if only waits of bodies did not complete", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const ask = task({ name: "ask" }, async () => {
    const answer = waitFor("answer", { timeout: 1 });
    const pause = sleep("1h");
    await assertRejects(() => Promise.race([answer, pause]), TaskTimeoutError);
    pause.cancel();
  });
  runner.submit(ask);
  const asked = await runner.run();
  assertEquals([asked.counts.failed, asked.counts.cancelled, asked.ok], [1, 1, true]);
  runner.use(() => waitFor("nothing", { timeout: 1 }));
  assertFalse((await runner.run()).ok);
});
