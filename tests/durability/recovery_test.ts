import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type Checkpointer,
  CheckpointError,
  currentTask,
  MemoryCheckpointer,
  NonRetryableError,
  RetryAfterError,
  task,
  TaskInterruptedError,
  type TaskRecord,
  TaskRunner,
} from "../../mod.ts";
import { runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { never, tempFolder, until } from "../support.ts";
import { start } from "./support.ts";

async function recordOf(checkpointer: Checkpointer, name: string): Promise<TaskRecord | undefined> {
  return (await Array.fromAsync(checkpointer.load())).find((record) => record.name === name);
}

Deno.test("a task whose body is cut short by its program's end again and again fails in the end", async () => {
  let starts = 0;
  const poison = task({ name: "poison", maxRecoveries: 2, retries: 1 }, () => {
    starts++;
    return never();
  });
  let left = new MemoryCheckpointer();
  for (let kills = 0; kills < 3; kills++) {
    const program = await start(left);
    const handle = program.runner.submit(poison);
    void program.runner.run().catch(() => {});
    await until("the body runs", () => starts === kills + 1);
    assertEquals(handle.attempts, kills + 1);
    left = await program.kill();
  }
  const { runner } = await start(left);
  const handle = runner.submit(poison);
  await runner.run();
  const error = await handle.exception();
  assertInstanceOf(error, TaskInterruptedError);
  assertStringIncludes(error.message, "was cut short 3 times in a row");
  assertEquals(starts, 3);
  await runner.shutdown();
});

Deno.test("run() rejects with the TaskInterruptedError of an orphan that was cut short too often", async () => {
  const store = new MemoryCheckpointer();
  await store.save([{
    id: "poison",
    key: "poison",
    name: "cut-short-too-often",
    module: import.meta.url,
    status: "running",
    attempts: 1,
    args: [],
    dependsOn: [],
    startedAt: 0,
  }]);
  task({ name: "cut-short-too-often", maxRecoveries: 0 }, () => {});
  const { runner } = await start(store, { onTaskError: "raise" });
  const [handle] = runner.resubmitOrphans(); // it fails at once, and so before the run
  const error = await assertRejects(() => runner.run(), TaskInterruptedError, '"poison" was cut short once, as its');
  assertEquals([handle?.id, handle?.status, error.task], ["poison", "failed", "cut-short-too-often"]);
  await runner.shutdown();
});

Deno.test("a start that follows a recovery is on record before the body runs", async () => {
  let starts = 0;
  const poison = task({ name: "poison" }, () => {
    starts++;
    return never();
  });
  let left = new MemoryCheckpointer();
  for (let kills = 0; kills < 4; kills++) {
    const program = await start(left);
    program.runner.submit(poison);
    if (kills === 0) await program.runner.flush();
    void program.runner.run().catch(() => {});
    await until("the body runs", () => starts === kills + 1);
    left = await program.kill({ isAbrupt: kills > 0 });
  }
  assertEquals((await recordOf(left, "poison"))?.recoveries, 3);
});

Deno.test("what a resumed run starts first is on record before its body runs, and nothing else for that", async () => {
  const checkpointer = new ScriptedCheckpointer();
  const onRecord: unknown[] = [];
  const work = task({ name: "work" }, () => {
    const { id } = currentTask()!;
    onRecord.push(checkpointer.saves.flat().filter((record) => record.id === id).map(({ status }) => status));
  });
  // With an interval, nothing else is saved meanwhile, on a busy machine either.
  await using runner = await TaskRunner.resume(checkpointer, { maxWorkers: 1, checkpointInterval: "1h" });
  const handles = Array.from({ length: 3 }, () => runner.submit(work));
  await runner.run();
  assertEquals(onRecord, [["running"], ["ready"], ["ready"]]);
  assertEquals(handles.map(({ status }) => status), ["completed", "completed", "completed"]);
});

Deno.test("waiting for a child, and an orderly end of the program, do not count as being cut short", async () => {
  let parents = 0;
  const child = task({ name: "child" }, () => never());
  const parent = task({ name: "parent", maxRecoveries: 0 }, async () => {
    parents++;
    await child.with({ maxRecoveries: 99 }).submit();
  });
  const idle = task({ name: "idle", maxRecoveries: 0 }, () => never());
  let left = new MemoryCheckpointer();
  for (let round = 0; round < 3; round++) {
    const program = await start(left);
    program.runner.enter();
    const handle = program.runner.submit(parent);
    void program.runner.run().catch(() => {});
    await until("the parent waits", () => handle.explain().includes("waiting for"));
    left = await program.kill();
  }
  assertEquals(parents, 3);
  for (let round = 0; round < 3; round++) {
    const { runner } = await start(left);
    const handle = runner.submit(idle);
    void runner.run().catch(() => {});
    await until("the body runs", () => handle.status === "running");
    await runner.shutdown();
  }
});

Deno.test("a child that is newly recorded starts the count of recoveries again", async () => {
  let steps = 0;
  const step = task({ name: "step" }, (n: number) => n);
  const worker = task({ name: "worker", maxRecoveries: 1 }, async () => {
    for (let n = 0; n <= steps; n++) await step.submit(n);
    await never();
  });
  let left = new MemoryCheckpointer();
  for (; steps < 4; steps++) {
    const program = await start(left);
    program.runner.enter();
    const handle = worker.submit();
    void program.runner.run().catch(() => {});
    await until("all steps are done", () => program.runner.results().filter(({ ok }) => ok).length === steps + 1);
    await until("the worker runs", () => handle.explain().endsWith("runs."));
    left = await program.kill();
  }
  assert(((await recordOf(left, "worker"))?.recoveries ?? 0) <= 1);
});

Deno.test("retries that were used before the program was killed stay used, and a retry waits for its time", async () => {
  const attempts: number[] = [];
  const call = task({ name: "call", retries: 1 }, () => {
    attempts.push(currentTask()!.attempt);
    throw attempts.length === 1 ? new RetryAfterError("busy", { retryAfter: "1h" }) : new Error("still busy");
  });
  let left = new MemoryCheckpointer();
  const program = await start(left);
  const first = program.runner.submit(call);
  void program.runner.run().catch(() => {});
  await until("it waits", () => first.status === "retrying");
  left = await program.kill();
  const { retryAt } = (await recordOf(left, "call"))!;
  const next = await start(left);
  const second = next.runner.submit(call);
  assertEquals([second.status, second.attempts, second.retryAt?.getTime()], ["retrying", 1, retryAt]);
  assertStringIncludes(second.explain(), "failed attempt 1 with RetryAfterError: busy and starts attempt 2 of 2 in ");
  void next.runner.run().catch(() => {});
  const later = await next.kill();
  const records = await Array.fromAsync(later.load(), (record) => ({ ...record, retryAt: Date.now() - 1 }));
  await later.save(records);
  const { runner } = await start(later);
  const third = runner.submit(call);
  await runner.run();
  assertEquals([third.status, attempts], ["failed", [1, 2]]);
  await runner.shutdown();
});

Deno.test("what had failed runs again with all its attempts", async () => {
  let calls = 0;
  const flaky = task({ name: "flaky", retries: 1, backoff: "none" }, () => {
    calls++;
    if (calls < 4) throw new Error("not yet");
    return calls;
  });
  const store = new MemoryCheckpointer();
  for (const expected of ["failed", "completed"]) {
    const { runner } = await start(store);
    const handle = runner.submit(flaky);
    await runner.run();
    assertEquals(handle.status, expected);
    await runner.shutdown();
  }
  assertEquals(calls, 4);
});

Deno.test("records say what a task was submitted with, and orphans are submitted with that again", async () => {
  const defined = task({ name: "defined", retries: 3 }, (_: string): Promise<string> => never());
  const program = await start(new MemoryCheckpointer(), { pools: { db: {} } });
  program.runner.enter();
  const options = {
    name: "given",
    source: "api",
    dedupKey: "d",
    key: "k",
    timeout: "1h",
    priority: 5,
    retries: 1,
  } as const;
  defined.with({ ...options, pool: "db" }).submit("x");
  const left = await program.kill();
  const record = (await recordOf(left, "given"))!;
  assertEquals(
    [record.key, record.dedupKey, record.source, record.definedAs, record.module],
    ["k", "d", "api", "defined", "tests/durability/recovery_test.ts"],
  );
  const { runner } = await start(left, { pools: { db: {} } });
  const [handle] = runner.resubmitOrphans();
  assertEquals([handle!.id, handle!.name, handle!.source, handle!.dedupKey], ["k", "given", "api", "d"]);
  const { timeout, priority, maxAttempts, pool } = (handle as unknown as { spec: { options: Record<string, unknown> } })
    .spec.options;
  assertEquals([timeout, priority, maxAttempts, pool], [3_600_000, 5, 2, "db"]);
  assertEquals(runner.findActive("given", "d"), handle);
  runner.cancelAll();
  await runner.shutdown();
});

Deno.test("options on record that make no sense cost their own task only", async () => {
  task({ name: "odd" }, () => 1);
  const store = new MemoryCheckpointer();
  const record: TaskRecord = {
    id: "a",
    name: "odd",
    module: import.meta.url,
    status: "ready",
    attempts: 0,
    args: [],
    dependsOn: [],
    options: { timeout: "soon", nonsense: 1 },
  };
  await store.save([record, { ...record, id: "b", options: {} }]);
  const { runner } = await start(store);
  assertEquals(runner.resubmitOrphans().map(({ id }) => id), ["b"]);
  assertStringIncludes(runner.orphaned[0]?.reason ?? "", 'task "odd"');
  await runner.run();
  await runner.shutdown();
});

Deno.test("the attempts before the last one are on record, with their errors", async () => {
  const call = task({ name: "call", retries: 3, backoff: "none" }, () => {
    const { attempt } = currentTask()!;
    throw attempt === 3 ? new NonRetryableError("enough") : new Error(`no. ${attempt}`);
  });
  const store = new MemoryCheckpointer();
  const { runner } = await start(store);
  await runner.submit(call).exception();
  await runner.shutdown();
  const record = (await recordOf(store, "call"))!;
  assertEquals(record.history?.map(({ number, error }) => [number, error]), [[1, "Error: no. 1"], [2, "Error: no. 2"]]);
  assert(record.submittedAt! <= record.history![0]!.startedAt);
});

Deno.test("children that a body left unfinished stay in its scope through any number of kills", async () => {
  let isStuck = true;
  const done: number[] = [];
  const page = task({ name: "page" }, (n: number) => {
    if (isStuck && n > 1) return never();
    done.push(n);
    return undefined;
  });
  const crawl = task({ name: "crawl" }, () => {
    for (const n of [1, 2, 3]) void page.submit(n);
  });
  let left = new MemoryCheckpointer();
  for (let kills = 0; kills < 3; kills++) {
    const program = await start(left);
    program.runner.enter();
    const handle = crawl.submit();
    void program.runner.run().catch(() => {});
    await until("the crawl has finished", () => handle.done && program.runner.statistics().running === 2);
    assertEquals(handle.restored, kills > 0);
    left = await program.kill();
    const pages = (await Array.fromAsync(left.load())).filter(({ name }) => name === "page");
    assertEquals(new Set(pages.map(({ parent }) => parent)), new Set([handle.id]));
  }
  isStuck = false;
  const { runner } = await start(left);
  runner.enter();
  crawl.submit();
  assertEquals((await runner.run()).ok, true);
  assertEquals(done.sort(), [1, 2, 3]);
  await runner.shutdown();
});

/** What a body was doing when its program was killed: it waits for a child, of which the step before has completed. */
function interruptedFamily() {
  const ran: string[] = [];
  const state = { isKilled: false, failure: undefined as Error | undefined };
  const step = task({ name: "family-step" }, () => void ran.push("step"));
  const child = task({ name: "family-child" }, async () => {
    ran.push("child");
    await step.submit();
    if (!state.isKilled) await never();
  });
  const parent = task({ name: "family-parent", retries: 0 }, async () => {
    ran.push("parent");
    if (state.failure !== undefined) throw state.failure;
    await child.submit();
  });
  const kill = async (left = new MemoryCheckpointer()) => {
    const program = await start(left);
    program.runner.enter();
    parent.submit();
    void program.runner.run().catch(() => {});
    await until("the step has completed", () => program.runner.statistics().completed === 1);
    state.isKilled = true;
    return await program.kill();
  };
  return { ran, state, parent, kill };
}

Deno.test("what a body had submitted is cancelled with its task, if that is cancelled before the body runs again", async () => {
  const { ran, kill } = interruptedFamily();
  let left = await kill();
  for (const isSecond of [false, true]) {
    const { runner, kill: end } = await start(left);
    const handles = runner.resubmitOrphans();
    assertEquals(handles.map(({ name }) => name), isSecond ? [] : ["family-parent"]);
    for (const handle of handles) handle.cancel();
    assertEquals([runner.orphaned, runner.resubmitOrphans()], [[], []]);
    await runner.run();
    left = await end();
  }
  assertEquals((await recordOf(left, "family-child"))?.status, "cancelled");
  assertEquals(ran, ["parent", "child", "step"]);
});

Deno.test("what a body had completed below it does not run again, though it failed in between", async () => {
  const { ran, state, parent, kill } = interruptedFamily();
  let left = await kill();
  for (const failure of [new Error("not yet"), undefined]) {
    state.failure = failure;
    const { runner, kill: end } = await start(left);
    runner.submit(parent);
    await runner.run();
    assertEquals(runner.orphaned, []);
    left = await end();
  }
  assertEquals(ran, ["parent", "child", "step", "parent", "parent", "child"]);
});

Deno.test("what a body left behind runs, though its end was in the cache and not on record", async () => {
  await using folder = await tempFolder();
  const cache = { path: `${folder.path}/cache` };
  const gate = Promise.withResolvers<void>();
  let [bodies, isKilled, ran] = [0, false, false];
  const child = task({ name: "left-child" }, async () => {
    if (!isKilled) await never();
    ran = true;
  });
  const parent = task({ name: "left-parent", cache: {} }, async () => {
    bodies++;
    child.submit();
    await gate.promise;
    return "done";
  });
  const program = await start(new MemoryCheckpointer(), { cache, checkpointInterval: "1h" });
  program.runner.enter();
  const handle = parent.submit();
  void program.runner.run().catch(() => {});
  await until("the body runs", () => bodies === 1);
  await program.runner.flush();
  gate.resolve();
  assertEquals(await handle, "done");
  const left = await program.kill({ isAbrupt: true });
  isKilled = true;
  assertEquals((await recordOf(left, "left-parent"))?.status, "running");

  const { runner } = await start(left, { cache });
  const again = runner.submit(parent);
  await runner.run();
  assertEquals([await again, again.cached, bodies, ran], ["done", true, 1, true]);
  await runner.shutdown();
});

Deno.test("what a body has submitted is on record before its result can be found in the cache", async () => {
  await using folder = await tempFolder();
  const cache = { path: `${folder.path}/cache` };
  let [bodies, isKilled, ran] = [0, false, false];
  const child = task({ name: "kept-child" }, async () => {
    if (!isKilled) await never();
    ran = true;
  });
  const parent = task({ name: "kept-parent", cache: {} }, () => {
    bodies++;
    child.submit();
    return "done";
  });
  const program = await start(new MemoryCheckpointer(), { cache, checkpointInterval: "1h" });
  program.runner.enter();
  const handle = parent.submit();
  void program.runner.run().catch(() => {});
  assertEquals(await handle, "done");
  const left = await program.kill({ isAbrupt: true });
  isKilled = true;
  const record = await recordOf(left, "kept-parent");
  assertEquals([record?.status, record?.finishedAt], ["running", undefined]);

  const { runner } = await start(left, { cache });
  const again = runner.submit(parent);
  await runner.run();
  assertEquals([await again, again.cached, bodies, ran], ["done", true, 1, true]);
  await runner.shutdown();
});

Deno.test("a result is not kept in the cache if what its body has submitted cannot be saved", async () => {
  await using folder = await tempFolder();
  const cache = { path: `${folder.path}/cache` };
  const child = task({ name: "unsaved-child" }, () => never());
  const parent = task({ name: "unsaved-parent", cache: {} }, () => {
    child.submit();
    return "done";
  });
  const checkpointer = new ScriptedCheckpointer();
  checkpointer.fault = (call) =>
    call.method === "save" && call.records.some(({ name }) => name === "unsaved-child")
      ? new Error("the disk is full")
      : undefined;
  const runner = runnerOn(checkpointer, { cache });
  runner.enter();
  parent.submit();
  await assertRejects(() => runner.run(), CheckpointError, "the disk is full");
  await runner.shutdown();
  await using other = new TaskRunner({ cache });
  const handle = other.submit(parent);
  assertEquals([await handle, handle.cached], ["done", false]);
  other.cancelAll();
});

Deno.test("a child is on record when its parent has ended, also while its result is being kept in the cache", async () => {
  await using folder = await tempFolder();
  const checkpointer = new ScriptedCheckpointer();
  const onRecord = new Map<string, string>();
  let isLate = false;
  checkpointer.fault = (call) => {
    if (call.method !== "save") return;
    for (const { name, status } of call.records) onRecord.set(name, status);
    if (onRecord.get("quick-parent") === "completed") isLate ||= !onRecord.has("cached-child");
  };
  const ended = Promise.withResolvers<void>();
  const child = task({ name: "cached-child", cache: {} }, () => ended.resolve());
  const later = task({ name: "later", startAfter: "1h" }, (_: number) => {});
  const parent = task({ name: "quick-parent" }, async () => {
    const handle = child.submit();
    await ended.promise;
    for (let turns = 0; turns < 100; turns++) await undefined; // no file is written within these
    for (let x = 0; x < 999; x++) later.submit(x); // as many records as are saved at once, with its own
    return handle.explain();
  });
  const runner = runnerOn(checkpointer, {
    cache: { path: `${folder.path}/cache` },
    checkpointInterval: "1h",
    onTaskError: "continue",
  });
  runner.enter();
  const handle = parent.submit();
  const done = runner.run();
  assertStringIncludes(await handle, "has finished; its outcome is being saved");
  await runner.handles().find(({ name }) => name === "cached-child");
  await runner.flush();
  assertEquals([onRecord.get("quick-parent"), onRecord.get("cached-child"), isLate], ["completed", "completed", false]);
  runner.cancelAll();
  await done;
  await runner.shutdown();
});

Deno.test("a child that was tried again after its parent had completed runs once that is submitted in the next program", async () => {
  let [isBroken, runs] = [true, 0];
  const child = task({ name: "retried-child" }, async () => {
    if (isBroken) throw new Error("broken");
    if (++runs === 1) await never();
  });
  const parent = task({ name: "retried-parent" }, async () => (await child.submit().exception()) !== undefined);
  const program = await start(new MemoryCheckpointer());
  program.runner.enter();
  program.runner.submit(parent);
  await program.runner.run();
  isBroken = false;
  assertEquals(program.runner.retryFailed().map(({ name }) => name), ["retried-child"]);
  void program.runner.run().catch(() => {});
  await until("the child runs", () => runs === 1);
  const left = await program.kill();
  const { runner } = await start(left);
  const again = runner.submit(parent);
  await runner.run();
  assertEquals([await again, again.restored, runs, runner.orphaned], [true, true, 2, []]);
  await runner.shutdown();
});

Deno.test("what was accepted by its key is not lost, though a body that had submitted it first decides otherwise", async () => {
  const state = { isKilled: false };
  const work = task({ name: "keyed-work", module: import.meta.url }, async () => {
    if (!state.isKilled) await never();
    return "done";
  });
  const keyed = work.with({ key: "keyed work" });
  const body = task({ name: "keyed-body", module: import.meta.url }, async () => {
    if (!state.isKilled) await keyed.submit();
  });
  const program = await start(new MemoryCheckpointer());
  program.runner.enter();
  const served = program.runner.serve();
  body.submit();
  await until("the work runs", () => program.runner.get("keyed work")?.status === "running");
  await keyed.submit().saved();
  const left = await program.kill();
  await served.catch(() => {});
  state.isKilled = true;
  const { runner, kill } = await start(left);
  runner.resubmitOrphans();
  await runner.run();
  runner.resubmitOrphans();
  await runner.run();
  assertEquals(await runner.get("keyed work")?.result(), "done");
  await kill();
});

Deno.test("what has completed stays on record if it is cancelled before it is known how what it depends on ends", async () => {
  let [runs, isSlow] = [0, false];
  const first = task({ name: "first" }, async () => {
    if (isSlow) await never();
    throw new RangeError("no");
  });
  const second = task({ name: "second", onDepFailure: "run-anyway" }, () => ++runs);
  const submit = (runner: TaskRunner) => second.with({ runner, dependsOn: [first.with({ runner }).submit()] }).submit();
  const program = await start(new MemoryCheckpointer());
  submit(program.runner);
  await program.runner.run();
  const left = await program.kill();

  isSlow = true;
  const next = await start(left);
  const cancelled = submit(next.runner);
  cancelled.cancel();
  assertEquals(cancelled.status, "cancelled");
  const again = await next.kill();
  assertEquals((await recordOf(again, "second"))?.status, "completed");

  isSlow = false;
  const { runner } = await start(again);
  const handle = submit(runner);
  await runner.run();
  assertEquals([await handle, handle.restored, runs], [1, true, 1]);
  await runner.shutdown();
});

Deno.test("what cleans up after a body runs in the next program, though the body that runs again does not submit it", async () => {
  let [isKilled, cleaned] = [false, 0];
  const cleaning = Promise.withResolvers<void>();
  const cleanUp = task({ name: "clean-up" }, async () => {
    if (!isKilled) await never();
    cleaned++;
  });
  const parent = task({ name: "cleaned-up-parent" }, async () => {
    if (isKilled) return;
    const { signal } = currentTask()!;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    cleanUp.submit();
    cleaning.resolve();
  });
  const program = await start(new MemoryCheckpointer());
  program.runner.enter();
  const handle = parent.submit();
  void program.runner.run().catch(() => {});
  await until("the body runs", () => handle.status === "running");
  handle.cancel();
  await cleaning.promise;
  const left = await program.kill();
  isKilled = true;

  const { runner } = await start(left);
  runner.submit(parent);
  assertEquals(runner.resubmitOrphans().map(({ name }) => name), ["clean-up"]);
  await runner.run();
  assertEquals([cleaned, runner.orphaned], [1, []]);
  await runner.shutdown();
});
