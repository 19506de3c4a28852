import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { CheckpointError, MemoryCheckpointer, task, type TaskRecord, TaskRunner } from "../../mod.ts";
import { calls, count } from "../runner/programs/counted.ts";
import { flush, runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { recordingLogger } from "../support.ts";

const MODULE = new URL("../runner/programs/counted.ts", import.meta.url).href;

/** A checkpointer that holds records. */
async function holding(...records: TaskRecord[]): Promise<ScriptedCheckpointer> {
  const checkpointer = new ScriptedCheckpointer();
  if (records.length > 0) await checkpointer.save(records);
  checkpointer.calls.length = 0;
  return checkpointer;
}

function record(id: string, rest: Partial<TaskRecord> = {}): TaskRecord {
  return { id, name: "count", status: "completed", attempts: 1, args: [], dependsOn: [], ...rest };
}

const keyed = (runner: TaskRunner, key: string) => count.with({ runner, key });

Deno.test("resume() begins from scratch where nothing was saved", async () => {
  await using runner = await TaskRunner.resume(await holding());
  assertEquals(runner.orphaned, []);
  assertEquals(await runner.submit(count, 1), 10);
});

Deno.test("resume() rejects if records cannot be loaded, and closes the checkpointer", async () => {
  for (const cause of [new CheckpointError("damaged"), new TypeError("no idea")]) {
    const checkpointer = await holding();
    checkpointer.fault = ({ method }) => method === "load" ? cause : undefined;
    const error = await assertRejects(() => TaskRunner.resume(checkpointer), CheckpointError);
    if (cause instanceof CheckpointError) assertStrictEquals(error, cause);
    else assertEquals([error.message, error.cause], ["The checkpointer cannot load: TypeError: no idea", cause]);
    assertEquals(checkpointer.calls.map(({ method }) => method), ["load", "dispose"]);
  }
});

Deno.test("resume() tells why records cannot be loaded, not that the checkpointer cannot be closed either", async () => {
  const checkpointer = await holding();
  checkpointer.fault = ({ method }) => new Error(method);
  await assertRejects(() => TaskRunner.resume(checkpointer), CheckpointError, "cannot load: Error: load");
});

Deno.test("new TaskRunner() removes what is on record before anything starts", async () => {
  const checkpointer = await holding(record("a", { value: 1 }), record("b", { status: "running" }));
  await using runner = runnerOn(checkpointer);
  calls.length = 0;
  assertEquals(await keyed(runner, "a").submit(5), 50);
  assertEquals([calls, runner.orphaned], [["count 5"], []]);
  assertEquals(await checkpointer.statuses(), { a: "completed" });
  assertEquals(checkpointer.calls.map(({ method }) => method).slice(0, 2), ["load", "delete"]);
});

Deno.test("new TaskRunner() starts nothing if what is on record cannot be read or removed", async () => {
  for (const wrong of ["load", "delete"]) {
    const checkpointer = await holding(record("a", { value: 1 }));
    checkpointer.fault = ({ method }) => method === wrong ? new Error("locked") : undefined;
    await using runner = runnerOn(checkpointer);
    calls.length = 0;
    const handle = runner.submit(count, 1);
    await assertRejects(() => runner.run(), CheckpointError, "The checkpointer cannot be emptied: Error: locked");
    assertEquals([calls, handle.status], [[], "cancelled"]);
  }
});

Deno.test("a task that has finished on record is not saved again", async () => {
  const checkpointer = await holding(record("a", { value: 1 }), record("b", { status: "skipped" }));
  await using runner = await TaskRunner.resume(checkpointer);
  const handles = ["a", "b", "c"].map((key) => keyed(runner, key).submit(5));
  await runner.run();
  assertEquals(handles.map(({ status }) => status), ["completed", "skipped", "completed"]);
  assertEquals(new Set(checkpointer.saves.flat().map(({ id }) => id)), new Set(["c"]));
});

Deno.test("a task that runs again replaces its record, so that it is an orphan if that is interrupted", async () => {
  const checkpointer = await holding(
    record("a", { status: "failed", attempts: 3 }),
    record("b", { status: "cancelled" }),
  );
  const runner = await TaskRunner.resume(checkpointer, { logger: recordingLogger() });
  for (const key of ["a", "b"]) keyed(runner, key).submit(5);
  await flush(runner);
  assertEquals(await checkpointer.statuses(), { a: "ready", b: "ready" });
  await runner.shutdown();
  await using next = await TaskRunner.resume(checkpointer);
  assertEquals(next.orphaned.map(({ id, attempts }) => [id, attempts]), [["a", 0], ["b", 0]]);
});

Deno.test("a task on record ends with nothing more than its record says", async () => {
  const checkpointer = await holding(
    record("bare", { attempts: 0 }),
    record("failed", { status: "failed" }),
    record("odd", { status: "failed", error: { error: 5 } as never }),
  );
  await using runner = await TaskRunner.resume(checkpointer, { keepFailed: true, onTaskError: "continue" });
  const [bare, failed, odd] = ["bare", "failed", "odd"].map((key) => keyed(runner, key).submit(1));
  assertEquals<unknown>(bare!.peek(), {
    id: "bare",
    name: "count",
    status: "completed",
    value: undefined,
    error: undefined,
    attempts: 0,
    finishedAt: bare!.peek()!.finishedAt!,
    ok: true,
  });
  assertEquals([failed!.status, await failed!.exception()], ["failed", undefined]);
  assertEquals(odd!.status, "failed");
  const error = await odd!.exception();
  assertInstanceOf(error, CheckpointError);
  assertStringIncludes(
    error.message,
    `The error that "odd" ended with cannot be restored: TypeError: This is not an envelope`,
  );
  assertEquals((await runner.run()).counts.failed, 2);
});

Deno.test("a listener finds tasks that have finished on record as it finds others", async () => {
  const checkpointer = await holding(record("a", { value: 1 }));
  await using runner = await TaskRunner.resume(checkpointer, { onTaskError: "continue" });
  const failed = runner.submit(() => {
    throw new Error("no");
  });
  await failed.exception();
  const outcomes: unknown[] = [];
  runner.addEventListener("submitted", ({ handle }) => {
    outcomes.push(handle.status, handle.cancel());
    handle.after(failed); // neither ends it nor makes it wait
  });
  runner.addEventListener("completed", ({ handle, status, attempt }) => {
    outcomes.push(handle.id, status, attempt);
  });
  const handle = keyed(runner, "a").submit(5);
  assertEquals(outcomes, ["pending", false, "a", "completed", 1]);
  assertEquals([await handle, handle.dependsOn], [1, [failed]]);
  await runner.run();
});

Deno.test("a record ends a task only if its dependencies end as they did then", async () => {
  const checkpointer = await holding(
    record("late", { value: 1, dependsOn: ["early"], lost: { early: "failed" } }),
    record("later", { value: 2, dependsOn: ["early"] }),
    record("early", { status: "failed" }),
  );
  await using runner = await TaskRunner.resume(checkpointer, { onTaskError: "continue" });
  const early = task({ name: "count" }, () => {
    throw new Error("again");
  }).with({ runner, key: "early" }).submit();
  const after = count.with({ runner, dependsOn: early, onDepFailure: "run-anyway" });
  const late = after.with({ key: "late" }).submit(1);
  const later = after.with({ key: "later" }).submit(1);
  assertEquals([late.status, later.status, late.dependsOn], ["pending", "pending", [early]]);
  await runner.run();
  assertEquals([early.status, await late, late.restored, await later, later.restored], ["failed", 1, true, 10, false]);
});

Deno.test("a key on record stands for one piece of work, however often it is submitted", async () => {
  const checkpointer = await holding(record("a", { value: 1 }));
  await using runner = await TaskRunner.resume(checkpointer);
  const handles = [1, 2, 3].map((x) => keyed(runner, "a").submit(x));
  assertEquals([await Promise.all(handles), new Set(handles).size], [[1, 1, 1], 1]);
});

Deno.test("a dependent that fails as a kept failure does is reported once, as the failure is", async () => {
  const logger = recordingLogger();
  const checkpointer = await holding(record("a", { status: "failed", error: { value: "broken" } }));
  await using runner = await TaskRunner.resume(checkpointer, { keepFailed: true, onTaskError: "log", logger });
  const failed = keyed(runner, "a").submit(1);
  runner.submit(count, failed);
  const report = await runner.run();
  assertEquals([report.counts.failed, logger.lines.map(({ level }) => level)], [2, ["error", "warn"]]);
});

Deno.test("a failure that is kept ends the next run only", async () => {
  const checkpointer = await holding(record("a", { status: "failed", error: { value: "broken" } }));
  await using runner = await TaskRunner.resume(checkpointer, { keepFailed: true });
  const failed = keyed(runner, "a").submit(1);
  const other = runner.submit(count, 1);
  assertEquals(await runner.run().catch((error) => error), "broken");
  assertEquals([failed.status, other.status], ["failed", "cancelled"]);
  const again = runner.submit(count, 1);
  assertEquals((await runner.run()).counts.completed, 1);
  assertEquals(await again, 10);
});

Deno.test("a failure that is kept within a run ends it", async () => {
  const checkpointer = await holding(record("a", { status: "failed", error: { value: "broken" } }));
  await using runner = await TaskRunner.resume(checkpointer, { keepFailed: true });
  const parent = runner.submit(async function parent() {
    await keyed(runner, "a").submit(1);
  });
  assertEquals(await runner.run().catch((error) => error), "broken");
  assertEquals(parent.status, "cancelled");
});

Deno.test("retain holds for tasks that have finished on record, too", async () => {
  const checkpointer = await holding(...Array.from({ length: 50 }, (_, x) => record(`k${x}`, { value: x })));
  await using runner = await TaskRunner.resume(checkpointer, { retain: 10 });
  const served = runner.serve();
  const values = await Promise.all(Array.from({ length: 50 }, (_, x) => keyed(runner, `k${x}`).submit(0)));
  assertEquals([values.at(-1), runner.handles().length], [49, 10]);
  await runner.stop();
  await served;
});

Deno.test("two runs on one MemoryCheckpointer see each other's results", async () => {
  const checkpointer = new MemoryCheckpointer();
  calls.length = 0;
  for (let time = 0; time < 2; time++) {
    await using runner = await TaskRunner.resume(checkpointer);
    assertEquals(await runner.submit(count, 3), 30);
  }
  assertEquals(calls.splice(0), ["count 3"]);
});

Deno.test("records whose parents form a circle, or which are their own, end their tasks and nothing else", async () => {
  const checkpointer = await holding(
    record("own", { value: 1, parent: "own", detached: true }),
    record("one", { value: 2, parent: "two", detached: true }),
    record("two", { value: 3, parent: "one", detached: true }),
    record("left", { status: "running", module: MODULE, parent: "own" }),
    record("round", { status: "running", module: MODULE, parent: "round" }),
  );
  await using runner = await TaskRunner.resume(checkpointer, { onTaskError: "continue" });
  const values = ["own", "one", "two"].map((key) => keyed(runner, key).submit(5));
  assertEquals(await Promise.all(values), [1, 2, 3]);
  assertEquals(runner.orphaned.map(({ id }) => id), ["left", "round"]);
  runner.resubmitOrphans();
  await runner.run();
});

Deno.test("handles and events say whether a task had finished in an earlier run", async () => {
  const checkpointer = new MemoryCheckpointer();
  const works = task({ name: "works" }, () => 1);
  const fails = task({ name: "fails" }, () => {
    throw new Error("down");
  });
  for (const isLater of [false, true]) {
    await using runner = await TaskRunner.resume(checkpointer, { onTaskError: "continue", keepFailed: true });
    const heard: string[] = [];
    for (const type of ["running", "completed", "failed"] as const) {
      runner.addEventListener(type, ({ handle, restored }) => heard.push(`${type} ${handle.name} ${restored}`));
    }
    const handles = [runner.submit(works), runner.submit(fails)];
    await runner.run().catch(() => {});
    const started = isLater ? [] : ["running works false", "running fails false"];
    assertEquals(heard, [...started, `completed works ${isLater}`, `failed fails ${isLater}`]);
    assertEquals(handles.map(({ restored }) => restored), [isLater, isLater]);
  }
});
