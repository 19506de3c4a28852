import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { join } from "node:path";
import {
  FileCheckpointer,
  MemoryCheckpointer,
  type Task,
  task,
  TaskBase,
  type TaskCache,
  TaskError,
  type TaskHandle,
  TaskRunner,
  type TaskRunnerOptions,
} from "../../mod.ts";
import { recordingLogger, tempFolder, turn } from "../support.ts";
import { cachedAsync, cachedInProcess, cachedOnThread, copyOnThread } from "./cached_tasks.ts";
import { assertAtRest, recordEvents } from "./support.ts";

/** A runner whose cache is in a folder. */
function runnerIn(folder: { readonly path: string }, options: TaskRunnerOptions = {}): TaskRunner {
  return new TaskRunner({ ...options, cache: { path: join(folder.path, "cache"), ...options.cache } });
}

/** A task with a cache, and how often its body has run. */
function counted(
  cache: TaskCache<[x: number]> = {},
  options = {},
): { task: Task<[x: number], number>; calls(): number } {
  let calls = 0;
  const made = task({ name: "counted", cache, ...options }, (x: number) => (calls++, x * x));
  return { task: made, calls: () => calls };
}

Deno.test("a result is reused by a later submission, and in a later run", async () => {
  await using folder = await tempFolder();
  const { task: square, calls } = counted();
  for (let round = 0; round < 2; round++) {
    await using runner = runnerIn(folder);
    const handles = [runner.submit(square, 2), runner.submit(square, 3)];
    assertEquals(await Promise.all(handles), [4, 9]);
    const again = runner.submit(square, 2);
    assertEquals([await again, again.cached, again.attempts, again.restored], [4, true, 0, false]);
    assertEquals(handles.map(({ cached }) => cached), [round > 0, round > 0]);
    assertAtRest(runner);
  }
  assertEquals(calls(), 2);
});

Deno.test("explain(), events and results say that a result is one of the cache", async () => {
  await using folder = await tempFolder();
  const { task: square } = counted();
  await using runner = runnerIn(folder);
  const first = runner.submit(square, 2);
  assertEquals(first.explain(), `"counted#1" waits until it is looked up in the cache.`);
  await first;
  const events = recordEvents(runner);
  const cached: boolean[] = [];
  runner.addEventListener("completed", (event) => cached.push(event.cached));
  const second = runner.submit(square, 2);
  const result = await second.getResult();
  assertEquals(second.explain(), `"counted#2" completed with a result of the cache.`);
  assertEquals([result.ok, result.cached, result.attempts, result.startedAt], [true, true, 0, undefined]);
  assertEquals((await first.getResult()).cached, undefined);
  assertEquals(events, ["submitted counted#2", "completed counted#2"]);
  assertEquals(cached, [true]);
});

Deno.test("values of a cache are copies, of all kinds that structured clone keeps, and errors", async () => {
  await using folder = await tempFolder();
  const value = {
    map: new Map([[1, new Date(5)]]),
    bytes: new Uint8Array([1, 2]),
    error: new RangeError("far"),
    u: undefined,
  };
  const make = task({ name: "make", cache: {} }, () => value);
  await using runner = runnerIn(folder);
  assert(await runner.submit(make) === value);
  const first = await runner.submit(make);
  const second = await runner.submit(make);
  assertEquals(first, value);
  assertInstanceOf(first.error, RangeError);
  assert(first !== value && first !== second);
});

for (const cached of [cachedAsync, cachedOnThread, cachedInProcess]) {
  Deno.test(`results of ${cached.name} are reused`, async () => {
    await using folder = await tempFolder();
    await using runner = runnerIn(folder, { maxWorkers: 2 });
    const before = await Promise.all(cached.with({ runner }).map([1, 2, 3]));
    const handles = cached.with({ runner }).map([1, 2, 3, 4]);
    const after = await Promise.all(handles);
    assertEquals(after.slice(0, 3), before);
    assertEquals(handles.map((handle) => handle.cached), [true, true, true, false]);
  });
}

