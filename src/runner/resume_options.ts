/**
 * Where a runner continues from, and how.
 *
 * @module
 */

import type { Checkpointer } from "../core/checkpointer.ts";
import { boolean, refuseUnknown } from "../core/checks.ts";
import { checkCheckpointer, RUNNER_OPTIONS, type TaskRunnerOptions } from "./options.ts";
import type { Kept } from "../durability/earlier_run.ts";

/**
 * The options of `TaskRunner.resume()`.
 *
 * @example What failed stays failed
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MemoryCheckpointer, type ResumeOptions, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const checkpointer = new MemoryCheckpointer();
 * const options: ResumeOptions = { keepFailed: true, onTaskError: "continue" };
 * let calls = 0;
 * const fail = task({ name: "fail" }, () => {
 *   throw new Error(`call ${++calls}`);
 * });
 * for (let program = 0; program < 2; program++) {
 *   await using runner = await TaskRunner.resume(checkpointer, options);
 *   const handle = runner.submit(fail);
 *   await runner.run();
 *   assertEquals([handle.status, calls], ["failed", 1]);
 * }
 * ```
 */
export interface ResumeOptions extends Omit<TaskRunnerOptions, "checkpointPath" | "checkpointer"> {
  /** Whether tasks that had failed keep their errors, and do not run again. Default: `false`. */
  readonly keepFailed?: boolean | undefined;
}

/** Which tasks do not run again, unless the options say otherwise. */
export const KEPT: Kept = new Set(["completed", "skipped"]);
const KEPT_WITH_FAILED: Kept = new Set([...KEPT, "failed"]);

/**
 * The options of the runner itself, and which records end their tasks.
 *
 * @throws {TypeError} If an option is of a wrong kind, or there is nothing to continue from.
 */
export function resolveResumeOptions(
  from: string | URL | Checkpointer,
  options: ResumeOptions,
): TaskRunnerOptions & { readonly kept: Kept } {
  const known = [...RUNNER_OPTIONS.filter((option) => !/^checkpoint(Path|er)$/.test(option)), "keepFailed"];
  refuseUnknown(options, known, "of TaskRunner.resume()");
  const { keepFailed = false, ...others } = options;
  boolean(keepFailed, "keepFailed of TaskRunner.resume()");
  const kept = keepFailed ? KEPT_WITH_FAILED : KEPT;
  if (typeof from === "string" || from instanceof URL) return { ...others, checkpointPath: from, kept };
  const checkpointer = checkCheckpointer(from, "What TaskRunner.resume() continues from, if it is not a path,");
  return { ...others, checkpointer, kept };
}
