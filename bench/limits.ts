/**
 * What limits cost: tasks that are throttled or limited, in all or by key, with limits that they never reach.
 *
 * @module
 */

import Bottleneck from "npm:bottleneck@2.19.5";
import PQueue from "npm:p-queue@10.0.0";
import { task, TaskRunner, type TaskRunnerOptions } from "../mod.ts";
import { type Figure, printFigures } from "./goals.ts";
import { type Case, compare, printTable, ratio, timingHead, timingOf, timingRows } from "./harness.ts";
import { openBullQueue } from "./limits/bullmq.ts";

const TASKS = 20_000;
/** Bottleneck takes milliseconds for each task that waits, the more the more there are. */
const FEW_TASKS = 500;
/** How many tasks share a key. */
const TASKS_PER_KEY = 20;
const CONCURRENCY = 100;
const ROUNDS = 9;
/** More than there are tasks: what is measured is the bookkeeping, not the waiting. */
const MANY = 1_000_000;

const inputs = Array.from({ length: TASKS }, (_, index) => index);
const fewInputs = inputs.slice(0, FEW_TASKS);
const keyOf = (x: number): string => `key ${Math.floor(x / TASKS_PER_KEY)}`;

// deno-lint-ignore require-await -- the cost of a promise per body is part of what is compared
const echo = async (x: number): Promise<number> => x;

const throttle = { limit: MANY, period: "1s", burst: MANY } as const;
const plain = task({ name: "plain" }, echo);
const throttled = task({ name: "throttled", throttle }, echo);
const throttledByKey = task({ name: "throttled-by-key", throttle: { ...throttle, key: keyOf } }, echo);
const limited = task({ name: "limited", concurrency: MANY }, echo);
const limitedByKey = task({ name: "limited-by-key", concurrency: { limit: MANY, key: keyOf } }, echo);

function verify(results: readonly number[]): void {
  for (const [index, result] of results.entries()) if (result !== index) throw new Error(`${index} became ${result}`);
}

async function submitAndRun(
  what: typeof plain,
  inputs: readonly number[],
  options: TaskRunnerOptions = {},
): Promise<void> {
  await using runner = new TaskRunner({ maxWorkers: CONCURRENCY, ...options });
  const handles = inputs.map((x) => runner.submit(what, x));
  await runner.run();
  verify(await Promise.all(handles));
}

function makeQueue(): PQueue {
  return new PQueue({ concurrency: CONCURRENCY, intervalCap: MANY, interval: 1_000 });
}

const BOTTLENECK = {
  maxConcurrent: CONCURRENCY,
  reservoir: MANY,
  reservoirRefreshAmount: MANY,
  reservoirRefreshInterval: 1_000,
};

const cases: readonly Case[] = [
  { name: "ours, no limit", run: () => submitAndRun(plain, inputs) },
  { name: "ours, throttle", run: () => submitAndRun(throttled, inputs) },
  { name: "ours, throttle by key", run: () => submitAndRun(throttledByKey, inputs) },
  { name: "ours, concurrency", run: () => submitAndRun(limited, inputs) },
  { name: "ours, concurrency by key", run: () => submitAndRun(limitedByKey, inputs) },
  {
    name: "p-queue, intervalCap",
    run: async () => {
      const queue = makeQueue();
      verify(await Promise.all(inputs.map((x) => queue.add(() => echo(x)))));
    },
  },
  {
    name: "p-queue for each key",
    run: async () => {
      const queues = new Map<string, PQueue>();
      const add = (x: number) => {
        const key = keyOf(x);
        let queue = queues.get(key);
        if (queue === undefined) queues.set(key, queue = makeQueue());
        return queue.add(() => echo(x));
      };
      verify(await Promise.all(inputs.map(add)));
    },
  },
];

const bull = await openBullQueue(CONCURRENCY, MANY);

/** The same on record: what BullMQ does with Redis. */
async function submitAndRecord(): Promise<void> {
  const checkpointPath = await Deno.makeTempFile();
  await submitAndRun(throttled, fewInputs, { checkpointPath });
  await Deno.remove(checkpointPath);
}

const fewCases: readonly Case[] = [
  { name: "ours, throttle", run: () => submitAndRun(throttled, fewInputs) },
  { name: "ours, throttle, on record", run: submitAndRecord },
  { name: "ours, throttle by key", run: () => submitAndRun(throttledByKey, fewInputs) },
  {
    name: "Bottleneck",
    run: async () => {
      const limiter = new Bottleneck(BOTTLENECK);
      verify(await Promise.all(fewInputs.map((x) => limiter.schedule(echo, x))));
      await limiter.disconnect();
    },
  },
  {
    name: "Bottleneck.Group",
    run: async () => {
      const group = new Bottleneck.Group(BOTTLENECK);
      verify(await Promise.all(fewInputs.map((x) => group.key(keyOf(x)).schedule(echo, x))));
      await group.disconnect();
    },
  },
  ...(typeof bull === "string" ? [] : [{
    name: "BullMQ, limiter",
    run: async () => verify(await bull.run(fewInputs)),
  }]),
];

const timings = await compare(cases, { tasks: TASKS, rounds: ROUNDS, warmups: 2 });
const references = ["ours, no limit", "p-queue, intervalCap", "p-queue for each key"];
const title = `Limits that are never reached, ${TASKS_PER_KEY} tasks for each key`;
printTable(title, timingHead("", references), timingRows(timings, references));

const few = await compare(fewCases, { tasks: FEW_TASKS, rounds: 5, warmups: 2 });
const fewReferences = ["Bottleneck", "Bottleneck.Group", ...(typeof bull === "string" ? [] : ["BullMQ, limiter"])];
printTable(`The same, ${FEW_TASKS} tasks`, timingHead("", fewReferences), timingRows(few, fewReferences));

if (typeof bull === "string") console.log(`BullMQ was left out: ${bull}\n`);
else await bull[Symbol.asyncDispose]();

const by = (name: string, reference: string, from = timings) => ratio(timingOf(from, name), timingOf(from, reference));
const figure = (what: string, value: number, goal?: number): Figure =>
  goal === undefined ? { what, value } : { what, value, goal };
printFigures([
  figure("a throttle ÷ none", by("ours, throttle", "ours, no limit")),
  figure("a throttle ÷ p-queue's intervalCap", by("ours, throttle", "p-queue, intervalCap"), 1),
  figure("a throttle by key ÷ a p-queue for each key", by("ours, throttle by key", "p-queue for each key"), 1),
  figure("a throttle ÷ Bottleneck", by("ours, throttle", "Bottleneck", few), 1),
  figure("a throttle by key ÷ Bottleneck.Group", by("ours, throttle by key", "Bottleneck.Group", few), 1),
  ...(typeof bull === "string"
    ? []
    : [figure("a throttle, on record ÷ BullMQ's limiter", by("ours, throttle, on record", "BullMQ, limiter", few), 1)]),
]);
