import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Job, MemoryCheckpointer, type Pool, task, TaskRunner, type TaskRunnerOptions } from "../../mod.ts";

/** Options as a program without types would give them. */
function make(options: unknown): TaskRunner {
  return new TaskRunner(options as TaskRunnerOptions);
}

function fakeCheckpointer(codec: unknown): unknown {
  return { codec, load() {}, save() {}, delete() {}, [Symbol.asyncDispose]() {} };
}

Deno.test("new TaskRunner() refuses options of a wrong kind with a TypeError", () => {
  const cases: [unknown, string][] = [
    [null, "must be an object"],
    ["fast", "must be an object"],
    [{ maxWorker: 2 }, `Unknown option "maxWorker"`],
    [{ maxWorkers: "2" }, "maxWorkers of the runner must be a number"],
    [{ retain: true }, "retain of the runner must be a number"],
    [{ onTaskError: 1 }, "onTaskError of the runner must be one of"],
    [{ backend: {} }, "backend of the runner must be one of"],
    [{ signal: new AbortController() }, "signal of the runner must be an AbortSignal"],
    [{ logger: {} }, "logger of the runner must have the methods"],
    [{ logger: null }, "logger of the runner must have the methods"],
    [{ pools: { p: { workers: 1 } } }, `Unknown option "workers" of pool "p"`],
    [{ pools: { p: { reserveFor: "web" } } }, `reserveFor of pool "p" must be an array`],
    [{ pools: { p: { reserveFor: [1] } } }, `reserveFor of pool "p" must be an array`],
    [{ pools: { p: { maxWorkers: 2, reservedSlots: 1 } } }, `reservedSlots of pool "p" needs reserveFor`],
    [{ pools: null }, "pools of the runner must be an object such as { api: { maxWorkers: 5 } }, not null"],
    [{ pools: 5 }, "pools of the runner must be an object such as"],
    [{ pools: [{ maxWorkers: 5 }] }, "not an array of 1"],
    [{ pools: new Map() }, "not a Map"],
    [{ pools: { p: null } }, `of pool "p" must be an object`],
    [{ pools: { p: 2 } }, `of pool "p" must be an object: write { maxWorkers: 2 }`],
    [{ checkpointPath: 5 }, "path of a FileCheckpointer must be"],
    [{ checkpointPath: null }, "path of a FileCheckpointer must be"],
    [
      { checkpointPath: "a", checkpointer: new MemoryCheckpointer() },
      "Give checkpointPath or checkpointer of the runner",
    ],
    [
      { checkpointer: "state.jsonl" },
      "checkpointer of the runner must be a Checkpointer such as FileCheckpointer, not",
    ],
    [{ checkpointer: null }, "checkpointer of the runner must be a Checkpointer"],
    [new MemoryCheckpointer(), "The options of the runner must be an object such as { name, "],
    [{ checkpointer: { codec: "json", load() {}, save() {}, delete() {} } }, "must be a Checkpointer"],
    [{ checkpointer: fakeCheckpointer(undefined) }, "codec of the checkpointer of the runner must be one of"],
    [
      { checkpointer: checkpointerWith({ attend: 5 }) },
      "attend of the checkpointer of the runner must be a function, not 5",
    ],
    [
      { checkpointer: checkpointerWith({ confirm: true }) },
      "confirm of the checkpointer of the runner must be a function",
    ],
    [
      { checkpointer: checkpointerWith({ prepare: "x" }) },
      "prepare of the checkpointer of the runner must be a function",
    ],
    [
      { checkpointer: checkpointerWith({ requests: () => Promise.resolve([]) }) },
      "checkpointer of the runner must have both requests() and answer(), or none of them",
    ],
    [{ pools: { p: poolWith({ prefetch: "many" }) } }, `prefetch of pool "p" must be a number, not "many"`],
    [{ checkpointInterval: "1s" }, "checkpointInterval of the runner needs a checkpointPath or a checkpointer"],
    [{ checkpointer: new MemoryCheckpointer(), checkpointInterval: true }, "checkpointInterval of the runner"],
    [{ handleSignals: "SIGINT" }, `handleSignals of the runner must be true, false or { within: "5s" }, not "SIGINT"`],
    [{ handleSignals: { after: "5s" } }, `Unknown option "after" in handleSignals of the runner`],
    [{ handleSignals: {} }, "within of handleSignals of the runner must be"],
    [{ keepFailed: true }, `Unknown option "keepFailed"`],
  ];
  for (const [options, message] of cases) assertThrows(() => make(options), TypeError, message);
});

