/**
 * What watches the runners of a program that `workflowy run` runs.
 *
 * @module
 */

import type { TaskRunner } from "../../runner/task_runner.ts";
import type { ProgressMode } from "./options.ts";

/** Is called for each runner; what it returns ends it. */
export type Watcher = (runner: TaskRunner) => Disposable | undefined;

/** Loads what reports to OpenTelemetry. */
export async function telemetryFor(isWanted: boolean): Promise<Watcher> {
  if (!isWanted) return () => undefined;
  return (await import("../../observe/telemetry.ts")).telemetry;
}

/** Loads what shows progress in this way. */
export async function progressFor(mode: ProgressMode): Promise<Watcher> {
  if (mode === "none") return () => undefined;
  const { showProgress } = await import("../../observe/progress/show_progress.ts");
  return (runner) => showProgress(runner, { mode });
}
