import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  CheckpointError,
  MemoryCheckpointer,
  sleep,
  task,
  TaskCancelledError,
  type TaskHandle,
  TaskRunner,
  type TaskRunnerOptions,
  TaskTimeoutError,
  waitFor,
} from "../../mod.ts";
import { start } from "../durability/support.ts";
import { assertAtRest } from "../runner/support.ts";
import { ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { block, never, settle, until } from "../support.ts";
import { pass } from "../runner/virtual_time.ts";

const HOUR_MS = 3_600_000;

/** Waits for an approval, for two hours, and says what came of it. */
const approve = task({ name: "approve" }, async (key: string) => {
  try {
    return `approved by ${await waitFor<string>(key, { timeout: "2h" })}`;
  } catch (error) {
    assertInstanceOf(error, TaskTimeoutError);
    return "too late";
  }
});

for (const isOnRecord of [false, true]) {
  const how = isOnRecord ? "with a checkpointer" : "without one";
  const make = (options: TaskRunnerOptions = {}) =>
    new TaskRunner({ ...options, ...(isOnRecord && { checkpointer: new MemoryCheckpointer() }) });

  Deno.test(`deliver() completes what waits, and a body that waits holds no slot: ${how}`, async () => {
    await using runner = make({ maxWorkers: 1 });
    const handle = runner.submit(approve, "order 7");
    const run = runner.run();
    assertEquals(await runner.submit(() => "meanwhile"), "meanwhile");
    assertEquals([handle.status, runner.statistics().pools["async"]?.busy], ["running", 0]);
    const waits = runner.handles().find(({ name }) => name === "waitFor");
    assertStringIncludes(waits?.explain() ?? "", `waits for deliver("order 7", …); it times out in 2 h, at 2`);
    assertEquals(await runner.deliver("order 7", "Ann"), true);
    assertEquals(await runner.deliver("order 7", "Bob"), false);
    await run;
    assertEquals(await handle, "approved by Ann");
    assertEquals(await runner.deliver("order 7", "Bob"), false);
    assertAtRest(runner);
  });

  Deno.test(`what is delivered before any task waits is kept, for all who wait: ${how}`, async () => {
    await using runner = make().enter();
    assertEquals(await runner.deliver("early", { by: "Ann" }), true);
    assertEquals(await runner.deliver("early", { by: "Bob" }), false);
    const takes = task({ name: "takes" }, (value: { by: string }) => value.by).submit(waitFor<{ by: string }>("early"));
    assertEquals([await waitFor("early"), await takes, (await runner.run()).ok], [{ by: "Ann" }, "Ann", true]);
  });

  Deno.test(`all who wait for one key get its value, also undefined: ${how}`, async () => {
    await using runner = make().enter();
    const handles = [waitFor("go"), waitFor("go", { timeout: "1h" })];
    const run = runner.run();
    assertEquals(await runner.deliver("go"), true);
    await run;
    assertEquals(await Promise.all(handles), [undefined, undefined]);
    assertEquals(new Set(handles).size, 2);
  });

  Deno.test(`what has timed out cannot be delivered: ${how}`, async () => {
    using time = new FakeTime();
    await using runner = make();
    const handle = runner.submit(approve, "order 8");
    const run = runner.run(); // the body decides what a timeout means, whatever onTaskError is
    await settle(20);
    await pass(time, 2 * HOUR_MS);
    const report = await run;
    assertEquals([await handle, report.counts.failed], ["too late", 1]);
    assertEquals(await runner.deliver("order 8", "Ann"), false);
    const error = await runner.handles().find(({ name }) => name === "waitFor")?.exception();
    assertInstanceOf(error, TaskTimeoutError);
    assertStringIncludes(
      error.message,
      `timed out at ${new Date(time.now).toISOString()}: nothing was delivered for "order 8"`,
    );
  });

  Deno.test(`a timeout is final for the task, and another task may wait again: ${how}`, async () => {
    using time = new FakeTime();
    await using runner = make({ onTaskError: "continue" });
    const outcomes: string[] = [];
    const stubborn = task({ name: "stubborn", retries: 1, backoffBase: "1h" }, async () => {
      const error = await waitFor("key", { timeout: "1h" }).exception();
      outcomes.push(error instanceof TaskTimeoutError ? `timed out by ${time.now}` : "delivered");
      throw new Error("again");
    });
    const began = time.now;
    runner.submit(stubborn);
    const run = runner.run();
    for (let step = 0; step < 4; step++) {
      await settle(20);
      await pass(time, HOUR_MS / 2);
    }
    await settle(20);
    await run;
    assertEquals(outcomes, [`timed out by ${began + HOUR_MS}`, `timed out by ${began + 2 * HOUR_MS}`]);
    assertEquals(await runner.deliver("key", 1), false);
    const again = runner.use(() => waitFor("key", { timeout: "1m" }));
    assertEquals([await runner.deliver("key", 1), await again], [true, 1]);
  });

  Deno.test(`who waits can be cancelled; what comes then is kept: ${how}`, async () => {
    await using runner = make({ onTaskError: "continue" }).enter();
    const cancelled = waitFor("key");
    cancelled.cancel("not needed");
    await assertRejects(() => cancelled.result(), TaskCancelledError, "not needed");
    let inner: TaskHandle<unknown> | undefined;
    const parent = runner.submit(async () => await (inner = waitFor("key")));
    const run = runner.run();
    await settle(20);
    parent.cancel();
    await run;
    assertEquals(inner?.status, "cancelled");
    assertEquals([await runner.deliver("key", 7), await waitFor("key")], [true, 7]);
    assertAtRest(runner);
  });

  Deno.test(`who waits for other handles as well ends when both have come: ${how}`, async () => {
    using time = new FakeTime();
    await using runner = make().enter();
    const both = waitFor("key", { timeout: "1h" }).after(sleep("10m"));
    const run = runner.run();
    assertEquals(await runner.deliver("key", 7), true);
    await pass(time, HOUR_MS / 6 - 1);
    assertEquals(both.status, "pending");
    await pass(time, 1);
    await run;
    assertEquals(await both, 7);
  });
}

Deno.test("a body waits for what comes first, a signal or a time, and cancels the other", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ maxWorkers: 1, checkpointer: new MemoryCheckpointer() });
  const reminded: number[] = [];
  const order = task({ name: "order" }, async () => {
    const approval = waitFor<string>("approval");
    for (;;) {
      const reminder = sleep("1h");
      const approver = await Promise.race([approval, reminder.result().then(() => undefined)]);
      if (approver !== undefined) {
        reminder.cancel();
        return approver;
      }
      reminded.push(time.now);
    }
  });
  const began = time.now;
  const handle = runner.submit(order);
  const run = runner.run();
  for (let hours = 0; hours < 2; hours++) {
    await settle(20);
    await pass(time, HOUR_MS);
  }
  await settle(20);
  assertEquals(reminded, [began + HOUR_MS, began + 2 * HOUR_MS]);
  const deliver = task({ name: "deliver" }, () => runner.deliver("approval", "Ann"));
  assertEquals(await runner.submit(deliver), true, "also from within a body");
  await run;
  assertEquals([await handle, time.now], ["Ann", began + 2 * HOUR_MS]);
  assertAtRest(runner);
});

