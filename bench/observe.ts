/**
 * What it costs to watch a runner: no-op tasks without an observer, with an empty one, with one that counts, one that keeps the
 * status and the times of each task, and with progress; how long a frame of progress takes, and the layout of a large graph.
 *
 * @module
 */

import { type Observer, task, TaskRunner, type TaskStatus } from "../mod.ts";
import { layOut } from "../src/observe/layout.js";
import { showProgress } from "../src/observe/mod.ts";
import { frameOf } from "../src/observe/progress/frame.ts";
import { ProgressState } from "../src/observe/progress/progress_state.ts";
import { ProgressViews } from "../src/observe/progress/progress_views.ts";
import { microsText, millis, printFigures } from "./goals.ts";
import { type Case, compare, count, median, printTable, ratio, timingHead, timingOf, timingRows } from "./harness.ts";

const TASKS = 50_000;
const ROUNDS = 9;
const FRAMES = 500;
const LAYOUTS = 7;

const noop = task({ name: "no-op" }, () => {});

/** Runs tasks while something watches. */
async function run(watch: (runner: TaskRunner) => Disposable | undefined): Promise<void> {
  await using runner = new TaskRunner();
  using _ = watch(runner);
  for (let count = 0; count < TASKS; count++) runner.submit(noop);
  const { counts } = await runner.run();
  if (counts.completed !== TASKS) throw new Error(`Only ${counts.completed} completed`);
}

let seen = 0;
const counting: Observer = { status: () => void seen++ };

/** What a live view of tasks keeps at least, by `seq`: a `Map` would take longer than all else. */
function keeping(): Observer {
  const statuses: TaskStatus[] = [];
  const [submitted, started, finished]: number[][] = [[], [], []];
  return {
    status({ seq }, from, to) {
      statuses[seq] = to;
      if (from === undefined) submitted![seq] = Date.now();
      else if (to === "running") started![seq] = Date.now();
      else if (from === "running") finished![seq] = Date.now();
    },
  };
}

/** Takes frames and shows them to no one. */
const output = { write: () => {}, isTerminal: true, size: { columns: 120, rows: 40 } };

const CASES: readonly Case[] = [
  { name: "no observer", run: () => run(() => undefined) },
  { name: "an empty observer", run: () => run((runner) => runner.observe({})) },
  { name: "an observer that counts statuses", run: () => run((runner) => runner.observe(counting)) },
  { name: "one that keeps status and times", run: () => run((runner) => runner.observe(keeping())) },
  { name: "progress, live", run: () => run((runner) => showProgress(runner, { mode: "live", output })) },
  { name: "progress, plain", run: () => run((runner) => showProgress(runner, { mode: "plain", output })) },
];

/** Tasks of each kind in a frame. */
const KIND = 3_334;

/** Microseconds that a frame takes while as many tasks run as wait for a limit, and as are retried: 10,000 in all. */
async function frameMicros(): Promise<number> {
  await using runner = new TaskRunner({ maxWorkers: KIND, onTaskError: "continue" });
  runner.enter();
  const state = new ProgressState([], () => {});
  runner.observe({ status: (handle, from, to) => state.changed(handle, from, to) });
  const { promise, resolve } = Promise.withResolvers<void>();
  const fail = task({ name: "fail", retries: 1, backoffBase: "1h" }, (_: number) => {
    throw new Error("no answer");
  });
  const wait = task({ name: "wait", label: (n: number) => `page ${n}` }, (_: number) => promise);
  const limited = task({ name: "limited", concurrency: { limit: 1 } }, (_: number) => promise);
  const numbers = Array.from({ length: KIND }, (_, index) => index);
  fail.map(numbers);
  limited.map(numbers);
  wait.map(numbers);
  const ended = runner.run();
  while (state.retrying.size < KIND || state.running().length < KIND) {
    await new Promise((next) => setTimeout(next, 1));
  }
  const views = new ProgressViews(runner, state);
  const start = performance.now();
  for (let frame = 0; frame < FRAMES; frame++) frameOf(views.next(), 119, 37, true);
  const micros = ((performance.now() - start) / FRAMES) * 1_000;
  resolve();
  for (const handle of state.retrying) handle.cancel();
  await ended;
  return micros;
}

/** Milliseconds that the layout of 5,000 nodes takes, in 50 layers, with two arrows to each from the layer before it. */
function layoutMillis(): number {
  const [nodes, layer] = [5_000, 100];
  const edges: [from: number, to: number][] = [];
  for (let to = layer; to < nodes; to++) {
    const before = to - (to % layer) - layer;
    for (const step of [1, 7]) edges.push([before + (to * step + step) % layer, to]);
  }
  const sizes = (size: number) => Array<number>(nodes).fill(size);
  const once = () => {
    const start = performance.now();
    layOut({ widths: sizes(80), heights: sizes(30), edges, layerGap: 50, nodeGap: 10 });
    return performance.now() - start;
  };
  return median(Array.from({ length: LAYOUTS }, once));
}

const timings = await compare(CASES, { tasks: TASKS, rounds: ROUNDS });
const [NONE, EMPTY, COUNTING, KEEPING, LIVE] = CASES.map(({ name }) => name) as [
  string,
  string,
  string,
  string,
  string,
];
printTable(
  `${count(TASKS)} no-op tasks that are watched`,
  timingHead("watched by", [NONE]),
  timingRows(timings, [NONE]),
);

/** What a case adds to a task, in microseconds: the median of the rounds. */
function added(name: string): number {
  const [its, none] = [timingOf(timings, name), timingOf(timings, NONE)];
  return median(its.micros.map((micros, round) => micros - none.micros[round]!));
}

printFigures([
  { what: "an empty observer ÷ none", value: ratio(timingOf(timings, EMPTY), timingOf(timings, NONE)), goal: 1.02 },
  { what: "added by an observer that counts", value: added(COUNTING), goal: 0.3, text: microsText },
  { what: "added by one that keeps status and times", value: added(KEEPING), goal: 1.2, text: microsText },
  { what: "added by live progress", value: added(LIVE), goal: 1.2, text: microsText },
  { what: "a frame, with 10,000 tasks under way", value: await frameMicros() / 1_000, goal: 1, text: millis },
  { what: "the layout of 5,000 nodes", value: layoutMillis(), goal: 80, text: millis },
]);
