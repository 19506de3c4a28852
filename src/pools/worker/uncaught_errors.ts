/**
 * Errors that no task catches: they would end the program, and in a worker hit whichever task happens to run.
 *
 * @module
 */

import { ambientScope } from "../../tasks/ambient.ts";
import type { WorkerLoop } from "./worker_loop.ts";
import { WorkerTask } from "./worker_task.ts";

/**
 * Ends the worker, and with it the task under way, for an error of that task. A rejection that a task left behind which is
 * over is only reported. An error in the callback of a timer tells nothing of where it comes from: it is laid to the task
 * under way.
 */
export function handleUncaughtErrors(loop: WorkerLoop, lose: (reason: unknown) => void): void {
  const report = (error: unknown, name = "A task") => {
    console.error(`${name} left an error behind that nobody caught:`, error);
  };
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    const error = event.error ?? new Error(event.message);
    if (loop.current === undefined) report(error);
    else lose(error);
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    const scope = ambientScope(); // where the promise was made
    const culprit = scope instanceof WorkerTask ? scope : loop.current;
    if (culprit === undefined || culprit.over) report(event.reason, culprit && `"${culprit.id}"`);
    else lose(event.reason);
  });
}
