import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { CheckpointError, currentTask, type RunReport, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { flush, runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { recordingLogger, settle, until } from "../support.ts";
import { recordEvents } from "../runner/support.ts";
import { JOB_RECORDS } from "../../src/runner/job_records.ts";

const five = task({ name: "five" }, () => 5);
const double = task({ name: "double" }, (x: number) => 2 * x);
const boom = task({ name: "boom" }, (): number => {
  throw new RangeError("boom");
});

Deno.test("a task's end is saved before anyone sees it", async () => {
  for (const body of [five, boom]) {
    const checkpointer = new ScriptedCheckpointer();
    await using runner = runnerOn(checkpointer, { onTaskError: "continue" });
    const seen = recordEvents(runner);
    const first = runner.submit(body);
    const dependent = runner.submit(double, first);
    let awaited = false;
    void first.exception().then(() => awaited = true);
    let told: unknown;
    const waiting = runner.submit(async function waits() {
      told = await first.exception();
    });
    const run = runner.run();
    checkpointer.hold();
    await settle();
    assertEquals([first.status, first.done, first.peek(), dependent.status], ["running", false, undefined, "pending"]);
    assertEquals([waiting.status, told, awaited], ["running", undefined, false]);
    assertEquals(seen.filter((each) => / (five|boom)#/.test(each)), [
      `submitted ${first.id}`,
      `ready ${first.id}`,
      `running ${first.id}`,
    ]);
    assertEquals(first.explain(), `"${first.id}" has finished; its outcome is being saved.`);
    checkpointer.release();
    const report = await run;
    assertEquals(report.results.length, 3);
    assertEquals(first.status, body === five ? "completed" : "failed");
    assertEquals((await checkpointer.records()).get(first.id)?.status, first.status);
    assert(awaited);
  }
});

Deno.test("ends are published in the order in which they came, each after its save", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const seen: string[] = [];
  runner.addEventListener("completed", ({ handle }) => {
    assert(checkpointer.saves.flat().some(({ id, status }) => id === handle.id && status === "completed"), handle.id);
    seen.push(handle.id);
  });
  const handles = double.with({ runner }).map(Array.from({ length: 20 }, (_, x) => x));
  await runner.run();
  assertEquals(seen, handles.map(({ id }) => id));
});

Deno.test("one save is under way at a time, and what comes meanwhile goes with the next one", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const served = runner.serve();
  checkpointer.hold();
  const first = runner.submit(five);
  await settle();
  let ended = 0;
  const count = task({ name: "count" }, (_: number) => void ended++);
  const others = count.with({ runner }).map(Array.from({ length: 300 }, (_, x) => x));
  await until("all bodies have ended", () => ended === 300);
  await settle();
  assertEquals([checkpointer.count("save"), others.filter(({ done }) => done).length], [1, 0]);
  checkpointer.release();
  await Promise.all([first, ...others]);
  assertEquals(checkpointer.saves.slice(0, 2).map((records) => records.length), [1, 300]);
  assertEquals(checkpointer.most, 1);
  await runner.stop();
  await served;
});

Deno.test("many records are saved a thousand at a time, and as many of unfinished tasks", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const handles = double.with({ runner }).map(Array.from({ length: 3_300 }, (_, x) => x));
  assertEquals((await runner.run()).counts.completed, 3_300);
  for (const isOver of [true, false]) {
    const sizes = checkpointer.saves.map((records) =>
      records.filter(({ status }) => (status === "completed") === isOver).length
    );
    assert(Math.max(...sizes) <= 1_000, sizes.join());
  }
  assertEquals(Object.values(await checkpointer.statuses()).filter((each) => each === "completed").length, 3_300);
  assertEquals(checkpointer.most, 1);
  assert(handles.every(({ done }) => done));
});

Deno.test("a slot is free while its task's end is being saved", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { maxWorkers: 1 });
  const begun: number[] = [];
  const note = task({ name: "note" }, (x: number) => void begun.push(x));
  checkpointer.hold();
  note.with({ runner }).map([1, 2, 3]);
  const run = runner.run();
  await settle();
  assertEquals([begun, runner.statistics().pools["async"]?.busy], [[1, 2, 3], 0]);
  checkpointer.release();
  await run;
});

Deno.test("a body that waits for a task continues once that is saved", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { maxWorkers: 1 });
  const parent = runner.submit(async function parent() {
    return await runner.submit(five) + await runner.submit(double, 4);
  });
  assertEquals(await parent, 13);
  const order = checkpointer.saves.flat().filter(({ status }) => status === "completed").map(({ name }) => name);
  assertEquals(order, ["five", "double", "parent"]);
});

