/**
 * Time and heap per task as the number of tasks grows a thousandfold: the cost is to be linear.
 *
 * @module
 */

import pLimit from "npm:p-limit@7.3.3";
import { task, type TaskHandle, TaskRunner } from "../mod.ts";
import { printFigures } from "./goals.ts";
import {
  type Cell,
  compare,
  conclude,
  count,
  heapAtRest,
  heapInUse,
  makeRoom,
  micros,
  power,
  printTable,
  ratio,
  time,
  times,
  timingHead,
  timingRows,
  warmupsFor,
} from "./harness.ts";
import { type Graph, SHAPES, submitGraph } from "./shapes.ts";

const CONCURRENCY = 100;
/** Tasks awaited one by one in 10 and in 1,000 pools: enough that making the pools does not count. */
const POOL_TASKS = 50_000;

// deno-lint-ignore require-await -- an async no-op is what is measured
const echo = task({ name: "echo" }, async (x: number): Promise<number> => x);

/** Submits that many tasks; returns what a program would keep of them. */
type Submit = (runner: TaskRunner) => TaskHandle<number>[] | TaskHandle<number>;

/** What one pass over a number of tasks costs, per task. */
interface Cost {
  readonly submitMicros: number;
  readonly runMicros: number;
}

/** What tasks take of the heap, in bytes per task. */
interface Weight {
  readonly pending: number;
  /** Once all have finished while the runner, and with it every handle, lives on. */
  readonly finished: number;
}

/** Below this many tasks, the heap's own ups and downs weigh too much. */
const WEIGHABLE = 1e6;

async function timeOnce(submit: Submit, tasks: number): Promise<Cost> {
  makeRoom();
  await using runner = new TaskRunner({ maxWorkers: CONCURRENCY });
  const start = performance.now();
  submit(runner);
  const submitted = performance.now();
  await runner.run();
  const over = performance.now();
  return {
    submitMicros: (submitted - start) * 1000 / tasks,
    runMicros: (over - submitted) * 1000 / tasks,
  };
}

/** Weighs tasks apart from timing them: looking at the heap slows what comes next down. */
async function weigh(submit: Submit, tasks: number): Promise<Weight> {
  const before = await heapAtRest();
  await using runner = new TaskRunner({ maxWorkers: CONCURRENCY });
  submit(runner);
  const pending = (heapInUse() - before) / tasks;
  await runner.run();
  return { pending, finished: (await heapAtRest() - before) / tasks };
}

/**
 * The rounds at 1e5, half of them before the one at 1e6 and half after, have as many tasks in all as that one. Means are
 * taken and not medians: collections of the whole heap, which come once in many tasks, then count on both sides.
 */
const VISITS = [1e3, 1e4, 1e5, 1e6, 1e5];

function roundsFor(tasks: number): number {
  return tasks >= 1e6 ? 1 : tasks >= 1e5 ? 5 : 5e4 / tasks;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function scale(shape: string, makeSubmit: (tasks: number) => Submit): Promise<void> {
  const costs = new Map<number, Cost[]>();
  for (const tasks of VISITS) {
    const submit = makeSubmit(tasks);
    const found = costs.get(tasks) ?? [];
    costs.set(tasks, found);
    if (tasks < 1e6) { for (let left = warmupsFor(tasks); left > 0; left--) await timeOnce(submit, tasks); }
    for (let round = 0; round < roundsFor(tasks); round++) found.push(await timeOnce(submit, tasks));
  }
  const weight = await weigh(makeSubmit(WEIGHABLE), WEIGHABLE);
  const total = new Map<number, number>();
  const rows = [...costs].map(([tasks, found]): Cell[] => {
    const submitMicros = mean(found.map((cost) => cost.submitMicros));
    const runMicros = mean(found.map((cost) => cost.runMicros));
    total.set(tasks, submitMicros + runMicros);
    return [
      power(tasks),
      ...[submitMicros, runMicros, submitMicros + runMicros].map(micros),
      ...[weight.pending, weight.finished].map((bytes) => tasks === WEIGHABLE ? count(bytes) : "–"),
    ];
  });
  printTable(shape, ["tasks", "µs submit", "µs run", "µs a task", "bytes pending", "bytes finished"], rows);
  const [large, small] = [total.get(1e6)!, total.get(1e5)!];
  printFigures([{ what: `${shape}: a task at 1e6 ÷ one at 1e5`, value: large / small, goal: 1.1 }]);
}

/** How much dearer a task is at 1e6 than at 1e5 with p-limit: what of the growth is V8's own. */
async function growthOfPLimit(): Promise<number> {
  const rounds = async (tasks: number): Promise<number> => {
    const taken: number[] = [];
    for (let round = 0; round < roundsFor(tasks); round++) {
      const limit = pLimit(CONCURRENCY);
      const inputs = Array.from({ length: tasks }, (_, index) => index);
      taken.push(await time(() => Promise.all(inputs.map((x) => limit(echo, x))), tasks));
    }
    return mean(taken);
  };
  await rounds(1e4);
  const before = await rounds(1e5);
  const large = await rounds(1e6);
  return large / mean([before, await rounds(1e5)]);
}

function submitEach(tasks: number): Submit {
  return (runner) => {
    const handles: TaskHandle<number>[] = [];
    for (let x = 0; x < tasks; x++) handles.push(runner.submit(echo, x));
    return handles;
  };
}

await scale("independent", submitEach);
conclude(`The same with p-limit: ${times(await growthOfPLimit())}`);
for (const [shape, build] of Object.entries(SHAPES)) {
  await scale(shape, (tasks) => {
    const graph: Graph = build(tasks);
    return (runner) => submitGraph(runner, graph);
  });
}

/** Each task waits for four of the sixteen before it. */
function fourDependencies(tasks: number): Submit {
  const graph: Graph = Array.from(
    { length: tasks },
    (_, index) => index < 16 ? [] : [index - 1, index - 4, index - 9, index - 16],
  );
  return (runner) => submitGraph(runner, graph);
}

const { pending } = await weigh(fourDependencies(WEIGHABLE), WEIGHABLE);
printFigures([{
  what: "a pending task with four dependencies",
  value: pending,
  goal: 400,
  text: (value) => `${count(value)} bytes`,
}]);

/** Awaits tasks one by one, each in the next pool. */
async function awaitInPools(pools: number): Promise<void> {
  const names = Array.from({ length: pools }, (_, index) => `pool-${index}`);
  await using runner = new TaskRunner({ pools: Object.fromEntries(names.map((name) => [name, { maxWorkers: 2 }])) });
  const inPool = names.map((pool) => echo.with({ runner, pool }));
  for (let x = 0; x < POOL_TASKS; x++) await inPool[x % pools]!.submit(x);
}

const timings = await compare(
  [10, 1_000].map((pools) => ({ name: `${count(pools)} pools`, run: () => awaitInPools(pools) })),
  { tasks: POOL_TASKS, rounds: 5, warmups: 2 },
);
printTable(
  "Tasks awaited one by one, in turns in all pools",
  timingHead("", ["10 pools"]),
  timingRows(timings, ["10 pools"]),
);
printFigures([{ what: "a task of 1,000 pools ÷ of 10", value: ratio(timings[1]!, timings[0]!), goal: 1.1 }]);
