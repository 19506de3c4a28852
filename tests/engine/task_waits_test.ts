import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { MemoryCheckpointer, RetryAfterError, sleep, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { COMPLETED, PENDING } from "../../src/core/status.ts";
import type { Attempt } from "../../src/engine/attempt.ts";
import { TaskWaits } from "../../src/engine/task_waits.ts";
import type { TaskSpec } from "../../src/tasks/spec.ts";
import { TestEnvironment } from "../../src/testing/mod.ts";
import { assertAtRest } from "../runner/support.ts";
import { settle } from "../support.ts";
import { fakeHandle } from "./fake_handle.ts";
import { pass } from "../runner/virtual_time.ts";

const HOUR_MS = 3_600_000;

for (const isOnRecord of [false, true]) {
  const how = isOnRecord ? "with a checkpointer" : "without one";
  const options = () => ({
    onTaskError: "continue" as const,
    ...(isOnRecord && { checkpointer: new MemoryCheckpointer() }),
  });

  Deno.test(`a sleep belongs to the task and not to one attempt: ${how}`, async () => {
    using time = new FakeTime();
    await using runner = new TaskRunner(options());
    const began = time.now;
    const ends: number[][] = [];
    let attempts = 0;
    const flaky = task({ name: "flaky", retries: 2, backoff: "none" }, async () => {
      const own: number[] = [];
      ends[attempts++] = own;
      await sleep(1_000);
      own.push(time.now - began);
      const second = sleep(1_000);
      if (attempts === 2) throw new Error("again, while the second one sleeps");
      await second;
      own.push(time.now - began);
      if (attempts === 1) throw new Error("again, once all have slept");
    });
    const handle = runner.submit(flaky);
    const run = runner.run();
    for (let step = 0; step < 10; step++) {
      await settle(20);
      await pass(time, 500);
    }
    await run;
    assertEquals(handle.status, "completed");
    assertEquals(ends, [[1_000, 2_000], [2_000], [2_000, 2_000]]);
    assertEquals(runner.handles().filter(({ name }) => name === "sleep").length, 2);
  });

  Deno.test(`a sleep continues while the task is tried again, and ends with the task: ${how}`, async () => {
    using time = new FakeTime();
    await using runner = new TaskRunner(options());
    const sleeps: TaskHandle<void>[] = [];
    let attempts = 0;
    const flaky = task({ name: "flaky", retries: 1, backoffBase: "10m" }, async () => {
      if (++attempts === 1) {
        sleeps.push(sleep("1h"), sleep("2h"));
        throw new Error("again");
      }
      const again = sleep("1h");
      assertStrictEquals(again, sleeps[0]);
      await again;
    });
    const handle = runner.submit(flaky);
    const run = runner.run();
    await settle();
    assertEquals([handle.status, ...sleeps.map(({ status }) => status)], ["retrying", "pending", "pending"]);
    await pass(time, HOUR_MS / 6);
    await settle();
    await pass(time, HOUR_MS - HOUR_MS / 6);
    await run;
    assertEquals([handle.status, ...sleeps.map(({ status }) => status)], ["completed", "completed", "cancelled"]);
  });

  Deno.test(`the sleeps of a task that is cancelled between two attempts are cancelled: ${how}`, async () => {
    await using runner = new TaskRunner(options());
    let slept: TaskHandle<void> | undefined;
    const flaky = task({ name: "flaky", retries: 1, backoffBase: "10m" }, () => {
      slept = sleep("1h");
      throw new Error("again");
    });
    const handle = runner.submit(flaky);
    const run = runner.run();
    await settle();
    handle.cancel();
    await run;
    assertEquals([handle.status, slept?.status], ["cancelled", "cancelled"]);
    assertAtRest(runner);
  });
}

for (const isOnRecord of [false, true]) {
  const how = isOnRecord ? "with a checkpointer" : "without one";

  Deno.test(`the sleeps of an attempt that does not count are those of the next one, also of a task with one: ${how}`, async () => {
    const test = new TestEnvironment();
    await using runner = test.runner({ ...(isOnRecord && { checkpointer: new MemoryCheckpointer() }) });
    const times: number[] = [];
    const poll = task({ name: "poll" }, async () => {
      await sleep("1h");
      await sleep("1h");
      times.push(test.elapsed);
      if (times.length === 1) throw new RetryAfterError("busy", { retryAfter: "1m", countsAsAttempt: false });
      return await sleep("3h");
    });
    await runner.submit(poll);
    assertEquals(times.map((time) => time / HOUR_MS), [2, 2 + 1 / 60]);
    assertEquals(test.elapsed, 5 * HOUR_MS + 60_000);
  });

  Deno.test(`a body that has slept hundreds of times need not sleep again: ${how}`, async () => {
    const test = new TestEnvironment();
    await using runner = test.runner({ retain: 0, ...(isOnRecord && { checkpointer: new MemoryCheckpointer() }) });
    let attempts = 0;
    const poll = task({ name: "poll", retries: 1, backoff: "none" }, async () => {
      attempts++;
      for (let count = 0; count < 250; count++) await sleep("1m");
      if (attempts === 1) throw new Error("again");
      await sleep("1m");
    });
    await runner.submit(poll);
    assertEquals([attempts, test.elapsed], [2, 251 * 60_000]);
  });
}

Deno.test("TaskWaits keeps the last of equal sleeps that have ended, and all else", () => {
  const waits = new TaskWaits();
  const attempt = {} as Attempt;
  const sleepSpec = { options: { name: "sleep" }, wait: "sleep" } as unknown as TaskSpec;
  const signalSpec = { options: { name: "wait-for" }, wait: "signal" } as unknown as TaskSpec;
  const ask = (by: Attempt, spec: TaskSpec, arg: unknown) => waits.next(by, spec, [arg]);
  for (let count = 1; count <= 300; count++) {
    for (const [spec, arg] of [[sleepSpec, 1], [signalSpec, "k"]] as const) {
      waits.add(ask(attempt, spec, arg), fakeHandle(count, { code: COMPLETED }));
    }
    waits.add(ask(attempt, sleepSpec, 2), fakeHandle(count, { code: count === 5 ? PENDING : COMPLETED }));
  }
  const next = {} as Attempt;
  const kept = { 1: 0, 2: 0, k: 0 };
  let slept = 0;
  for (let count = 1; count <= 300; count++) {
    for (const [spec, arg] of [[sleepSpec, 1], [sleepSpec, 2], [signalSpec, "k"]] as const) {
      const place = ask(next, spec, arg);
      if (waits.hasSlept(place)) slept++;
      else if (waits.find(place) !== undefined) kept[arg]++;
    }
  }
  assertEquals([kept, slept], [{ 1: 100, 2: 296, k: 300 }, 204]);
});
