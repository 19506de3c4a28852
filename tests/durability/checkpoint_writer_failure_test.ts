import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  type ByteCodec,
  type Checkpointer,
  CheckpointError,
  currentTask,
  MemoryCheckpointer,
  Scheduler,
  task,
  TaskCancelledError,
  type TaskRecord,
  TaskRunner,
} from "../../mod.ts";
import { runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { errorOf, recordingLogger, settle, until } from "../support.ts";
import { assertAtRest, recordEvents } from "../runner/support.ts";
import { JOB_RECORDS } from "../../src/runner/job_records.ts";

const five = task({ name: "five" }, () => 5);
const double = task({ name: "double" }, (x: number) => 2 * x);

/** What a checkpointer on a full disk throws. */
const FULL = new CheckpointError("Cannot write to state.jsonl: the disk is full");

function failingFrom(first: number, error: unknown = FULL): ScriptedCheckpointer {
  const checkpointer = new ScriptedCheckpointer();
  checkpointer.fault = ({ method }, save) => method === "save" && save >= first ? error : undefined;
  return checkpointer;
}

async function assertUnusable(runner: TaskRunner, cause: unknown): Promise<void> {
  assertStrictEquals(await errorOf(() => runner.run()), cause);
  assertStrictEquals(await errorOf(() => runner.serve()), cause);
  const error = await runner.submit(five).exception();
  assertInstanceOf(error, TaskCancelledError);
  assertStrictEquals(error.reason, cause);
}

Deno.test("run() rejects if a save fails, with nothing reported as completed that is not saved", async () => {
  for (const first of [1, 2, 3, 4]) {
    for (const onTaskError of ["raise", "log", "continue"] as const) {
      const checkpointer = failingFrom(first);
      await using runner = runnerOn(checkpointer, { onTaskError, maxWorkers: 2 });
      const seen = recordEvents(runner);
      const handles = Array.from({ length: 6 }, (_, x) => runner.submit(double, x));
      const chain = [runner.submit(five)];
      while (chain.length < 6) chain.push(runner.submit(double, chain.at(-1)!));
      const endless = runner.submit(async function endless() {
        const { signal } = currentTask()!;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      });
      assertStrictEquals(await errorOf(() => runner.run()), FULL);
      const statuses = await checkpointer.statuses();
      for (const { id, status, done } of [...handles, ...chain, endless]) {
        assert(done, id);
        if (status === "completed") assertEquals(statuses[id], "completed", id);
        if (seen.includes(`completed ${id}`)) assertEquals(statuses[id], "completed", id);
      }
      assertEquals(endless.status, "cancelled");
      assertEquals(checkpointer.count("save"), first, "nothing is saved after that");
      await assertUnusable(runner, FULL);
      assertAtRest(runner);
      await runner.shutdown(); // was told already
      assertEquals(checkpointer.count("dispose"), 1);
    }
  }
});

Deno.test("a task whose end could not be saved fails, and says so", async () => {
  const checkpointer = failingFrom(1);
  await using runner = runnerOn(checkpointer, { onTaskError: "continue" });
  const handle = runner.submit(five);
  const dependent = runner.submit(double, handle);
  await assertRejects(() => runner.run(), CheckpointError);
  const error = await handle.exception();
  assertInstanceOf(error, CheckpointError);
  assertEquals(error.message, `"${handle.id}" finished, but its outcome could not be saved: ${FULL.message}`);
  assertStrictEquals(error.cause, FULL);
  assertEquals([handle.status, dependent.status], ["failed", "failed"]);
});

Deno.test("what a checkpointer throws becomes the cause of a CheckpointError", async () => {
  const cause = new TypeError("no idea");
  await using runner = runnerOn(failingFrom(1, cause));
  runner.submit(five);
  const error = await assertRejects(() => runner.run(), CheckpointError);
  assertEquals([error.message, error.cause], ["The checkpointer cannot save: TypeError: no idea", cause]);
});

Deno.test("a save that fails before run() makes run() reject", async () => {
  const checkpointer = failingFrom(1);
  await using runner = runnerOn(checkpointer);
  const handle = runner.submit(five);
  await settle();
  assertEquals(handle.status, "cancelled");
  await assertUnusable(runner, FULL);
});

Deno.test("serve() rejects if a save fails, and later calls do not wait forever", async () => {
  const checkpointer = failingFrom(2);
  await using runner = runnerOn(checkpointer);
  const served = errorOf(() => runner.serve());
  assertEquals(await runner.submit(double, 1), 2);
  const lost = runner.submit(double, 2);
  assertInstanceOf(await lost.exception(), CheckpointError);
  assertStrictEquals(await served, FULL);
  await runner.stop();
  await assertUnusable(runner, FULL);
});

Deno.test("stop() does not reject with what serve() does", async () => {
  const checkpointer = failingFrom(1);
  await using runner = runnerOn(checkpointer);
  const served = errorOf(() => runner.serve());
  runner.submit(double, 1);
  await runner.stop();
  assertStrictEquals(await served, FULL);
});

Deno.test("awaited handles reject if a save fails, and the shutdown does not say so once more", async () => {
  const checkpointer = failingFrom(2);
  const runner = runnerOn(checkpointer);
  assertEquals(await runner.submit(double, 1), 2);
  assertInstanceOf(await runner.submit(double, 2).exception(), CheckpointError);
  await runner.shutdown();
  assertEquals(checkpointer.count("dispose"), 1);
});

Deno.test("the shutdown reports a save that failed after tasks had ended", async () => {
  using time = new FakeTime();
  for (const when of ["before", "at"] as const) {
    const checkpointer = failingFrom(1);
    const runner = runnerOn(checkpointer, { checkpointInterval: "1s" });
    assertEquals(await runner.submit(double, 1), 2);
    if (when === "before") time.tick(1_000);
    await settle();
    assertStrictEquals(await errorOf(() => runner.shutdown()), FULL);
    assertEquals(checkpointer.count("dispose"), 1);
  }
});

for (const what of ["flush", "saved"] as const) {
  Deno.test(`the shutdown does not report again what ${what}() has reported`, async () => {
    const runner = runnerOn(failingFrom(1));
    const handle = runner.submit(five);
    assertStrictEquals(await errorOf(() => what === "saved" ? handle.saved() : runner.flush()), FULL);
    await runner.shutdown();
  });
}

Deno.test("the shutdown reports a save that failed, also if saved() has reported that a record could not be kept", async () => {
  const checkpointer = new ScriptedCheckpointer();
  const runner = runnerOn(checkpointer, { onTaskError: "continue" });
  const large = runner.submit(double, 1);
  const tooLarge = new CheckpointError("too large", { unsavable: [large.id] });
  let saves = 0;
  checkpointer.fault = ({ method }) => method === "save" && saves++ === 0 ? tooLarge : undefined;
  assertInstanceOf(await errorOf(() => large.saved()), CheckpointError);
  await until("it is saved without what it was submitted with", () => saves > 1);
  checkpointer.fault = ({ method }) => method === "save" ? FULL : undefined;
  runner.submit(five);
  assertStrictEquals(await errorOf(() => runner.shutdown()), FULL);
});

Deno.test("the first error counts where the checkpointer cannot be closed either", async () => {
  const checkpointer = failingFrom(1);
  const { fault } = checkpointer;
  checkpointer.fault = (call, save) => call.method === "dispose" ? new Error("stuck") : fault(call, save);
  const runner = runnerOn(checkpointer);
  runner.submit(five);
  assertStrictEquals(await errorOf(() => runner.shutdown()), FULL);
  const told = runnerOn(checkpointer);
  told.submit(five);
  assertStrictEquals(await errorOf(() => told.run()), FULL);
  await told.shutdown();
});

Deno.test("with a checkpointInterval run() rejects if the last save fails", async () => {
  const checkpointer = failingFrom(1);
  await using runner = runnerOn(checkpointer, { checkpointInterval: "1h" });
  const handle = runner.submit(five);
  assertStrictEquals(await errorOf(() => runner.run()), FULL);
  assertEquals(handle.status, "completed");
  await assertUnusable(runner, FULL);
});

Deno.test("bodies that wait for a task whose end cannot be saved are told", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { maxWorkers: 1 });
  let told: unknown;
  const parent = runner.submit(async function parent() {
    await runner.submit(five);
    // That it is unfinished can be saved: on a busy machine it is.
    checkpointer.fault = (call) =>
      call.method === "save" && call.records.some(({ name, status }) => name === "double" && status === "completed")
        ? FULL
        : undefined;
    told = await runner.submit(double, 2).exception();
  });
  assertStrictEquals(await errorOf(() => runner.run()), FULL);
  await settle();
  assertInstanceOf(told, CheckpointError);
  assertEquals(parent.status, "cancelled");
});

