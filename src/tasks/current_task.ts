/**
 * What a task's body sees of the task.
 *
 * @module
 */

import { ambientScope } from "./ambient.ts";
import type { TaskContext } from "./context.ts";

/**
 * The task whose body is running. Works on every backend.
 *
 * @returns The context of the task, or `undefined` if the caller does not belong to a running body.
 *
 * @example Ask for the name of the running task
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { currentTask, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const whoAmI = task(function whoAmI() {
 *   return currentTask()?.name;
 * });
 * await using runner = new TaskRunner();
 * assertEquals(await runner.submit(whoAmI), "whoAmI");
 * assertEquals(currentTask(), undefined);
 * ```
 */
export function currentTask(): TaskContext | undefined {
  let scope = ambientScope();
  while (scope !== undefined && scope.context === undefined) scope = scope.outer;
  return scope?.context ?? undefined;
}