Deno.test("a timer that the event loop has kept from firing changes nothing: too late is too late", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" }).enter();
  const handle = waitFor("key", { timeout: 5 });
  block(10);
  assertEquals(await runner.deliver("key", "Ann"), false);
  assertInstanceOf(await handle.exception(), TaskTimeoutError);
});

Deno.test("run() rejects if what the program itself waits for times out, and so do its dependents", async () => {
  await using runner = new TaskRunner().enter();
  const dependent = runner.submit((value: unknown) => value, waitFor("never", { timeout: 1 }));
  await assertRejects(() => runner.run(), TaskTimeoutError, `nothing was delivered for "never"`);
  assertEquals(dependent.status, "failed");
});

Deno.test("run() rejects also if that has timed out before it was called", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner().enter();
  const waits = waitFor("never", { timeout: 1 });
  await pass(time, 10);
  assertEquals(waits.status, "failed");
  const dependent = runner.submit((value: unknown) => value, waits);
  await assertRejects(() => runner.run(), TaskTimeoutError, `nothing was delivered for "never"`);
  assertEquals(dependent.status, "failed");
});

Deno.test("what has timed out and is retried has all its time again, and what was delayed is not delayed again", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ onTaskError: "continue" }).enter();
  const waits = waitFor("key", { timeout: "1h" });
  let attempts = 0;
  const flaky = task({ name: "flaky", startAfter: "1h" }, () => {
    if (++attempts === 1) throw new Error("once");
    return time.now;
  }).submit();
  const run = runner.run();
  await pass(time, HOUR_MS);
  await run;
  assertEquals([waits.status, flaky.status], ["failed", "failed"]);
  const [waitsAgain, flakyAgain] = [runner.retry(waits), runner.retry(flaky)];
  const again = runner.run();
  assertEquals(await flakyAgain, time.now);
  await pass(time, HOUR_MS - 1);
  assertEquals(waitsAgain.status, "pending");
  assertEquals([await runner.deliver("key", 7), await waitsAgain], [true, 7]);
  await again;
});