Deno.test("a record that cannot be removed is like one that cannot be saved", async () => {
  const checkpointer = new ScriptedCheckpointer();
  checkpointer.fault = ({ method }) => method === "delete" ? FULL : undefined;
  await using runner = runnerOn(checkpointer);
  const handle = runner.submit(five);
  runner[JOB_RECORDS]().deleteState("whatever");
  assertStrictEquals(await errorOf(() => runner.run()), FULL);
  assertEquals(handle.status, (await checkpointer.statuses())[handle.id] === "completed" ? "completed" : "cancelled");
  assertEquals(checkpointer.count("delete"), 1);
  await assertUnusable(runner, FULL);
});

Deno.test("a result that a checkpointer cannot keep costs its own task only", async () => {
  class Narrow extends MemoryCheckpointer {
    override async save(records: readonly TaskRecord[]): Promise<void> {
      const unsavable = records.filter(({ value }) => value === "large").map(({ id }) => id);
      if (unsavable.length > 0) throw new CheckpointError("A value is too large", { unsavable });
      await super.save(records);
    }
  }
  const checkpointer = new Narrow();
  await using runner = new TaskRunner({ checkpointer, onTaskError: "continue" });
  const say = task({ name: "say" }, (word: string) => word);
  const handles = ["small", "large", "medium"].map((word) => runner.submit(say, word));
  const report = await runner.run();
  assertEquals(handles.map(({ status }) => status), ["completed", "failed", "completed"]);
  assertInstanceOf(await handles[1]!.exception(), CheckpointError);
  assertEquals([report.ok, report.counts.completed, report.counts.cancelled], [false, 2, 0]);
  const statuses = (await Array.fromAsync(checkpointer.load())).map(({ status }) => status);
  assertEquals(statuses.sort(), ["completed", "completed", "failed"]);
});

