/**
 * The runner that is current.
 *
 * @module
 */

import { ambientSubmitter } from "../tasks/ambient.ts";
import { TaskRunner } from "./task_runner.ts";

/**
 * The runner that `task.submit()` uses here: that of the running task, or the one that was entered or is used.
 *
 * @returns The runner; `undefined` if there is none.
 *
 * @example Within use()
 * ```ts
 * import { assertStrictEquals } from "@std/assert";
 * import { currentRunner, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * assertStrictEquals(runner.use(() => currentRunner()), runner);
 * ```
 */
export function currentRunner(): TaskRunner | undefined {
  const submitter = ambientSubmitter();
  return submitter instanceof TaskRunner ? submitter : undefined;
}