Deno.test("cancel() has no say in a task whose end is being saved", async () => {
  using time = new FakeTime();
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const controller = new AbortController();
  const handle = runner.submit(five.with({ signal: controller.signal, timeout: 1_000 }));
  checkpointer.hold();
  const run = runner.run();
  await settle();
  assertEquals(handle.cancel(), false);
  assertEquals(runner.cancelAll(), 0);
  controller.abort();
  time.tick(2_000);
  assertEquals(handle.status, "running");
  checkpointer.release();
  assertEquals([(await run).counts.completed, await handle], [1, 5]);
  assertEquals((await checkpointer.records()).get(handle.id)?.value, 5);
});

Deno.test("after() has no say in a task whose end is being saved", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const handle = runner.submit(five);
  checkpointer.hold();
  const run = runner.run();
  await settle();
  let message = "";
  try {
    handle.after(runner.submit(boom));
  } catch (error) {
    message = String(error);
  }
  assertStringIncludes(message, "which is running");
  runner.cancelAll();
  checkpointer.release();
  await run;
});

Deno.test("run({ signal }) keeps what was being saved when it is aborted", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const controller = new AbortController();
  const saving = runner.submit(five);
  const waiting = runner.submit(double, saving);
  checkpointer.hold();
  const run = runner.run({ signal: controller.signal });
  await settle();
  controller.abort(new Error("enough"));
  await settle();
  assertEquals([saving.status, waiting.status], ["running", "cancelled"]);
  checkpointer.release();
  await assertRejects(() => run, Error, "enough");
  assertEquals(saving.status, "completed");
  assertEquals(await checkpointer.statuses(), { [saving.id]: "completed", [waiting.id]: "cancelled" });
});

Deno.test("the first failure ends a run, and what is being saved then completes", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const fine = runner.submit(five);
  const failing = runner.submit(boom);
  const endless = runner.submit(async function endless() {
    const { signal } = currentTask()!;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });
  await assertRejects(() => runner.run(), RangeError, "boom");
  assertEquals([fine.status, failing.status, endless.status], ["completed", "failed", "cancelled"]);
  const { [endless.id]: ended, ...others } = await checkpointer.statuses();
  assertEquals(others, { [fine.id]: "completed", [failing.id]: "failed" });
  assertEquals(ended, "cancelled");
});

Deno.test("attempts that are tried again are not saved, their tasks' ends are", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  let calls = 0;
  const flaky = task({ name: "flaky", retries: 3, backoff: "none" }, () => {
    if (++calls < 3) throw new Error("not yet");
    return calls;
  });
  const handle = runner.submit(flaky);
  await runner.run();
  const record = (await checkpointer.records()).get(handle.id);
  assertEquals([record?.status, record?.attempts, record?.value], ["completed", 3, 3]);
  assertEquals(checkpointer.saves.flat().filter(({ status }) => status !== "pending" && status !== "ready").length, 1);
});

Deno.test("a task that runs out of time is saved as failed before that is seen", async () => {
  using time = new FakeTime();
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { onTaskError: "continue" });
  const slow = task({ name: "slow", timeout: 5 }, async () => {
    const { signal } = currentTask()!;
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const handle = runner.submit(slow);
  const run = runner.run();
  await settle();
  checkpointer.hold();
  time.tick(10);
  await settle();
  assertEquals([handle.status, handle.cancel()], ["running", false]);
  checkpointer.release();
  await run;
  assertEquals(handle.status, "failed");
  assertEquals((await checkpointer.records()).get(handle.id)?.status, "failed");
});

Deno.test("a result that cannot be saved fails its task, without another attempt", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { onTaskError: "continue" });
  const when = task({ name: "when", retries: 3, backoff: "none" }, () => ({ at: [new Date(0)] }));
  const handle = runner.submit(when);
  const dependent = runner.submit((_: unknown) => 1, handle);
  await runner.run();
  const error = await handle.exception();
  assertInstanceOf(error, CheckpointError);
  assertStringIncludes(error.message, `The result of "${handle.id}" cannot be saved: value.at[0] is a Date`);
  assertEquals([handle.attempts, handle.status, dependent.status], [1, "failed", "failed"]);
  const record = (await checkpointer.records()).get(handle.id);
  assertEquals([record?.status, record && "value" in record], ["failed", false]);
});

