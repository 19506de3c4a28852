import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { MemoryCheckpointer, task, TaskCancelledError, TaskRunner } from "../../mod.ts";
import { start } from "../durability/support.ts";
import { assertAtRest } from "../runner/support.ts";
import { settle, turn } from "../support.ts";
import { pass } from "../runner/virtual_time.ts";

const HOUR_MS = 3_600_000;

const greet = task({ name: "greet" }, (name: string) => `hello, ${name}`);

Deno.test("a task with startAfter is pending and holds no slot until then", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const late = runner.submit(greet.with({ startAfter: "1h" }), "Ann");
  const run = runner.run();
  assertEquals(await runner.submit(greet, "Bob"), "hello, Bob");
  assertEquals([late.status, runner.statistics().pools["async"]?.busy], ["pending", 0]);
  assertStringIncludes(late.explain(), `starts in 1 h, at ${new Date(time.now + HOUR_MS).toISOString()}`);
  await pass(time, HOUR_MS - 1);
  assertEquals(late.status, "pending");
  await pass(time, 1);
  assertEquals((await run).ok, true);
  assertEquals(await late, "hello, Ann");
  assertAtRest(runner);
});

Deno.test("startAfter takes a date, and is an option of tasks as well", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const ended: string[] = [];
  const note = task({ name: "note", startAfter: "2s" }, (name: string) => void ended.push(name));
  runner.submit(note, "by the task");
  runner.submit(note.with({ startAfter: new Date(time.now + 1_000) }), "at a date");
  runner.submit(note.with({ startAfter: new Date(time.now - 1_000) }), "in the past");
  runner.submit(note.with({ startAfter: 0 }), "at once");
  const run = runner.run();
  await pass(time, 1_000);
  await settle();
  await pass(time, 1_000);
  await run;
  assertEquals(ended, ["in the past", "at once", "at a date", "by the task"]);
});

Deno.test("startAfter counts from the submission, while the task waits for its dependencies", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const { promise, resolve } = Promise.withResolvers<string>();
  const load = runner.submit(() => promise);
  const soon = runner.submit(greet.with({ startAfter: 1_000 }), load);
  const late = runner.submit(greet.with({ startAfter: 5_000 }), load);
  const run = runner.run();
  assertStringIncludes(soon.explain(), `waits for "${load.id}"`);
  await pass(time, 2_000);
  resolve("Ann");
  await settle();
  assertEquals([soon.status, late.status], ["completed", "pending"]);
  await pass(time, 3_000);
  await run;
  assertEquals(await late, "hello, Ann");
});

Deno.test("a task that waits for its time can be cancelled, and made to wait for more", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const cancelled = runner.submit(greet.with({ startAfter: "1h" }), "Ann");
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = runner.submit(greet.with({ startAfter: 1_000 }), "Bob").after(runner.submit(() => promise));
  const run = runner.run();
  assert(cancelled.cancel());
  await assertRejects(() => cancelled.result(), TaskCancelledError);
  await pass(time, 1_000);
  assertEquals(held.status, "pending");
  resolve();
  await run;
  assertEquals(held.status, "completed");
  assertAtRest(runner);
});

Deno.test("the attempts after the first one do not wait for startAfter", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  let attempts = 0;
  const flaky = task({ name: "flaky", retries: 1, backoff: "none", startAfter: 1_000 }, () => {
    if (++attempts === 1) throw new Error("once more");
    return time.now;
  });
  const handle = runner.submit(flaky);
  const run = runner.run();
  await pass(time, 1_000);
  await run;
  assertEquals(await handle, time.now);
});

Deno.test("after a restart a task waits for the rest of its time", async () => {
  using time = new FakeTime();
  const due = time.now + 24 * HOUR_MS;
  const daily = greet.with({ startAfter: "1d" });
  const first = await start(new MemoryCheckpointer());
  first.runner.submit(daily, "Ann");
  void first.runner.run().catch(() => {});
  await pass(time, HOUR_MS);
  const left = await first.kill();
  const [record] = await Array.fromAsync(left.load());
  assertEquals([record?.status, record?.dueAt], ["pending", due]);

  const second = await start(left);
  const handle = second.runner.submit(daily, "Ann");
  void second.runner.run().catch(() => {});
  await pass(time, 23 * HOUR_MS - 1);
  assertEquals(handle.status, "pending");
  await pass(time, 1);
  await settle();
  assertEquals([handle.status, time.now], ["completed", due]);
  await second.runner.shutdown();
});

Deno.test("an orphan waits for the rest of its time", async () => {
  using time = new FakeTime();
  const first = await start(new MemoryCheckpointer());
  first.runner.submit(greet.with({ startAfter: "1d" }), "Ann");
  await pass(time, HOUR_MS);
  const second = await start(await first.kill());
  const [orphan] = second.runner.resubmitOrphans();
  void second.runner.run().catch(() => {});
  await pass(time, 23 * HOUR_MS - 1);
  assertEquals(orphan?.status, "pending");
  await pass(time, 1);
  await settle();
  assertEquals(orphan?.status, "completed");
  await second.runner.shutdown();
});

Deno.test("thousands of tasks that wait for their time share one timer", async () => {
  const { setTimeout } = globalThis;
  let timers = 0;
  using _ = stub(globalThis, "setTimeout", (...args: Parameters<typeof setTimeout>) => {
    timers++;
    return setTimeout(...args);
  });
  await using runner = new TaskRunner();
  const handles = Array.from({ length: 5_000 }, () => runner.submit(greet.with({ startAfter: "1h" }), "Ann"));
  await turn();
  assertEquals([timers, handles.every(({ status }) => status === "pending")], [1, true]);
});

Deno.test("startAfter must be a duration or a date", () => {
  assertThrows(() => greet.with({ startAfter: -1 }), RangeError, "startAfter of task");
  assertThrows(() => greet.with({ startAfter: new Date(NaN) }), RangeError, "must be a valid date");
  assertThrows(() => greet.with({ startAfter: 1e300 }), RangeError, "at most 100,000 years");
  assertThrows(() => greet.with({ startAfter: "soon" as "1s" }), RangeError, "not a valid duration");
});
