import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { MemoryCheckpointer, sleep, task, TaskCancelledError, type TaskHandle, TaskRunner } from "../../mod.ts";
import { start } from "../durability/support.ts";
import { assertAtRest } from "../runner/support.ts";
import { settle, turn } from "../support.ts";
import { sleepsInWorker } from "./waiting_tasks.ts";
import { pass } from "../runner/virtual_time.ts";

const HOUR_MS = 3_600_000;

Deno.test("sleep() is a handle that completes after a while, and takes no slot of the body that awaits it", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const nap = task({ name: "nap" }, async () => {
    await sleep("1h");
    return time.now;
  });
  const began = time.now;
  const handle = runner.submit(nap);
  const run = runner.run();
  assertEquals(await runner.submit(() => "meanwhile"), "meanwhile");
  assertEquals([handle.status, runner.statistics().pools["async"]?.busy], ["running", 0]);
  assertStringIncludes(handle.explain(), `waiting for "sleep#3" (pending)`);
  const slept = runner.handles().find(({ name }) => name === "sleep");
  assertStringIncludes(slept?.explain() ?? "", `ends in 1 h, at ${new Date(began + HOUR_MS).toISOString()}`);
  await pass(time, HOUR_MS - 1);
  assertEquals(handle.status, "running");
  await pass(time, 1);
  await run;
  assertEquals(await handle, began + HOUR_MS);
  assertAtRest(runner);
});

Deno.test("sleep() can be a dependency, an argument, a date, and in the past", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner().enter();
  const list = task({ name: "list" }, (...values: unknown[]) => values);
  const depends = list.with({ dependsOn: sleep(1_000) }).submit("a");
  const takes = list.submit(sleep(new Date(time.now + 2_000)), "b");
  const past = sleep(new Date(time.now - 1));
  assertEquals([past.status, past.peek()?.value, sleep(0).status], ["completed", undefined, "completed"]);
  const run = runner.run();
  await pass(time, 1_000);
  await settle();
  assertEquals([depends.status, takes.status], ["completed", "pending"]);
  await pass(time, 1_000);
  await run;
  assertEquals([await depends, await takes], [["a"], [undefined, "b"]]);
});

Deno.test("run() waits for sleeps, and shutdown() ends them", async () => {
  using time = new FakeTime();
  const runner = new TaskRunner().enter();
  sleep("1h");
  let hasEnded = false;
  const run = runner.run().then(() => hasEnded = true);
  await pass(time, HOUR_MS - 1);
  assertEquals(hasEnded, false);
  await pass(time, 1);
  await run;
  const last = sleep("1h");
  await runner.shutdown();
  assertEquals(last.status, "cancelled");
  assertEquals(await time.nextAsync(), false, "no timer is left");
});

Deno.test("a sleep can be cancelled, and is cancelled with the body that waits for it", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" }).enter();
  const own = sleep("1h");
  assert(own.cancel("not now"));
  await assertRejects(() => own.result(), TaskCancelledError, "not now");
  let inner: TaskHandle<void> | undefined;
  const parent = runner.submit(async () => await (inner = sleep("1h")));
  const run = runner.run();
  await settle();
  parent.cancel();
  await run;
  assertEquals(inner?.status, "cancelled");
  assertAtRest(runner);
});

Deno.test("sleep() needs a runner, and what it is given must be a duration or a date", async () => {
  const error = assertThrows(() => sleep("1s"), Error, "no runner is active");
  assertStringIncludes(error.message, "runner.use(() => sleep(…))");
  await using _ = new TaskRunner().enter();
  assertThrows(() => sleep(-1), RangeError, "What sleep() is given");
  assertThrows(() => sleep(new Date(NaN)), RangeError, "valid date");
  assertThrows(() => sleep("soon" as "1s"), RangeError, "not a valid duration");
});