/** A checkpointer that cannot keep anything. */
function keepingNothing(): MemoryCheckpointer {
  const codec: ByteCodec = {
    encode() {
      throw new RangeError("no key");
    },
    decode: (bytes) => bytes,
  };
  return new MemoryCheckpointer({ codec });
}

Deno.test("a checkpointer that keeps not even that a task has failed ends the run", async () => {
  for (const onTaskError of ["raise", "continue"] as const) {
    const { lines: _, ...logger } = recordingLogger();
    await using runner = new TaskRunner({ checkpointer: keepingNothing(), onTaskError, logger });
    const handle = runner.submit(double, runner.submit(five));
    const error = await assertRejects(() => runner.run(), CheckpointError, "no key");
    assertEquals([error.reason, handle.status], ["unsavable", "failed"]);
  }
});

Deno.test("it ends a run that begins after that was found out as well", async () => {
  for (const onTaskError of ["raise", "continue"] as const) {
    const { lines: _, ...logger } = recordingLogger();
    await using runner = new TaskRunner({ checkpointer: keepingNothing(), onTaskError, logger });
    const handle = runner.submit(double, runner.submit(five));
    await until("the task is refused", () => handle.done);
    const error = await assertRejects(() => runner.run(), CheckpointError, "no key");
    assertEquals([error.reason, handle.status], ["unsavable", "failed"]);
  }
});

Deno.test("a task that could not be saved before the run began ends it, as any failure does", async () => {
  class Narrow extends MemoryCheckpointer {
    override async save(records: readonly TaskRecord[]): Promise<void> {
      const unsavable = records.filter(({ args }) => args.includes("large")).map(({ id }) => id);
      if (unsavable.length > 0) throw new CheckpointError("Too large", { unsavable });
      await super.save(records);
    }
  }
  await using runner = new TaskRunner({ checkpointer: new Narrow() });
  const say = task({ name: "say" }, (word: string) => word);
  const handle = runner.submit(say, "large");
  await until("the task is refused", () => handle.done);
  await assertRejects(() => runner.run(), CheckpointError, "Too large");
});

