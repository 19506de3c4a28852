/**
 * Where a runner continues from, and how.
 *
 * @module
 */

import type { Checkpointer } from "../core/checkpointer.ts";
import { abortSignal, boolean, refuseUnknown } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
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
  /**
   * Whether to wait while another runner has the checkpoint, in this program or another one, until that has ended, was killed
   * or lost it; a signal ends the wait. Default: `false`, which is an error then.
   */
  readonly standby?: boolean | StandbyOptions | undefined;
}

/** How `TaskRunner.resume()` stands by. */
export interface StandbyOptions {
  /** Ends the wait: `resume()` then rejects with its reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
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
): TaskRunnerOptions & { readonly kept: Kept; readonly standby: StandbyOptions | undefined } {
  const known = [...RUNNER_OPTIONS.filter((option) => !/^checkpoint(Path|er)$/.test(option)), "keepFailed", "standby"];
  refuseUnknown(options, known, "of TaskRunner.resume()");
  const { keepFailed = false, standby: given, ...others } = options;
  const standby = resolveStandby(given);
  boolean(keepFailed, "keepFailed of TaskRunner.resume()");
  const kept = keepFailed ? KEPT_WITH_FAILED : KEPT;
  if (typeof from === "string" || from instanceof URL) return { ...others, checkpointPath: from, kept, standby };
  const checkpointer = checkCheckpointer(from, "What TaskRunner.resume() continues from, if it is not a path,");
  return { ...others, checkpointer, kept, standby };
}

function resolveStandby(given: unknown): StandbyOptions | undefined {
  if (given === undefined || given === false) return undefined;
  if (given === true) return {};
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `standby of TaskRunner.resume() must be true, false or { signal }, not ${describeValue(given)}`,
    );
  }
  refuseUnknown(given, ["signal"], "of standby of TaskRunner.resume()");
  const { signal } = given as StandbyOptions;
  return signal === undefined ? {} : { signal: abortSignal(signal, "signal of standby of TaskRunner.resume()") };
}
