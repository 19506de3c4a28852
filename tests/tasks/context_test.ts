import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { currentTask, task, TaskCancelledError, type TaskContext, TaskRunner } from "../../mod.ts";
import { Context, type ContextSource } from "../../src/tasks/context.ts";
import { recordingLogger, sleep, turn } from "../support.ts";

/** A context with a source that notes what it is told. */
function makeContext(abortReason?: unknown) {
  const told: unknown[][] = [];
  const source: ContextSource = {
    id: "load#1",
    name: "load",
    number: 2,
    signal: new AbortController().signal,
    abortReason,
    progress: (...report) => void told.push(report),
    log: (level, data) => void told.push([level, ...data]),
  };
  return { context: new Context(source), source, told };
}

Deno.test("Context shows id, name, attempt and signal", () => {
  const { context, source } = makeContext();
  const { id, name, attempt, cancelled } = context;
  assertEquals({ id, name, attempt, cancelled }, { id: "load#1", name: "load", attempt: 2, cancelled: false });
  assertStrictEquals(context.signal, source.signal);
});

for (const [given, reported] of [[0.5, 0.5], [0, 0], [1, 1], [-3, 0], [7, 1], [Infinity, 1], [-Infinity, 0]]) {
  Deno.test(`Context.progress() reports ${given} as ${reported}`, () => {
    const { context, told } = makeContext();
    context.progress(given!, "half way");
    assertEquals(told, [[reported, "half way"]]);
  });
}

for (const wrong of [NaN, "0.5", undefined, null, 1n, Symbol("half")]) {
  Deno.test(`Context.progress() rejects ${Deno.inspect(wrong)}`, () => {
    const { context, told } = makeContext();
    assertThrows(() => context.progress(wrong as unknown as number), TypeError, 'progress of "load#1"');
    assertEquals(told, []);
  });
}

Deno.test("Context.throwIfCancelled() does nothing while the attempt continues", () => {
  makeContext().context.throwIfCancelled();
});

Deno.test("Context.throwIfCancelled() throws a TaskCancelledError with the reason", () => {
  for (const reason of ["enough", 0, false, null]) {
    const { context } = makeContext(reason);
    assertEquals(context.cancelled, true);
    const error = assertThrows(() => context.throwIfCancelled(), TaskCancelledError);
    assertEquals([error.reason, error.task], [reason, "load"]);
  }
});

Deno.test("Context.throwIfCancelled() throws the error of the engine itself", () => {
  const reason = new TaskCancelledError("cancelled");
  assertStrictEquals(assertThrows(() => makeContext(reason).context.throwIfCancelled()), reason);
});

Deno.test("Context.log writes at level info, and at each level by name", () => {
  const { context, told } = makeContext();
  const { log } = context;
  log("a", 1);
  for (const level of ["debug", "info", "warn", "error"] as const) log[level](level);
  assertEquals(told, [
    ["info", "a", 1],
    ["debug", "debug"],
    ["info", "info"],
    ["warn", "warn"],
    ["error", "error"],
  ]);
  assertStrictEquals(context.log, log);
});

Deno.test("currentTask() shows the body its own task", async () => {
  await using runner = new TaskRunner();
  const look = task({ name: "look", retries: 1, backoff: "none" }, () => {
    const { id, name, attempt, cancelled, signal } = currentTask()!;
    if (attempt === 1) throw new Error("once more");
    return { id, name, attempt, cancelled, aborted: signal.aborted };
  });
  const handle = look.with({ runner, key: "here" }).submit();
  assertEquals(await handle, { id: "here", name: "look", attempt: 2, cancelled: false, aborted: false });
});

Deno.test("currentTask() is the same object throughout an attempt", async () => {
  await using runner = new TaskRunner();
  assert(
    await runner.submit(async () => {
      const before = currentTask();
      await Promise.resolve();
      return before === currentTask() && before?.signal === currentTask()?.signal;
    }),
  );
});

Deno.test("currentTask() reaches timers, microtasks and continuations of the body", async () => {
  await using runner = new TaskRunner();
  const seen = await runner.submit(async function wanderer() {
    const name = () => currentTask()?.name;
    return [
      await new Promise((resolve) => setTimeout(() => resolve(name()), 0)),
      await new Promise((resolve) => queueMicrotask(() => resolve(name()))),
      await new Promise((resolve) => setImmediate(() => resolve(name()))),
      await Promise.resolve().then(name),
      await runner.submit(() => 1).then(name),
    ];
  });
  assertEquals(seen, Array(5).fill("wanderer"));
});

Deno.test("currentTask() tells tasks apart that run at the same time", async () => {
  await using runner = new TaskRunner();
  const who = task(async function who(_number: number) {
    const before = currentTask()?.id;
    await sleep(0);
    return [before, currentTask()?.id];
  });
  const handles = runner.use(() => who.map([1, 2, 3]));
  assertEquals(await Promise.all(handles), handles.map(({ id }) => [id, id]));
});

Deno.test("currentTask() is undefined outside, also for who awaits a handle and who listens", async () => {
  await using runner = new TaskRunner();
  const seen: (TaskContext | undefined)[] = [currentTask()];
  runner.addEventListener("completed", () => seen.push(currentTask()));
  await runner.submit(() => {});
  seen.push(currentTask());
  assertEquals(seen, [undefined, undefined, undefined]);
});

Deno.test("currentTask() is undefined once the body has ended", async () => {
  await using runner = new TaskRunner();
  const { promise, resolve } = Promise.withResolvers<void>();
  let after: unknown = "not asked";
  await runner.submit(() => {
    promise.then(() => after = currentTask());
  });
  resolve();
  await promise;
  assertEquals(after, undefined);
});

Deno.test("currentTask() lasts after a cancel until the body has ended", async () => {
  await using runner = new TaskRunner();
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<unknown[]>();
  const handle = runner.submit(async () => {
    await promise;
    const { cancelled, signal } = currentTask()!;
    seen.resolve([cancelled, signal.aborted, signal.reason]);
  });
  handle.exception();
  await turn();
  handle.cancel("enough");
  resolve();
  assertEquals(await seen.promise, [true, true, "enough"]);
});

Deno.test("a body that was cancelled without a reason finds a TaskCancelledError", async () => {
  await using runner = new TaskRunner();
  const { promise, resolve } = Promise.withResolvers<TaskContext>();
  const handle = runner.submit(async () => {
    const context = currentTask()!;
    resolve(context);
    await new Promise((done) => context.signal.addEventListener("abort", done));
  });
  handle.exception();
  const context = await promise;
  handle.cancel();
  assertInstanceOf(context.signal.reason, TaskCancelledError);
  assertStrictEquals(assertThrows(() => context.throwIfCancelled()), context.signal.reason);
});

Deno.test("currentTask().progress() shows on the handle", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => {
    currentTask()!.progress(5, "nearly");
    currentTask()!.progress(0.25);
    assertEquals([handle.progress, handle.progressMessage], [0.25, undefined]);
  });
  assertEquals([handle.progress, handle.progressMessage], [0, undefined]);
  await handle;
  assertEquals([handle.progress, handle.progressMessage], [1, undefined]); // it has completed
});

Deno.test("currentTask().log writes to the runner's logger, with the task's id in front", async () => {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger });
  const handle = runner.submit(() => {
    currentTask()!.log("started", { x: 1 });
    currentTask()!.log.warn("slow");
  });
  await handle;
  assertEquals(logger.lines, [
    { level: "info", data: [`[${handle.id}]`, "started", { x: 1 }] },
    { level: "warn", data: [`[${handle.id}]`, "slow"] },
  ]);
});
