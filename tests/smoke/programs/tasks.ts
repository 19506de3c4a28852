/** Tasks that run in workers, as users write them: this module imports `./task` only. */

import { currentTask, task } from "../../../src/tasks/mod.ts";

export const onThread = task({ name: "on-thread", backend: "thread", timeout: "30s" }, (words: string[]) => {
  currentTask()!.progress(0.5);
  return words.map((word) => word.length);
});

export const inProcess = task({ name: "in-process", backend: "process", permissions: "none" }, (x: number) => {
  return { doubled: 2 * x, attempt: currentTask()!.attempt };
});

export const elsewhere = task({ name: "elsewhere" }, (length: number) => "x".repeat(length));
