/**
 * Progress of the program that `workflowy run` runs.
 *
 * @module
 */

import type { TaskRunner } from "../../runner/task_runner.ts";
import type { ProgressMode } from "./options.ts";

/** Loads what shows progress in this way. It is called for each runner; what it returns ends it. */
export async function progressFor(mode: ProgressMode): Promise<(runner: TaskRunner) => Disposable | undefined> {
  if (mode === "none") return () => undefined;
  const { showProgress } = await import("../../observe/progress/show_progress.ts");
  return (runner) => showProgress(runner, { mode });
}
