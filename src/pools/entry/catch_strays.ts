/**
 * Errors that no task catches: they would end the program, and in a worker hit whichever task happens to run.
 *
 * @module
 */

import { ambientScope } from "../../tasks/ambient.ts";
import type { Executor } from "./executor.ts";
import { WorkerTask } from "./worker_task.ts";

/**
 * Ends the worker, and with it the task under way, for an error of that task. One that a task left behind which is over
 * is only reported.
 */
export function catchStrays(executor: Executor, lose: (reason: unknown) => void): void {
  const judge = (error: unknown) => {
    const scope = ambientScope(); // that of the promise, or nothing in the callback of a timer
    const culprit = scope instanceof WorkerTask ? scope : executor.current;
    if (culprit === undefined || culprit.over) console.error("A task left an error behind that nobody caught:", error);
    else lose(error);
  };
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    judge(event.error ?? new Error(event.message));
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    judge(event.reason);
  });
}
