/**
 * What each feature adds to a task that uses it, next to a plain one.
 *
 * @module
 */

import { currentTask, task, type TaskHandle, TaskRunner } from "../mod.ts";
import { compare, printTable, timingHead, timingRows } from "./harness.ts";

const TASKS = 30_000;
const ROUNDS = 5;

const inputs = Array.from({ length: TASKS }, (_, index) => index);

// deno-lint-ignore require-await -- the cost of a promise per body is part of what is compared
const echo = async (x: number): Promise<number> => x;

const plain = task({ name: "plain" }, echo);
const synchronous = task({ name: "synchronous" }, (x: number) => x);
const timed = task({ name: "timed", timeout: "10m" }, echo);
const prioritised = task({ name: "prioritised" }, echo);
const urgencies = Array.from({ length: 10 }, (_, priority) => prioritised.with({ priority }));
const deduped = task({ name: "deduped", dedupBy: (x) => String(x) }, echo);
const named = task({ name: "named" }, (_x: number) => currentTask()!.id);
const aborting = task({ name: "aborting" }, (_x: number) => currentTask()!.signal.aborted);
const reporting = task({ name: "reporting" }, (x: number) => currentTask()!.progress(x / TASKS));
const child = task({ name: "child" }, echo);
const parent = task({ name: "parent" }, async (x: number) => await child.submit(x));

type Use = (runner: TaskRunner, handles: TaskHandle<unknown>[]) => void;

/** Submits a task for each input, with the current runner, and runs them. */
function submitting(submit: (x: number) => TaskHandle<unknown>, prepare: Use = () => {}): () => Promise<void> {
  return async () => {
    await using runner = new TaskRunner({ maxWorkers: 100 });
    const handles = runner.use(() => inputs.map(submit));
    prepare(runner, handles);
    const { counts } = await runner.run();
    if (counts.completed < TASKS) throw new Error(`Only ${counts.completed} completed`);
  };
}

const ignore = () => {};

const cases: Readonly<Record<string, () => unknown>> = {
  "plain": submitting((x) => plain.submit(x)),
  "plain, with a synchronous body": submitting((x) => synchronous.submit(x)),
  "runner.submit(function)": async () => {
    await using runner = new TaskRunner({ maxWorkers: 100 });
    for (const x of inputs) runner.submit(echo, x);
    await runner.run();
  },
  "timeout": submitting((x) => timed.submit(x)),
  "priority, ten of them": submitting((x) => urgencies[x % 10]!.submit(x)),
  "dedupBy": submitting((x) => deduped.submit(x)),
  ".with({ key })": submitting((x) => plain.with({ key: `order-${x}` }).submit(x)),
  "  and currentTask().id": submitting((x) => named.submit(x)),
  "  and currentTask().signal": submitting((x) => aborting.submit(x)),
  "  and currentTask().progress()": submitting((x) => reporting.submit(x)),
  "listener for completed": submitting(
    (x) => plain.submit(x),
    (runner) => runner.addEventListener("completed", ignore),
  ),
  "listener for failed": submitting((x) => plain.submit(x), (runner) => runner.addEventListener("failed", ignore)),
  "each handle awaited": submitting((x) => plain.submit(x), (_, handles) => {
    for (const handle of handles) handle.result();
  }),
  "results of the report": async () => {
    await using runner = new TaskRunner({ maxWorkers: 100 });
    for (const x of inputs) runner.submit(plain, x);
    const report = await runner.run();
    if (report.results.length !== TASKS) throw new Error(`Only ${report.results.length} results`);
  },
  "a body that submits and awaits a child": submitting((x) => parent.submit(x)),
  "submitted and awaited one by one": async () => {
    await using runner = new TaskRunner({ maxWorkers: 100 });
    for (const x of inputs) await runner.submit(plain, x);
  },
};

const timings = await compare(
  Object.entries(cases).map(([name, run]) => ({ name, run })),
  { tasks: TASKS, rounds: ROUNDS, warmups: 2 },
);
printTable(`${TASKS.toLocaleString("en")} tasks each`, timingHead("", ["plain"]), timingRows(timings, ["plain"]));
