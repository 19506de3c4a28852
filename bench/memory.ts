/**
 * Heap per task that waits and per task that has finished, its handle or promise kept. Each case has a process of its own.
 *
 * @module
 */

import { printFigures } from "./goals.ts";
import { type Cell, count, heapAtRest, heapInUse, printTable, times } from "./harness.ts";
import { measureIn } from "./process.ts";

const TASKS = 200_000;
const CONCURRENCY = 100;

/** What a queue made of its tasks. */
interface Kept {
  /** What is in the caller's hands: handles or promises. */
  readonly kept: readonly unknown[];
  /** The queue itself, and what ends its work. */
  readonly finish: () => Promise<unknown>;
}

// deno-lint-ignore require-await -- an async no-op is what is measured
const echo = async (x: number): Promise<number> => x;

/** Gives all tasks to a queue; what it imports is loaded before the heap is first looked at. */
const CASES: Readonly<Record<string, () => Promise<(inputs: readonly number[]) => Kept>>> = {
  "ours": async () => {
    const { task, TaskRunner } = await import("../mod.ts");
    const echoTask = task({ name: "echo" }, echo);
    return (inputs) => {
      const runner = new TaskRunner({ maxWorkers: CONCURRENCY });
      return { kept: inputs.map((x) => runner.submit(echoTask, x)), finish: () => runner.run() };
    };
  },
  "ours, one dependency each": async () => {
    const { task, TaskRunner } = await import("../mod.ts");
    const echoTask = task({ name: "echo" }, echo);
    return (inputs) => {
      const runner = new TaskRunner({ maxWorkers: CONCURRENCY });
      let last = runner.submit(echoTask, 0);
      return { kept: inputs.map(() => last = runner.submit(echoTask, last)), finish: () => runner.run() };
    };
  },
  "ours, each awaited": async () => {
    const { task, TaskRunner } = await import("../mod.ts");
    const echoTask = task({ name: "echo" }, echo);
    return (inputs) => {
      const runner = new TaskRunner({ maxWorkers: CONCURRENCY });
      const kept = inputs.map((x) => runner.submit(echoTask, x));
      const results = kept.map((handle) => handle.result());
      return { kept: [kept, results], finish: () => Promise.all(results) };
    };
  },
  "p-limit": async () => {
    const { default: pLimit } = await import("npm:p-limit@7.3.3");
    return (inputs) => {
      const limit = pLimit(CONCURRENCY);
      const kept = inputs.map((x) => limit(echo, x));
      return { kept: [limit, kept], finish: () => Promise.all(kept) };
    };
  },
  "fastq.promise": async () => {
    const fastq = await import("npm:fastq@1.20.3");
    return (inputs) => {
      const queue = fastq.promise(echo, CONCURRENCY);
      const kept = inputs.map((x) => queue.push(x));
      return { kept: [queue, kept], finish: () => Promise.all(kept) };
    };
  },
  "p-queue": async () => {
    const { default: PQueue } = await import("npm:p-queue@10.0.0");
    return (inputs) => {
      const queue = new PQueue({ concurrency: CONCURRENCY });
      const kept = inputs.map((x) => queue.add(() => echo(x)));
      return { kept: [queue, kept], finish: () => Promise.all(kept) };
    };
  },
};

/** Bytes per task. */
interface Weight {
  readonly pending: number;
  readonly finished: number;
}

async function weigh(name: string): Promise<Weight> {
  const prepare = CASES[name];
  if (prepare === undefined) throw new Error(`There is no case "${name}"`);
  const give = await prepare();
  // Once at a small scale: compiled code and grown tables must not count.
  await give(Array.from({ length: 2_000 }, (_, index) => index)).finish();
  const inputs = Array.from({ length: TASKS }, (_, index) => index);
  const before = await heapAtRest();
  const { kept, finish } = give(inputs);
  const pending = heapInUse() - before;
  await finish();
  const finished = await heapAtRest() - before;
  if (kept.length === 0) throw new Error("Nothing was kept"); // and keeps it from being collected until here
  return { pending: pending / TASKS, finished: finished / TASKS };
}

async function weighAll(): Promise<void> {
  const weights = new Map<string, Weight>();
  for (const name of Object.keys(CASES)) weights.set(name, await measureIn("memory.ts", [name]) as Weight);
  const reference = weights.get("fastq.promise")!;
  const rows = [...weights].map(([name, { pending, finished }]): Cell[] => [
    name,
    count(pending),
    count(finished),
    times(pending / reference.pending),
  ]);
  printTable(
    `Heap per task, ${count(TASKS)} tasks, handles or promises kept`,
    ["", "bytes pending", "bytes finished", "pending ÷ fastq.promise"],
    rows,
  );
  const bytes = (value: number) => `${count(value)} bytes`;
  const [name, { pending, finished }] = [...weights][0]!;
  printFigures([
    { what: `${name}: a pending task`, value: pending, goal: 400, text: bytes },
    { what: `${name}: a finished task`, value: finished, goal: 450, text: bytes },
    { what: `${name}: pending ÷ fastq.promise`, value: pending / reference.pending },
  ]);
}

const [name] = Deno.args;
if (name === undefined) await weighAll();
else console.log(JSON.stringify(await weigh(name)));
