/**
 * The library: `ours.ts thread|process`.
 *
 * @module
 */

import { type FunctionTask, TaskRunner, transfer } from "../../mod.ts";
import { clock, contend, poolContest } from "./contender.mjs";
import type { Params } from "./contender.mjs";

type Bytes = Uint8Array<ArrayBuffer>;

interface Tasks {
  readonly echo: FunctionTask<[x: number], number>;
  readonly copy: FunctionTask<[bytes: Bytes], Bytes>;
  readonly size: FunctionTask<[bytes: Uint8Array], number>;
  readonly burn: FunctionTask<[steps: number], number>;
  readonly move?: FunctionTask<[bytes: Bytes], Bytes>;
  readonly loop?: FunctionTask<[], void>;
}

/** How long after its deadline a runaway is watched, in milliseconds. */
const WATCHED = 400;

function poolOf(tasks: Tasks, workers: number) {
  const runner = new TaskRunner({ maxWorkers: workers });
  const { echo, copy, size, burn, move } = tasks;
  return {
    call(name: "echo" | "burn" | "size", value: unknown): PromiseLike<unknown> {
      if (name === "burn") return runner.submit(burn, value as number);
      if (name === "size") return runner.submit(size, value as Bytes);
      return typeof value === "number" ? runner.submit(echo, value) : runner.submit(copy, value as Bytes);
    },
    move: move && ((value: Bytes) => runner.submit(move, transfer(value, [value.buffer]))),
    dispose: () => runner.shutdown(),
  };
}

/** Submits all and runs them to the end, on workers that have run tasks before. */
async function submitAndRun(runner: TaskRunner, { echo }: Tasks, count: number): Promise<void> {
  for (let x = 0; x < count; x++) runner.submit(echo, x);
  const { counts } = await runner.run();
  if (counts.completed !== count) throw new Error(`Only ${counts.completed} completed`);
}

/** How long a runaway body keeps its processor after its deadline, in milliseconds. */
async function runaway({ echo, loop }: Tasks): Promise<number> {
  if (loop === undefined) throw new Error("no runaway");
  const { cpuUsage } = await import("node:process");
  const used = () => {
    const { user, system } = cpuUsage();
    return (user + system) / 1000;
  };
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  await runner.submit(echo, 1);
  const deadline = performance.now() + 100;
  const { error } = await runner.submit(loop).getResult();
  if (error === undefined) throw new Error("The runaway ended by itself");
  let before = used();
  let busyUntil = performance.now();
  while (performance.now() < deadline + WATCHED) {
    const since = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const after = used();
    if (after - before > (performance.now() - since) / 2) busyUntil = performance.now();
    before = after;
  }
  return busyUntil - deadline;
}

await contend(async () => {
  const kind = Deno.args[0];
  const tasks: Tasks = kind === "thread" ? await import("./thread_tasks.ts") : await import("./process_tasks.ts");
  let warm: TaskRunner | undefined;
  const { measurements, dispose } = poolContest((workers: number) => poolOf(tasks, workers));
  return {
    measurements: {
      ...measurements,
      awaited: measurements["throughput"]!,
      throughput: async ({ tasks: count }: Params) => {
        const runner = warm ??= new TaskRunner({ maxWorkers: 2 });
        await submitAndRun(runner, tasks, 2_000);
        return await clock(() => submitAndRun(runner, tasks, count));
      },
      runaway: () => runaway(tasks),
    },
    dispose: () => Promise.all([dispose?.(), warm?.shutdown()]),
  };
});
