/**
 * The runner that is current.
 *
 * @module
 */

import { ambientSubmitter } from "../tasks/ambient.ts";
import { TaskRunner } from "./task_runner.ts";

/**
 * The runner that `submit()` goes to here: that of the running task, or the one entered or used; `undefined` if there
 * is none.
 *
 * @example
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