Deno.test("another key, version, name or module is another result", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const { task: square, calls } = counted();
  const variants = [
    square,
    square.with({ version: "2" }),
    square.with({ name: "other" }),
    square.with({ module: "https://a.example/tasks.ts" }),
    square.with({ cache: { key: (x) => `${x}` } }),
  ];
  for (let round = 0; round < 2; round++) {
    for (const variant of variants) assertEquals(await runner.submit(variant, 5), 25);
  }
  assertEquals(calls(), variants.length);
});

Deno.test("a key decides, and is made once, of the values of handles", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const keyed: number[] = [];
  const { task: square, calls } = counted({ key: (x) => (keyed.push(x), x % 2 === 0 ? "even" : "odd") });
  const four = runner.submit(task({ name: "four" }, () => 4));
  assertEquals(await runner.submit(square, four), 16);
  assertEquals(await runner.submit(square, 2), 16);
  assertEquals(await runner.submit(square, 3), 9);
  assertEquals([keyed, calls()], [[4, 2, 3], 2]);
});

Deno.test("a result expires, and with expires: 0 the body always runs", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const { task: square, calls } = counted();
  await runner.submit(square, 2);
  await runner.submit(square.with({ cache: { expires: 0 } }), 2);
  assertEquals(calls(), 2);
  await runner.submit(square.with({ cache: { expires: "1d" } }), 2);
  assertEquals(calls(), 2);
  const now = Date.now;
  Date.now = () => now() + 86_400_000;
  try {
    await runner.submit(square.with({ cache: { expires: "1d" } }), 2);
  } finally {
    Date.now = now;
  }
  assertEquals(calls(), 3);
});

Deno.test("failures are not kept, and what a later attempt returns is", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder, { onTaskError: "continue" });
  let calls = 0;
  const flaky = task({ name: "flaky", cache: {} }, () => {
    if (++calls % 2 === 1) throw new Error(`call ${calls}`);
    return calls;
  });
  await assertRejects(() => runner.submit(flaky).result(), Error, "call 1");
  assertEquals(await runner.submit(flaky), 2);
  const patient = flaky.with({ name: "patient", retries: 1, backoff: "none" });
  assertEquals(await runner.submit(patient), 4);
  assertEquals([await runner.submit(flaky), await runner.submit(patient), calls], [2, 4, 4]);
});

Deno.test("a task whose result is reused takes no slot, and does not count for limits", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder, { maxWorkers: 1 });
  const { task: square, calls } = counted({}, { throttle: { limit: 1, period: "1h" }, concurrency: 1 });
  await runner.submit(square, 1);
  const { promise, resolve } = Promise.withResolvers<void>();
  const holder = runner.submit(task({ name: "hold-the-slot" }, () => promise));
  runner.pause();
  const cached = square.with({ runner }).map([1, 1, 1]);
  assertEquals(await Promise.all(cached), [1, 1, 1]);
  runner.unpause();
  resolve();
  await holder;
  const late = runner.submit(square, 2);
  await turn();
  late.cancel();
  assertEquals(calls(), 1);
});

Deno.test("a cached task waits for its dependencies, and those for it", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const order: string[] = [];
  const { task: square } = counted();
  const note = task({ name: "note" }, (text: string, ..._: unknown[]) => void order.push(text));
  await runner.submit(square, 2);
  const before = runner.submit(note, "before");
  const cached = runner.submit(square, 2);
  cached.after(before);
  runner.addEventListener("completed", ({ handle }) => handle === cached && order.push("cached"));
  await runner.submit(note, "after", cached);
  assertEquals(order, ["before", "cached", "after"]);
  const fail = task({ name: "fail" }, () => {
    throw new Error("no");
  });
  const lost = square.with({ runner, dependsOn: runner.submit(fail) }).submit(2);
  assertEquals((await lost.getResult()).status, "failed");
});

Deno.test("bodies wait for cached tasks, in a strict pool too", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder, { pools: { one: { maxWorkers: 1, strict: true } } });
  const { task: square } = counted();
  await runner.submit(square, 3);
  const outer = task({ name: "outer", pool: "one" }, async (x: number) => await square.submit(x) + 1);
  assertEquals(await Promise.all([runner.submit(outer, 3), runner.submit(outer, 3)]), [10, 10]);
});