Deno.test("new TaskRunner() refuses values out of range with a RangeError", () => {
  const cases: [unknown, string][] = [
    [{ maxWorkers: 0 }, "maxWorkers of the runner must be a whole number of at least 1"],
    [{ maxWorkers: 1.5 }, "maxWorkers of the runner must be a whole number of at least 1"],
    [{ maxWorkers: NaN }, "maxWorkers of the runner must be a whole number of at least 1"],
    [{ retain: -1 }, "retain of the runner must be a whole number of at least 0"],
    [{ onTaskError: "ignore" }, "onTaskError of the runner must be one of"],
    [{ backend: "gpu" }, "backend of the runner must be one of"],
    [{ checkpointPath: "" }, "path of a FileCheckpointer must not be empty"],
    [{ checkpointer: fakeCheckpointer("xml") }, "codec of the checkpointer of the runner must be one of"],
    [{ checkpointer: new MemoryCheckpointer(), checkpointInterval: -1 }, "checkpointInterval of the runner"],
    [{ checkpointer: new MemoryCheckpointer(), checkpointInterval: "soon" }, "checkpointInterval of the runner"],
    [{ pools: { p: { maxWorkers: -1 } } }, `maxWorkers of pool "p" must be a whole number`],
    [{ pools: { p: poolWith({ maxWorkers: NaN }) } }, `maxWorkers of pool "p" must be a whole number`],
    [{ pools: { p: poolWith({ prefetch: -1 }) } }, `prefetch of pool "p" must be a whole number of at least 0`],
    [{ pools: { p: poolWith({ prefetch: NaN }) } }, `prefetch of pool "p" must be a whole number of at least 0`],
    [
      { pools: { p: { maxWorkers: 2, reserveFor: ["a"], reservedSlots: 2 } } },
      `reservedSlots of pool "p" must be less`,
    ],
  ];
  for (const [options, message] of cases) assertThrows(() => make(options), RangeError, message);
});

Deno.test("new TaskRunner() takes `undefined` for any option, as if it were not given", async () => {
  await using runner = make({
    maxWorkers: undefined,
    backend: undefined,
    pools: undefined,
    onTaskError: undefined,
    retain: undefined,
    logger: undefined,
    signal: undefined,
    checkpointPath: undefined,
    checkpointer: undefined,
    checkpointInterval: undefined,
    handleSignals: undefined,
  });
  await using other = new TaskRunner();
  assertEquals(runner.statistics().pools, other.statistics().pools);
});

Deno.test("TaskRunnerOptions.maxWorkers holds for pools that do not say otherwise", async () => {
  await using runner = new TaskRunner({ maxWorkers: 7, pools: { small: { maxWorkers: 2 }, same: {} } });
  const sizes = Object.entries(runner.statistics().pools).map(([name, { maxWorkers }]) => [name, maxWorkers]);
  assertEquals(sizes, [["async", 7], ["thread", 7], ["process", 7], ["small", 2], ["same", 7]]);
});

Deno.test("TaskRunnerOptions.pools may name one like the default pool, which it replaces", async () => {
  await using runner = new TaskRunner({ pools: { async: { maxWorkers: 3 } } });
  assertEquals(runner.statistics().pools["async"], { maxWorkers: 3, busy: 0, queued: 0 });
});

Deno.test("TaskRunnerOptions.backend may be a pool of the user's own of that name", async () => {
  const pool: Pool = {
    maxWorkers: 1,
    execute: (job: Job) => job.complete(`${job.name} far away`),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await using runner = new TaskRunner({ backend: "thread", pools: { thread: pool } });
  const handle = runner.submit(task({ name: "work" }, () => "here"));
  const near = runner.submit(task({ name: "near", backend: "async" }, () => "here"));
  assertEquals([await handle, await near], ["work far away", "here"]);
});

Deno.test("new TaskRunner() leaves the user's options as they were, and does not follow their changes", async () => {
  const options = { maxWorkers: 2, pools: { p: { maxWorkers: 1 } } };
  await using runner = new TaskRunner(Object.freeze(options));
  options.pools.p.maxWorkers = 9;
  assertEquals(runner.statistics().pools["p"]!.maxWorkers, 1);
});

Deno.test("TaskRunner.resume() refuses options of a wrong kind", async () => {
  const resume = TaskRunner.resume as (from: unknown, options?: unknown) => Promise<TaskRunner>;
  const memory = new MemoryCheckpointer();
  const cases: [unknown, unknown, string][] = [
    [undefined, undefined, "if it is not a path, must be a Checkpointer such as FileCheckpointer, not undefined"],
    [42, {}, "What TaskRunner.resume() continues from, if it is not a path, must be a Checkpointer"],
    [memory, { keepFailed: 1 }, "keepFailed of TaskRunner.resume() must be true or false"],
    [memory, { keep: true }, `Unknown option "keep"`],
    [memory, { checkpointPath: "x" }, `Unknown option "checkpointPath" of TaskRunner.resume()`],
    ["x", { checkpointer: memory }, `Unknown option "checkpointer" of TaskRunner.resume()`],
    [memory, null, "The options of TaskRunner.resume() must be an object"],
    [memory, { maxWorkers: "2" }, "maxWorkers of the runner must be a number"],
  ];
  for (const [from, options, message] of cases) await assertRejects(() => resume(from, options), TypeError, message);
  await assertRejects(() => resume(""), RangeError, "path of a FileCheckpointer must not be empty");
});

/** A checkpointer with methods that are none, or of which one is missing. */
function checkpointerWith(methods: object): unknown {
  return Object.assign(new MemoryCheckpointer(), methods);
}

function poolWith(counts: object): unknown {
  return { maxWorkers: 1, ...counts, execute() {}, [Symbol.asyncDispose]: () => Promise.resolve() };
}