Deno.test("in the body of a worker, sleep() is an error that says so", async () => {
  await using runner = new TaskRunner();
  for (const backend of ["thread", "process"] as const) {
    const message = await runner.submit(sleepsInWorker.with({ backend }));
    assertStringIncludes(message, `Cannot call sleep() from within "sleepsInWorker", which runs in a worker`);
  }
});

Deno.test("a sleep of a day that is interrupted after an hour lasts 23 more, in the body that awaits it", async () => {
  using time = new FakeTime();
  const due = time.now + 24 * HOUR_MS;
  const ended: number[] = [];
  const daily = task({ name: "daily" }, async () => {
    await sleep("1d");
    ended.push(time.now);
  });
  let left = new MemoryCheckpointer();
  for (let kills = 0; kills < 3; kills++) { // more often than maxRecoveries would allow, if waiting counted
    const program = await start(left);
    program.runner.submit(daily.with({ maxRecoveries: 0 }));
    void program.runner.run().catch(() => {});
    await settle(20);
    await pass(time, HOUR_MS);
    left = await program.kill();
    const records = await Array.fromAsync(left.load());
    const record = records.find(({ name }) => name === "sleep");
    assertEquals([record?.status, record?.dueAt, record?.args], ["pending", due, [24 * HOUR_MS]]);
  }
  const last = await start(left);
  last.runner.submit(daily.with({ maxRecoveries: 0 }));
  const run = last.runner.run();
  await settle(20);
  await pass(time, 21 * HOUR_MS - 1);
  assertEquals(ended, []);
  await pass(time, 1);
  await run;
  assertEquals(ended, [due]);
  await last.runner.shutdown();
});

Deno.test("a sleep that ended while no program ran has ended at once, and so has one that is on record as ended", async () => {
  using time = new FakeTime();
  const ended: number[] = [];
  const twice = task({ name: "twice" }, async () => {
    for (let count = 1; count <= 2; count++) {
      await sleep("1h");
      ended.push(time.now);
    }
  });
  const first = await start(new MemoryCheckpointer());
  first.runner.submit(twice);
  void first.runner.run().catch(() => {});
  await settle(20);
  await pass(time, HOUR_MS);
  await settle(20);
  const left = await first.kill();
  assertEquals(ended.length, 1);
  await pass(time, 10 * HOUR_MS);
  const second = await start(left);
  second.runner.submit(twice);
  await second.runner.run();
  assertEquals(ended.slice(1), [time.now, time.now]);
  await second.runner.shutdown();
});

Deno.test("what depends on a sleep, and the sleep itself, are submitted again from their records", async () => {
  using time = new FakeTime();
  const note = task({ name: "note-after-sleep" }, (text: string) => text);
  const first = await start(new MemoryCheckpointer());
  first.runner.use(() => note.with({ dependsOn: sleep("1h") }).submit("done"));
  void first.runner.run().catch(() => {});
  await settle(20);
  await pass(time, HOUR_MS / 2);
  await settle(20);
  const second = await start(await first.kill());
  const handles = second.runner.resubmitOrphans();
  assertEquals(handles.map(({ name }) => name).sort(), ["note-after-sleep", "sleep"]);
  const run = second.runner.run();
  await pass(time, HOUR_MS / 2 - 1);
  assertEquals(handles.map(({ status }) => status), ["pending", "pending"]);
  await pass(time, 1);
  await run;
  assertEquals(handles.map(({ status }) => status), ["completed", "completed"]);
  await second.runner.shutdown();
});

Deno.test("100,000 sleepers share one timer, and all end", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner().enter();
  const handles = Array.from({ length: 100_000 }, () => sleep("1h"));
  const run = runner.run();
  await turn();
  await pass(time, HOUR_MS);
  let turns = 0;
  while (await time.nextAsync()) turns++;
  assert(turns < 10, `${turns} timers`); // fake time stands still while they end, so that a slice never does
  assertEquals((await run).counts.completed, 100_000);
  assert(handles.every(({ status }) => status === "completed"));
});