Deno.test("a result is read once to be saved; one that cannot be read fails its task", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { onTaskError: "continue" });
  const moody = (patience: number) => () => {
    let reads = 0;
    return {
      get value() {
        if (++reads > patience) throw new Error("not again");
        return 1;
      },
    };
  };
  const once = runner.submit(task({ name: "once" }, moody(1)));
  const never = runner.submit(task({ name: "never" }, moody(0)));
  await runner.run();
  assertEquals((await checkpointer.records()).get(once.id)?.value, { value: 1 });
  const error = await never.exception();
  assertInstanceOf(error, CheckpointError);
  assertStringIncludes(error.message, "value.value cannot be saved, as reading it throws Error: not again");
  assertEquals((await checkpointer.statuses())[never.id], "failed");
});

Deno.test("what JSON cannot keep is a fine result where structured clone keeps it", async () => {
  const checkpointer = new ScriptedCheckpointer("structured");
  await using runner = runnerOn(checkpointer);
  const handle = runner.submit(function all() {
    return new Map([[1n, new Set([new Date(5)])]]);
  });
  await runner.run();
  assertEquals((await checkpointer.records()).get(handle.id)?.value, new Map([[1n, new Set([new Date(5)])]]));
});

Deno.test("a task that returns nothing has no value on record", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const handle = runner.submit(function nothing() {});
  await runner.run();
  const record = (await checkpointer.records()).get(handle.id);
  assertEquals([record?.status, record && "value" in record], ["completed", false]);
});

Deno.test("what tasks do to their arguments does not reach their records", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const list: unknown[] = [1, { deep: [2] }];
  const handle = runner.submit(function spoils(given: unknown[]) {
    given.push(() => "no checkpoint keeps this");
    (given[1] as Record<string, unknown>)["deep"] = new Map();
    return 1;
  }, list);
  await runner.run();
  assertEquals(handle.status, "completed");
  assertEquals((await checkpointer.records()).get(handle.id)?.args, [[1, { deep: [2] }]]);
});

Deno.test("what happens to a result after its body's end does not reach its record", async () => {
  for (const codec of ["json", "structured"] as const) {
    const checkpointer = new ScriptedCheckpointer(codec);
    await using runner = runnerOn(checkpointer);
    const state = { done: [1], more: { x: 1 } };
    checkpointer.hold();
    const first = runner.submit(() => 0);
    const run = runner.run();
    await settle();
    const handle = runner.submit(function shares() {
      return state;
    });
    await settle();
    Object.assign(state, { fn: () => {} });
    state.done.push(2);
    checkpointer.release();
    await run;
    assertEquals([first.status, handle.status], ["completed", "completed"]);
    assertEquals((await checkpointer.records()).get(handle.id)?.value, { done: [1], more: { x: 1 } });
  }
});

Deno.test("a task that a listener cancels as it is submitted is on record as cancelled, with its arguments", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  runner.addEventListener("submitted", ({ handle }) => handle.cancel());
  const handle = runner.submit(double, 4);
  await runner.run();
  const record = (await checkpointer.records()).get(handle.id);
  assertEquals([record?.status, record?.args], ["cancelled", [4]]);
});

Deno.test("unfinished tasks are saved at once if nothing else continues", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const handles = double.with({ runner }).map(Array.from({ length: 2_500 }, (_, x) => x));
  await settle();
  assertEquals(checkpointer.saves.map((records) => records.length), [1_000, 1_000, 500]);
  assertEquals((await checkpointer.statuses())[handles[2_499]!.id], "ready");
  await settle();
  assertEquals(checkpointer.count("save"), 3);
});

Deno.test("a task that runs is on record as running while it does", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const seen: string[] = [];
  const handle = runner.submit(async function looks() {
    await settle();
    seen.push(...Object.values(await checkpointer.statuses()));
  });
  await runner.run();
  assertEquals([seen, handle.status], [["running"], "completed"]);
});

Deno.test("while tasks end all the time, a thousand of those that wait are saved every now and then", async () => {
  let now = 0;
  using _clock = stub(performance, "now", () => now);
  const checkpointer = new ScriptedCheckpointer();
  await using runner = await TaskRunner.resume(checkpointer, { logger: recordingLogger() });
  const gate = runner.submit(async function gate() {
    const { signal } = currentTask()!;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });
  double.with({ runner, dependsOn: gate }).map(Array.from({ length: 2_500 }, (_, x) => x));
  const served = runner.serve();
  const waiting = async () => Object.values(await checkpointer.statuses()).filter((each) => each === "pending").length;
  for (const saved of [0, 1_000, 2_000, 2_500]) {
    for (let round = 0; round < 20; round++) assertEquals(await runner.submit(five), 5);
    assertEquals(await waiting(), saved);
    now += 50;
  }
  gate.cancel();
  await runner.stop();
  await served;
});

