/**
 * Progress of the program that `workflowy run` runs.
 *
 * @module
 */

import type { TaskRunner } from "../../runner/task_runner.ts";
import type { ProgressMode } from "./options.ts";

/** Loads what shows progress in this way. It is called for each runner. */
export function progressFor(mode: ProgressMode): Promise<(runner: TaskRunner) => void> {
  void mode;
  return Promise.resolve(() => {});
}
