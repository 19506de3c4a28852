import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { MemoryCheckpointer, sleep, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { assertAtRest } from "../runner/support.ts";
import { settle } from "../support.ts";

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
      await time.tickAsync(500);
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
    await time.tickAsync(HOUR_MS / 6);
    await settle();
    await time.tickAsync(HOUR_MS - HOUR_MS / 6);
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
