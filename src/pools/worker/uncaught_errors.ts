/**
 * Errors that no task catches: they would end the program, and in a worker hit whichever task happens to run.
 *
 * @module
 */

import { ambientScope } from "../../tasks/ambient.ts";
import type { WorkerLoop } from "./worker_loop.ts";
import { WorkerTask } from "./worker_task.ts";

/** Whether Deno says in which scope a promise was made that is rejected: since 2.7. */
const KNOWS_SCOPE = Number(Deno.version.deno.split(".")[1]) >= 7;

/**
 * Ends the worker, and with it the current task, for an error of that task. A rejection that a finished task left behind is
 * only reported. An error in the callback of a timer does not say where it comes from: it is taken for one of the current
 * task.
 */
export function handleUncaughtErrors(loop: WorkerLoop, lose: (reason: unknown) => void): void {
  const report = (error: unknown, name = "A task") => {
    console.error(`${name} left an error behind that was not caught:`, error);
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
    // Without a scope are the first task, once it has finished, and the code of modules.
    const culprit = scope instanceof WorkerTask ? scope : KNOWS_SCOPE ? undefined : loop.current;
    if (culprit === undefined || culprit.over) report(event.reason, culprit && `"${culprit.id}"`);
    else lose(event.reason);
  });
}