Deno.test("a task is cancelled, or fails at its deadline, as it waits to be looked up", async () => {
  await using folder = await tempFolder();
  const { task: square, calls } = counted();
  await using runner = runnerIn(folder, { onTaskError: "continue" });
  const [first, second] = [runner.submit(square, 1), runner.submit(square, 2)];
  assert(first.cancel("not needed"));
  const running = runner.run();
  assert(second.cancel("nor this"), "it is being looked up");
  await running;
  assertEquals([first.status, second.status, calls()], ["cancelled", "cancelled", 0]);
  const late = square.with({ runner, deadline: new Date(Date.now() - 1) }).submit(3);
  assertEquals((await late.getResult()).status, "failed");
});

Deno.test("results are reused with a checkpointer, and then are on record", async () => {
  await using folder = await tempFolder();
  const cache = { path: join(folder.path, "cache") };
  const memory = new MemoryCheckpointer();
  for (const store of [() => memory, () => new FileCheckpointer(folder.file())]) {
    const { task: square, calls } = counted();
    {
      await using runner = new TaskRunner({ cache });
      await runner.submit(square, 2);
    }
    {
      await using runner = new TaskRunner({ cache, checkpointer: store() });
      const handle = runner.submit(square, 2);
      assertEquals([await handle, handle.cached], [4, true]);
    }
    await Deno.remove(cache.path, { recursive: true });
    await using runner = await TaskRunner.resume(store(), { cache });
    const handle = runner.submit(square, 2);
    assertEquals([await handle, handle.cached, handle.restored, calls()], [4, false, true, 1]);
  }
});

Deno.test("a task that an earlier run has left is looked up", async () => {
  await using folder = await tempFolder();
  const { task: square, calls } = counted();
  const checkpointer = new MemoryCheckpointer();
  {
    await using runner = runnerIn(folder, { checkpointer });
    await runner.submit(square, 5).saved();
  }
  {
    await using runner = runnerIn(folder);
    await runner.submit(square, 5);
  }
  await using runner = await TaskRunner.resume(checkpointer, { cache: { path: join(folder.path, "cache") } });
  const handle = runner.submit(square, 5);
  assertEquals([await handle, handle.cached, calls()], [25, true, 1]);
});

Deno.test("a value of the cache that a checkpointer cannot keep fails its task, as one of the body does", async () => {
  await using folder = await tempFolder();
  const make = task({ name: "make-map", cache: {} }, () => new Map([[1, 2]]));
  for (let round = 0; round < 2; round++) {
    await using runner = runnerIn(folder, { checkpointer: new MemoryCheckpointer(), onTaskError: "continue" });
    await assertRejects(() => runner.submit(make).result(), Error, "value is a Map, which JSON cannot keep");
  }
});

Deno.test("functions of a cache that fail, or return something else, fail their task", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder, { onTaskError: "continue" });
  const run = (cache: TaskCache<[x: unknown]>, x: unknown = 1) =>
    runner.submit(task({ name: "t", cache }, (_: unknown) => 1), x).exception();
  const thrown = await run({
    key: () => {
      throw new Error("no key");
    },
  });
  assertInstanceOf(thrown, TaskError);
  assertEquals(thrown.message, 'The function key in cache of task "t" threw Error: no key');
  const wrong: [TaskCache<[x: unknown]>, string][] = [
    [{ key: () => 5 as unknown as string }, 'The function key in cache of task "t" must return a string, not 5'],
    [
      { files: () => ({ inputs: ["a"] }) as never },
      'The function files in cache of task "t" must return { inputs, outputs }, two arrays of paths, not an object',
    ],
    [
      { files: () => Promise.reject(new Error("late")) as never },
      'The function files in cache of task "t" must return { inputs, outputs }, two arrays of paths, not a Promise',
    ],
  ];
  for (const [cache, message] of wrong) {
    const error = await run(cache);
    assertInstanceOf(error, TypeError);
    assertEquals(error.message, message);
  }
  const error = await run({}, () => {});
  assertInstanceOf(error, TypeError);
  assert(error.message.includes("Give its cache a key"), error.message);
});