Deno.test("waitFor() and deliver() say what is wrong", async () => {
  assertThrows(() => waitFor("key"), Error, "Cannot call waitFor() as no runner is active");
  const runner = new TaskRunner().enter();
  assertThrows(() => waitFor(""), RangeError, "The key of waitFor() must not be empty");
  assertThrows(() => waitFor(7 as unknown as string), TypeError, "must be a string");
  assertThrows(() => waitFor("key", { timeout: 0 }), RangeError, "timeout of waitFor()");
  assertThrows(() => waitFor("key", { timeOut: 1 } as object), TypeError, `Unknown option "timeOut" of waitFor()`);
  await assertRejects(() => runner.deliver(""), RangeError, "The key of deliver()");
  await runner.shutdown();
  await assertRejects(() => runner.deliver("key"), Error, `Cannot deliver "key", as its runner was shut down`);
});

Deno.test("a value that cannot be saved is refused, and may be mended", async () => {
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer({ codec: "json" }) }).enter();
  const handle = waitFor("key");
  const run = runner.run();
  await assertRejects(
    () => runner.deliver("key", { at: new Date() }),
    CheckpointError,
    `Cannot deliver "key", as value.at`,
  );
  assertEquals(handle.status, "pending");
  assertEquals(await runner.deliver("key", { at: 1 }), true);
  await run;
  assertEquals(await handle, { at: 1 });
});

Deno.test("a delivered value is the one that was delivered, whatever the program does to it afterwards", async () => {
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer() }).enter();
  const value = { by: "Ann" };
  const delivered = runner.deliver("key", value);
  value.by = "Bob";
  await delivered;
  assertEquals(await waitFor("key"), { by: "Ann" });
});

Deno.test("what was delivered is not seen before it is on record", async () => {
  const store = new ScriptedCheckpointer();
  await using runner = new TaskRunner({ checkpointer: store, onTaskError: "continue" }).enter();
  const handle = waitFor("key");
  const run = runner.run();
  await runner.flush();
  let seen = "";
  handle.then(() => seen = store.saves.flat().some(({ id }) => id === "signal:key") ? "after" : "before");
  await runner.deliver("key", 1);
  await run;
  assertEquals(seen, "after");
});

Deno.test("without a checkpointer, retain limits how many keys are remembered that no task waits for any more", async () => {
  await using runner = new TaskRunner({ retain: 2 }).enter();
  for (const key of ["a", "b", "c"]) {
    await runner.deliver(key, key);
    assertEquals(await waitFor(key), key);
  }
  await runner.deliver("kept", 1);
  assertEquals(await Promise.all(["b", "c", "kept", "a"].map((key) => runner.deliver(key, 2))), [
    false,
    false,
    false,
    true,
  ]);
});

