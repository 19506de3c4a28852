/**
 * A runner that serves for long must not grow: heap and rate over a million tasks, and over as many with a key.
 *
 * @module
 */

import { task, TaskRunner } from "../mod.ts";
import { printFigures } from "./goals.ts";
import { type Cell, heapInUse, micros, power, printTable } from "./harness.ts";

const TASKS = 1_000_000;
const BATCH = 1_000;
const SAMPLES = 10;

// deno-lint-ignore require-await -- an async no-op is what is measured
const echo = task({ name: "echo" }, async (x: number): Promise<number> => x);

async function serve(title: string, submit: (runner: TaskRunner, x: number) => PromiseLike<number>): Promise<void> {
  await using runner = new TaskRunner({ maxWorkers: 100 });
  const served = runner.serve();
  const rows: Cell[][] = [];
  const heaps: number[] = [];
  const speeds: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = performance.now();
    for (let done = 0; done < TASKS / SAMPLES; done += BATCH) {
      let last: PromiseLike<number> | undefined;
      for (let x = 0; x < BATCH; x++) last = submit(runner, sample * TASKS / SAMPLES + done + x);
      await last;
    }
    const speed = (performance.now() - start) * 1000 / (TASKS / SAMPLES);
    speeds.push(speed);
    heaps.push(heapInUse());
    rows.push([power((sample + 1) * TASKS / SAMPLES), (heaps.at(-1)! / 1e6).toFixed(2), micros(speed)]);
  }
  await runner.stop();
  await served;
  printTable(title, ["tasks", "MB in use", "µs a task"], rows);
  printFigures([
    { what: `${title}: heap, last ÷ second sample`, value: heaps.at(-1)! / heaps[1]!, goal: 1.1 },
    { what: `${title}: time, last ÷ second sample`, value: speeds.at(-1)! / speeds[1]!, goal: 1.1 },
  ]);
}

await serve("serve(): independent tasks", (runner, x) => runner.submit(echo, x));
await serve("serve(): with a key each", (runner, x) => echo.with({ runner, key: `order-${x}` }).submit(x));

let previous: ReturnType<typeof echo.submit> | undefined;
await serve("serve(): a chain, each waiting for the one before", (runner, x) => {
  previous = runner.submit(echo, previous ?? x);
  return previous;
});