Deno.test("a record of a job that a checkpointer cannot keep ends the run", async () => {
  await using runner = new TaskRunner({ checkpointer: keepingNothing() });
  await using scheduler = new Scheduler({ runner });
  scheduler.every("1h").do(five).pause();
  const error = await assertRejects(() => runner.run(), CheckpointError, "no key");
  assertEquals(error.reason, "unsavable");
});

Deno.test("with a checkpointInterval it is logged that a task which has completed cannot be saved", async () => {
  const { lines, ...logger } = recordingLogger();
  await using runner = new TaskRunner({ checkpointer: keepingNothing(), checkpointInterval: "1m", logger });
  const handle = runner.submit(five);
  assertEquals((await runner.run()).ok, true);
  assertEquals(lines.map(({ level }) => level), ["error"]);
  const [message] = lines[0]!.data;
  assertStringIncludes(String(message), `"${handle.id}" completed, which is not on record, as it cannot be saved: `);
});

/** What a checkpointer may answer when it is asked whether it is still this runner's, but for what it should. */
const FAILING_CONFIRMS: readonly (readonly [how: string, confirm: () => Promise<void>])[] = [
  ["rejects", () => Promise.reject(new Error("no answer"))],
  ["throws", () => {
    throw new Error("no answer");
  }],
];

for (const [how, confirm] of FAILING_CONFIRMS) {
  Deno.test(`a run ends if confirm() ${how}, and no body starts`, async () => {
    const checkpointer = Object.assign(new ScriptedCheckpointer(), { confirm });
    await using runner = runnerOn(checkpointer);
    let starts = 0;
    const handles = [1, 2].map((x) => runner.submit(task({ name: `unconfirmed-${x}` }, () => starts++)));
    const error = await errorOf(() => runner.run());
    assertInstanceOf(error, CheckpointError);
    assertStringIncludes(error.message, "cannot confirm that the checkpoint is still this runner's: Error: no answer");
    assertEquals([starts, ...handles.map(({ status }) => status)], [0, "cancelled", "cancelled"]);
    assertAtRest(runner);
  });
}

Deno.test("a checkpointer that answers confirm() with something else than a promise has confirmed it", async () => {
  for (const answer of [null, true, {}]) {
    const checkpointer = Object.assign(new ScriptedCheckpointer(), { confirm: () => answer as unknown as undefined });
    await using runner = runnerOn(checkpointer);
    assertEquals(await runner.submit(double, 2), 4);
  }
});

Deno.test("a run ends if attend() rejects, or says at once that the checkpoint is lost", async () => {
  const lost = new CheckpointError("Another runner has it");
  const attends: readonly (readonly [NonNullable<Checkpointer["attend"]>, string])[] = [
    [() => Promise.reject(new Error("no attendance")) as unknown as void, "attend to its runner: Error: no attendance"],
    [(attendant) => attendant.lost(lost), lost.message],
  ];
  for (const [attend, message] of attends) {
    const checkpointer = Object.assign(new ScriptedCheckpointer(), { attend });
    await using runner = runnerOn(checkpointer);
    const handle = runner.submit(five);
    const error = await errorOf(() => runner.run());
    assertInstanceOf(error, CheckpointError);
    assertStringIncludes(error.message, message);
    assertEquals(handle.status, "cancelled");
    assertAtRest(runner);
  }
});

Deno.test("a run ends if a request that was carried out cannot be removed: the next run would do it again", async () => {
  const checkpointer = Object.assign(new ScriptedCheckpointer(), {
    requests: () => Promise.resolve([{ kind: "cancel", id: "request-1", task: "unknown#1" } as const]),
    answer: () => Promise.reject(new Error("no room")),
  });
  await using runner = runnerOn(checkpointer);
  const error = await errorOf(() => runner.serve());
  assertInstanceOf(error, CheckpointError);
  assertStringIncludes(error.message, 'cannot remove the request "request-1": Error: no room');
});

Deno.test("a checkpointer that cannot say its codec any more is not asked again", async () => {
  const checkpointer = new MemoryCheckpointer();
  await using runner = new TaskRunner({ checkpointer });
  Object.defineProperty(checkpointer, "codec", {
    get() {
      throw new Error("no codec");
    },
  });
  assertEquals(await runner.submit(double, 2), 4);
});
