/**
 * What a run did.
 *
 * @module
 */

import type { TaskResult } from "../core/result.ts";
import type { TaskStatus } from "../core/status.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";

/**
 * What a `run()` did: the results of all tasks that were submitted since the last one.
 *
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 *
 * const square = task(function square(x: number) {
 *   return x * x;
 * });
 * await using runner = new TaskRunner();
 * runner.enter();
 * square.map([1, 2, 3]);
 * const report = await runner.run();
 * assert(report.ok);
 * assertEquals(report.byName("square").map((result) => result.value), [1, 4, 9]);
 * assertEquals(report.counts.completed, 3);
 * ```
 */
export class RunReport {
  /** How long the call of `run()` took, in whole milliseconds. */
  readonly durationMs: number;
  /** How many tasks ended with each status since the last run. */
  readonly counts: Readonly<Record<TaskStatus, number>>;
  readonly #handles: readonly TaskHandle<unknown>[];
  #results: readonly TaskResult[] | undefined;
  #byId: Map<string, TaskResult> | undefined;

  /** Reports on handles that have finished; `counts` may be of more tasks than are kept. */
  constructor(
    handles: readonly TaskHandle<unknown>[],
    counts: Readonly<Record<TaskStatus, number>>,
    durationMs: number,
  ) {
    this.#handles = handles;
    this.counts = Object.freeze(counts);
    this.durationMs = durationMs;
  }

  /** Whether every task completed. */
  get ok(): boolean {
    const { failed, cancelled, skipped } = this.counts;
    return failed + cancelled + skipped === 0;
  }

  /**
   * The results in the order of submission; made when first asked for. Of tasks that had finished before the run began, as
   * handles were awaited, the last `retain` only.
   */
  get results(): readonly TaskResult[] {
    return this.#results ??= Object.freeze(this.#handles.map((handle) => handle.peek()!));
  }

  /** The result of the handle with that id, if it was of this run. */
  byId(id: string): TaskResult | undefined {
    this.#byId ??= new Map(this.results.map((result) => [result.id, result]));
    return this.#byId.get(id);
  }

  /** The results of all tasks of that name, in the order of submission. */
  byName(name: string): TaskResult[] {
    return this.results.filter((result) => result.name === name);
  }
}