Deno.test("bodies that keep the slots of a strict pool are not stalled as long as one waits for a time or a signal", async () => {
  await using runner = new TaskRunner({ pools: { few: { backend: "async", maxWorkers: 2, strict: true } } }).enter();
  const quick = task({ name: "quick", pool: "few" }, () => "done");
  const waits = task({ name: "waits", pool: "few" }, async () => await waitFor("go"));
  const nested = task({ name: "nested", pool: "few" }, async () => await quick.submit());
  const handles = [waits.submit(), nested.submit()];
  const run = runner.run();
  await settle(20);
  assertEquals(handles.map(({ status }) => status), ["running", "running"]);
  await runner.deliver("go", "went");
  await run;
  assertEquals(await Promise.all(handles), ["went", "done"]);
});

Deno.test("an approval that was delivered before the program was killed is there after the restart", async () => {
  const first = await start(new MemoryCheckpointer());
  assertEquals(await first.runner.deliver("order 1", "Ann"), true);
  const second = await start(await first.kill({ isAbrupt: true }));
  assertEquals(await second.runner.deliver("order 1", "Bob"), false, "it was delivered before");
  assertEquals(second.runner.orphaned, []);
  const handle = second.runner.submit(approve, "order 1");
  await second.runner.run();
  assertEquals(await handle, "approved by Ann");
  await second.runner.shutdown();
});

Deno.test("an approval can be delivered to a runner whose workflow was not submitted again yet", async () => {
  const first = await start(new MemoryCheckpointer());
  first.runner.submit(approve, "order 1");
  void first.runner.run().catch(() => {});
  await settle(20);
  const second = await start(await first.kill());
  assertEquals(await second.runner.deliver("order 1", "Ann"), true);
  const third = await start(await second.kill({ isAbrupt: true }));
  const [handle] = third.runner.resubmitOrphans();
  await third.runner.run();
  assertEquals(await handle, "approved by Ann");
  await third.runner.shutdown();
});

Deno.test("a timeout counts from the first program on, and is final, whenever it passes", async () => {
  using time = new FakeTime();
  const first = await start(new MemoryCheckpointer());
  first.runner.submit(approve, "while it is down");
  first.runner.submit(approve, "once it is back");
  void first.runner.run().catch(() => {});
  await settle(20);
  await pass(time, HOUR_MS);
  const second = await start(await first.kill());
  await pass(time, HOUR_MS);
  assertEquals(
    await second.runner.deliver("while it is down", "Ann"),
    false,
    "it was not submitted again, but its time has passed",
  );
  const handles = ["while it is down", "once it is back"].map((key) => second.runner.submit(approve, key));
  await second.runner.run();
  assertEquals(await Promise.all(handles), ["too late", "too late"]);
  const third = await start(await second.kill());
  assertEquals(await third.runner.deliver("once it is back", "Ann"), false);
  await third.runner.shutdown();
});

Deno.test("a body that has seen a timeout sees it again after a restart, and what failed for good waits again", async () => {
  using time = new FakeTime();
  const seen: string[] = [];
  let isStuck = true;
  const order = task({ name: "order" }, async () => {
    const error = await waitFor("approval", { timeout: "1h" }).exception();
    seen.push(error === undefined ? "approved" : "timed out");
    if (isStuck) await never();
    if (error !== undefined) throw error;
  });
  const first = await start(new MemoryCheckpointer());
  first.runner.submit(order);
  void first.runner.run().catch(() => {});
  await settle(20);
  await pass(time, HOUR_MS);
  await settle(20);
  isStuck = false;
  const second = await start(await first.kill());
  const failed = second.runner.submit(order);
  await second.runner.run();
  assertEquals([seen, failed.status], [["timed out", "timed out"], "failed"]);
  const third = await start(await second.kill());
  const again = third.runner.submit(order);
  const run = third.runner.run();
  await settle(20);
  assertEquals([again.status, await third.runner.deliver("approval", "Ann")], ["running", true]);
  await run;
  assertEquals([seen.at(-1), again.status], ["approved", "completed"]);
  await third.runner.shutdown();
});

Deno.test("what was delivered stays on record as long as retention says", async () => {
  const store = new MemoryCheckpointer();
  await using runner = await TaskRunner.resume(store, { retention: { completed: 1 } });
  assertEquals(await runner.deliver("key", 1), true);
  await until("its record is deleted", async () => (await Array.fromAsync(store.load())).length === 0);
  assertEquals(await runner.deliver("key", 2), true, "it is known no more");
  assert(runner.open);
});
