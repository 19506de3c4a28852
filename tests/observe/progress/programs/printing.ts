/**
 * Shows the progress of tasks that print on the event loop, in threads and in subprocesses.
 *
 * @module
 */

import { task, TaskRunner } from "../../../../mod.ts";
import { showProgress } from "../../../../src/observe/progress/show_progress.ts";

async function print(where: string, n: number): Promise<void> {
  for (let line = 1; line <= 4; line++) {
    console.log(`${where} ${n} prints line ${line}`);
    console.error(`${where} ${n} has error ${line}\nof two lines`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

export const inThread = task({ name: "in-thread", backend: "thread" }, (n: number) => print("thread", n));
export const inProcess = task({ name: "in-process", backend: "process" }, (n: number) => print("process", n));
const onLoop = task({ name: "on-loop" }, (n: number) => print("loop", n));

if (import.meta.main) {
  await using runner = new TaskRunner();
  using _ = showProgress(runner, { mode: "live", interval: 20 });
  runner.enter();
  for (const each of [inThread, inProcess, onLoop]) each.map([1, 2]);
  await runner.run();
}