Deno.test("after() reaches the record of a task that waits", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const [first, second] = [runner.submit(five), runner.submit(double, 1)];
  await flush(runner);
  second.after(first);
  await flush(runner);
  assertEquals((await checkpointer.records()).get(second.id)?.dependsOn, [first.id]);
  assertEquals((await checkpointer.records()).get(second.id)?.status, "pending");
});

Deno.test("an id that is given again does not lose its later record to the earlier one", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const children: TaskHandle<number>[] = [];
  const secondAttempt = Promise.withResolvers<void>();
  const child = task({ name: "child" }, () => secondAttempt.promise.then(() => 2));
  const parent = task({ name: "parent", retries: 1, backoff: "none" }, async () => {
    children.push(runner.submit(child));
    if (children.length === 1) throw new Error("its child is cancelled");
    secondAttempt.resolve();
    return await children[1];
  });
  const handle = runner.submit(parent);
  assertEquals(await handle, 2);
  await runner.flush();
  const [first, second] = children;
  assertEquals([first!.id, first!.status, second!.status], [second!.id, "cancelled", "completed"]);
  assertEquals(await checkpointer.statuses(), { [handle.id]: "completed", [first!.id]: "completed" });
});

Deno.test("cancelled tasks are on record as such, skipped ones with their errors", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { onTaskError: "continue" });
  const cancelled = runner.submit(double, 1);
  const skipped = double.with({ runner, onDepFailure: "skip" }).submit(cancelled);
  const failed = double.with({ runner, onDepFailure: "fail" }).submit(cancelled);
  cancelled.cancel("not today");
  await runner.run();
  const records = await checkpointer.records();
  assertEquals(
    [cancelled, skipped, failed].map(({ id }) => [records.get(id)?.status, records.get(id)?.error !== undefined]),
    [["cancelled", false], ["skipped", true], ["failed", true]],
  );
});

Deno.test("records of jobs are saved and deleted in the order in which that was asked", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const jobs = runner[JOB_RECORDS]();
  jobs.putState("a", 1, 0);
  jobs.putState("b", 1, 0);
  jobs.deleteState("a");
  jobs.putState("c", 1, 0);
  jobs.putState("a", 2, 0);
  jobs.deleteState("b");
  jobs.deleteState("a");
  jobs.putState("a", 3, 0);
  jobs.putState("c", 2, 0);
  await runner.flush();
  const values = (await checkpointer.records()).values().map(({ id, value }) => [id, value]).toArray();
  assertEquals(values.sort(), [["schedule:a", 3], ["schedule:c", 2]]);
  await runner.shutdown();
  jobs.putState("d", 1, 0);
  jobs.deleteState("a");
  await settle();
  assertEquals(checkpointer.calls.at(-1)?.method, "dispose");
});

Deno.test("tasks on threads and in processes are saved before anyone sees their ends", async () => {
  const { thread, child } = await import("../runner/programs/backends.ts");
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { onTaskError: "continue" });
  runner.addEventListener("completed", ({ handle }) => {
    assert(checkpointer.saves.flat().some(({ id, status }) => id === handle.id && status === "completed"), handle.id);
  });
  const handles = [thread, child].flatMap((each) => each.with({ runner }).map([1, 2, 3]));
  const refused = thread.with({ runner }).submit(-1);
  const report: RunReport = await runner.run();
  assertEquals(report.counts.completed, 6);
  assertEquals(await Promise.all(handles), [10, 20, 30, 100, 200, 300]);
  const error = await refused.exception();
  assertInstanceOf(error, CheckpointError);
  assertStringIncludes(error.message, "value is a Map");
});

Deno.test("large records are saved few at a time, unfinished and finished", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const length = task({ name: "length" }, (text: string) => text.length);
  for (let index = 0; index < 20; index++) runner.submit(length, `${index}`.repeat(1 << 20));
  await flush(runner);
  await runner.run();
  const unfinished = checkpointer.saves.flat().filter(({ status }) => status !== "completed");
  assertEquals(unfinished.length, 20);
  assertEquals((await checkpointer.records()).size, 20);
  for (const records of checkpointer.saves) assert(records.length <= 8, `${records.length} records of 1 MiB`);
});