Deno.test("a value that cannot be kept is returned, and logged once", async () => {
  await using folder = await tempFolder();
  const logger = recordingLogger();
  await using runner = runnerIn(folder, { logger, cache: { maxBytes: 10_000 } });
  let calls = 0;
  const make = task({ name: "make-function", cache: {} }, () => (calls++, { run: () => 5 }));
  for (let round = 0; round < 2; round++) assertEquals((await runner.submit(make)).run(), 5);
  const long = task({ name: "long", cache: {} }, () => (calls++, "x".repeat(10_000)));
  for (let round = 0; round < 2; round++) assertEquals((await runner.submit(long)).length, 10_000);
  assertEquals(calls, 4);
  const warnings = logger.lines.filter(({ level }) => level === "warn").map(({ data }) => String(data[0]));
  assertEquals(warnings.length, 2, warnings.join("\n"));
  assert(
    warnings[0]!.startsWith('The result of "make-function" is not kept in the cache, as value.run is'),
    warnings[0],
  );
  assert(warnings[1]!.includes("give the runner a larger maxBytes"), warnings[1]);
});

Deno.test("the class form has a cache, too", async () => {
  await using folder = await tempFolder();
  let calls = 0;
  class Double extends TaskBase<[x: number], number> {
    override cache = { key: (x: number) => `${x}` };
    run(x: number) {
      calls++;
      return 2 * x;
    }
  }
  const double = new Double();
  await using runner = runnerIn(folder);
  assertEquals([await runner.submit(double, 4), await runner.submit(double, 4), calls], [8, 8, 1]);
});

/** Files with what a task makes of them. */
async function build(folder: { readonly path: string }, source: string) {
  const [input, output] = ["in.txt", "out.txt"].map((name) => join(folder.path, name)) as [string, string];
  await Deno.writeTextFile(input, source);
  let calls = 0;
  const files = (from: string, to: string) => ({ inputs: [from], outputs: [to] });
  const upper = task({ name: "upper", cache: { files } }, async (from: string, to: string) => {
    calls++;
    await Deno.writeTextFile(to, (await Deno.readTextFile(from)).toUpperCase());
  });
  return { input, output, submit: (runner: TaskRunner) => runner.submit(upper, input, output), calls: () => calls };
}

/** Runs the task of {@linkcode build}. Returns whether its result was reused. */
async function make(
  { submit }: { submit(runner: TaskRunner): TaskHandle<void> },
  runner: TaskRunner,
): Promise<boolean> {
  const handle = submit(runner);
  await handle;
  return handle.cached;
}

Deno.test("a result is reused while the content of its inputs is the same, also after a revert", async () => {
  await using folder = await tempFolder();
  const made = await build(folder, "one");
  await using runner = runnerIn(folder);
  assertEquals(await make(made, runner), false);
  await Deno.writeTextFile(made.input, "one"); // written, but not changed
  assertEquals(await make(made, runner), true);
  await Deno.writeTextFile(made.input, "two");
  await Deno.writeTextFile(made.input, "one"); // a revert that no run has seen
  assertEquals(await make(made, runner), true);
  await Deno.writeTextFile(made.input, "two");
  assertEquals(await make(made, runner), false);
  assertEquals(await Deno.readTextFile(made.output), "TWO");
  await Deno.writeTextFile(made.input, "one"); // the output is that of the other content
  assertEquals(await make(made, runner), false);
  assertEquals(await Deno.readTextFile(made.output), "ONE");
  assertEquals(await make(made, runner), true);
  assertEquals(made.calls(), 3);
});

Deno.test("outputs that were deleted or changed are made again", async () => {
  await using folder = await tempFolder();
  const made = await build(folder, "one");
  await using runner = runnerIn(folder);
  await make(made, runner);
  await Deno.remove(made.output);
  assertEquals(await make(made, runner), false);
  await Deno.writeTextFile(made.output, "spoilt");
  assertEquals(await make(made, runner), false);
  assertEquals([await Deno.readTextFile(made.output), await make(made, runner)], ["ONE", true]);
});

