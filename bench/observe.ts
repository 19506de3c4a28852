/**
 * What it costs to watch a runner: no-op tasks without an observer, with an empty one, with one that counts, and with progress; and
 * how long a frame of progress takes.
 *
 * @module
 */

import { type Observer, task, TaskRunner } from "../mod.ts";
import { showProgress } from "../src/observe/mod.ts";
import { frameOf } from "../src/observe/progress/frame.ts";
import { ProgressState } from "../src/observe/progress/progress_state.ts";
import { ProgressViews } from "../src/observe/progress/progress_views.ts";
import { microsText, millis, printFigures } from "./goals.ts";
import { type Case, compare, count, median, printTable, ratio, timingHead, timingOf, timingRows } from "./harness.ts";

const TASKS = 50_000;
const ROUNDS = 9;
const FRAMES = 500;

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

/** Takes frames and shows them to no one. */
const output = { write: () => {}, isTerminal: true, size: { columns: 120, rows: 40 } };

const CASES: readonly Case[] = [
  { name: "no observer", run: () => run(() => undefined) },
  { name: "an empty observer", run: () => run((runner) => runner.observe({})) },
  { name: "an observer that counts statuses", run: () => run((runner) => runner.observe(counting)) },
  { name: "progress, live", run: () => run((runner) => showProgress(runner, { mode: "live", output })) },
  { name: "progress, plain", run: () => run((runner) => showProgress(runner, { mode: "plain", output })) },
];

/** Microseconds that a frame takes while 1,000 tasks run, 1,000 wait for a limit and 1,000 are retried. */
async function frameMicros(): Promise<number> {
  await using runner = new TaskRunner({ maxWorkers: 1_000, onTaskError: "continue" });
  runner.enter();
  const state = new ProgressState([], () => {});
  runner.observe({ status: (handle, from, to) => state.changed(handle, from, to) });
  const { promise, resolve } = Promise.withResolvers<void>();
  const fail = task({ name: "fail", retries: 1, backoffBase: "1h" }, (_: number) => {
    throw new Error("no answer");
  });
  const wait = task({ name: "wait", label: (n: number) => `page ${n}` }, (_: number) => promise);
  const limited = task({ name: "limited", concurrency: { limit: 1 } }, (_: number) => promise);
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);
  fail.map(numbers);
  limited.map(numbers);
  wait.map(numbers);
  const ended = runner.run();
  while (state.retrying.size < 1_000 || state.running().length < 1_000) {
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

const timings = await compare(CASES, { tasks: TASKS, rounds: ROUNDS });
const [NONE, EMPTY, COUNTING, LIVE] = CASES.map(({ name }) => name) as [string, string, string, string];
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
  { what: "added by live progress", value: added(LIVE), goal: 1.2, text: microsText },
  { what: "a frame, with 3,000 tasks under way", value: await frameMicros() / 1_000, goal: 1, text: millis },
]);
