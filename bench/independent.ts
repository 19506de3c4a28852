/**
 * Independent no-op tasks, 100 at a time, all results collected: the rate of queues and limiters.
 *
 * @module
 */

import { Effect } from "npm:effect@4.1.0";
import * as fastq from "npm:fastq@1.20.3";
import pLimit from "npm:p-limit@7.3.3";
import PQueue from "npm:p-queue@10.0.0";
import { task, TaskRunner } from "../mod.ts";
import { microsText, printFigures } from "./goals.ts";
import { type Case, compare, median, printTable, ratio, timingHead, timingOf, timingRows } from "./harness.ts";

const TASKS = 100_000;
const CONCURRENCY = 100;
const ROUNDS = 7;

const inputs = Array.from({ length: TASKS }, (_, index) => index);

// The same two bodies for everybody.
// deno-lint-ignore require-await -- the cost of a promise per body is part of what is compared
const echoAsync = async (x: number): Promise<number> => x;
const echoSync = (x: number): number => x;

const asyncTask = task({ name: "echo-async" }, echoAsync);
const syncTask = task({ name: "echo-sync" }, echoSync);

/** The results of all are read: a queue that loses one, or hands out something else, is left out. */
function verify(results: readonly unknown[]): void {
  let sum = 0;
  for (const result of results) sum += result as number;
  if (sum !== TASKS * (TASKS - 1) / 2) throw new Error(`Wrong results: their sum is ${sum}`);
}

type Echo = typeof asyncTask | typeof syncTask;

async function submitAndRun(echo: Echo): Promise<void> {
  await using runner = new TaskRunner({ maxWorkers: CONCURRENCY });
  const handles = inputs.map((x) => runner.submit(echo, x));
  await runner.run();
  verify(await Promise.all(handles));
}

async function submitAndRunOnly(echo: Echo): Promise<void> {
  await using runner = new TaskRunner({ maxWorkers: CONCURRENCY });
  for (const x of inputs) runner.submit(echo, x);
  const report = await runner.run();
  if (report.counts.completed !== TASKS) throw new Error(`Only ${report.counts.completed} completed`);
}

async function submitAndAwaitAll(echo: Echo): Promise<void> {
  await using runner = new TaskRunner({ maxWorkers: CONCURRENCY });
  verify(await Promise.all(inputs.map((x) => runner.submit(echo, x))));
}

async function mapAndRun(echo: Echo): Promise<void> {
  await using runner = new TaskRunner({ maxWorkers: CONCURRENCY });
  await runner.use(() => {
    echo.map(inputs);
    return runner.run();
  });
}

const cases: readonly Case[] = [
  { name: "ours, sync: run()", run: () => submitAndRunOnly(syncTask) },
  { name: "ours, async: run()", run: () => submitAndRunOnly(asyncTask) },
  { name: "ours, async: map(), run()", run: () => mapAndRun(asyncTask) },
  { name: "ours, async: run(), results", run: () => submitAndRun(asyncTask) },
  { name: "ours, async: await all", run: () => submitAndAwaitAll(asyncTask) },
  {
    name: "p-limit",
    run: async () => {
      const limit = pLimit(CONCURRENCY);
      verify(await Promise.all(inputs.map((x) => limit(echoAsync, x))));
    },
  },
  {
    name: "fastq.promise",
    run: async () => {
      const queue = fastq.promise(echoAsync, CONCURRENCY);
      verify(await Promise.all(inputs.map((x) => queue.push(x))));
    },
  },
  {
    name: "p-queue",
    run: async () => {
      const queue = new PQueue({ concurrency: CONCURRENCY });
      verify(await Promise.all(inputs.map((x) => queue.add(() => echoAsync(x)))));
    },
  },
  {
    name: "Effect, async",
    run: async () => {
      const all = Effect.forEach(inputs, (x) => Effect.promise(() => echoAsync(x)), { concurrency: CONCURRENCY });
      verify(await Effect.runPromise(all));
    },
  },
  {
    name: "Effect, sync",
    run: async () => {
      const all = Effect.forEach(inputs, (x) => Effect.sync(() => echoSync(x)), { concurrency: CONCURRENCY });
      verify(await Effect.runPromise(all));
    },
  },
];

const timings = await compare(cases, { tasks: TASKS, rounds: ROUNDS, warmups: 1 });
const references = ["p-limit", "fastq.promise"];
printTable(
  `${TASKS.toLocaleString("en")} independent no-op tasks, concurrency ${CONCURRENCY}, ${ROUNDS} rounds`,
  timingHead("", references),
  timingRows(timings, references),
);
const to = (name: string, reference: string) => ratio(timingOf(timings, name), timingOf(timings, reference));
printFigures([
  {
    what: "submit and run",
    value: median(timingOf(timings, "ours, async: run()").micros),
    text: microsText,
  },
  { what: "submit and run ÷ p-limit", value: to("ours, async: run()", "p-limit"), goal: 0.7 },
  { what: "results read ÷ p-limit", value: to("ours, async: run(), results", "p-limit"), goal: 1 },
  { what: "each handle awaited ÷ p-limit", value: to("ours, async: await all", "p-limit"), goal: 1.6 },
  { what: "submit and run ÷ fastq", value: to("ours, async: run()", "fastq.promise"), goal: 1 },
  { what: "submit and run ÷ p-queue", value: to("ours, async: run()", "p-queue") },
  { what: "submit and run ÷ Effect", value: to("ours, async: run()", "Effect, async") },
]);