Deno.test("a folder stands for all files in it", async () => {
  await using folder = await tempFolder();
  const [input, output] = [join(folder.path, "in"), join(folder.path, "out")];
  await Deno.mkdir(join(input, "deep"), { recursive: true });
  await Deno.writeTextFile(join(input, "deep", "a.txt"), "a");
  let calls = 0;
  const copy = task({ name: "copy", cache: { files: () => ({ inputs: [input], outputs: [output] }) } }, async () => {
    calls++;
    await Deno.mkdir(output, { recursive: true });
    await Deno.copyFile(join(input, "deep", "a.txt"), join(output, "a.txt"));
  });
  await using runner = runnerIn(folder);
  for (const change of ["deep/a.txt", "deep/b.txt"]) {
    for (let round = 0; round < 2; round++) await runner.submit(copy);
    await Deno.writeTextFile(join(input, change), "other");
  }
  await runner.submit(copy);
  assertEquals(calls, 3);
  await Deno.remove(join(output, "a.txt"));
  await runner.submit(copy);
  assertEquals(calls, 4);
});

Deno.test("what a task in a worker has written is reused", async () => {
  await using folder = await tempFolder();
  const [input, output] = [folder.file("in"), folder.file("out")];
  await Deno.writeTextFile(input, "content");
  await using runner = runnerIn(folder, { maxWorkers: 1 });
  for (const cached of [false, true]) {
    const handle = runner.submit(copyOnThread, input, output);
    await handle;
    assertEquals(handle.cached, cached);
  }
});

Deno.test("an output is fingerprinted before anything that depends on it can change it", async () => {
  await using folder = await tempFolder();
  const made = await build(folder, "one");
  await using runner = runnerIn(folder);
  const spoil = task({ name: "spoil" }, async () => await Deno.writeTextFile(made.output, "spoilt"));
  await spoil.with({ runner, dependsOn: made.submit(runner) }).submit();
  assertEquals(await make(made, runner), false);
  assertEquals(await Deno.readTextFile(made.output), "ONE");
});

Deno.test("a result is not kept if an input changes while the body runs, or an output is not there", async () => {
  await using folder = await tempFolder();
  const logger = recordingLogger();
  await using runner = runnerIn(folder, { logger });
  const input = folder.file("in");
  await Deno.writeTextFile(input, "0");
  let calls = 0;
  const change = task({ name: "change", cache: { files: () => ({ inputs: [input], outputs: [] }) } }, async () => {
    await Deno.writeTextFile(input, `${++calls}`);
  });
  await runner.submit(change);
  await Deno.writeTextFile(input, "0");
  await runner.submit(change);
  const lazy = task({ name: "lazy", cache: { files: () => ({ inputs: [], outputs: [folder.file("never")] }) } }, () => {
    calls++;
  });
  for (let round = 0; round < 2; round++) await runner.submit(lazy);
  assertEquals(calls, 4);
  const warnings = logger.lines.filter(({ level }) => level === "warn");
  assertEquals(warnings.length, 1);
  assert(String(warnings[0]!.data[0]).includes("has not written"));
});

Deno.test("an input that is not there, and one that cannot be read, cost the cache and not the task", async () => {
  await using folder = await tempFolder();
  const logger = recordingLogger();
  await using runner = runnerIn(folder, { logger });
  let calls = 0;
  const count = task(
    { name: "count", cache: { files: (path: string) => ({ inputs: [path], outputs: [] }) } },
    (_: string) => ++calls,
  );
  assertEquals(await runner.submit(count, folder.file("missing")), 1);
  assertEquals(await runner.submit(count, folder.file("missing")), 1);
  await Deno.writeTextFile(folder.file("missing"), "now it is");
  assertEquals(await runner.submit(count, folder.file("missing")), 2);
  assertEquals(await runner.submit(count, "\0"), 3);
  assertEquals(await runner.submit(count, "\0"), 4);
  assertEquals(logger.lines.map(({ level }) => level), ["warn"]);
  assert(String(logger.lines[0]!.data[0]).startsWith('Cannot look for the result of "count" in the cache'));
});

Deno.test("a shutdown waits for what is being read and written", async () => {
  await using folder = await tempFolder();
  const { task: square } = counted();
  const runner = runnerIn(folder, { onTaskError: "continue" });
  const handles = square.with({ runner }).map(Array.from({ length: 100 }, (_, index) => index));
  void handles[0]!.exception();
  await handles[0]!.exception();
  await runner.shutdown();
  assertEquals(handles.filter(({ done }) => !done).length, 0);
});
