/**
 * What a run did.
 *
 * @module
 */

import type { TaskResult } from "../core/result.ts";
import type { TaskStatus } from "../core/status.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import { isWaitOfBody } from "../tasks/waiting.ts";
import { resultToJson } from "./handle_facts.ts";

/**
 * What a `run()` did: the results of all tasks that were submitted since the last one.
 *
 * @example The results by name
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
  /** How many tasks ended with each status since the last run; the others were left by `stop({ queued: "leave" })`. */
  readonly counts: Readonly<Record<TaskStatus, number>>;
  readonly #handles: readonly TaskHandle<unknown>[];
  #results: readonly TaskResult[] | undefined;
  #byId: Map<string, TaskResult> | undefined;

  /**
   * Makes a report. Runners do that; programs get it from `run()`.
   *
   * @param handles Handles that have finished, in the order of submission.
   * @param counts How many tasks ended with each status; these may be more than the handles that are kept.
   * @param durationMs How long the run took, in milliseconds.
   */
  constructor(
    handles: readonly TaskHandle<unknown>[],
    counts: Readonly<Record<TaskStatus, number>>,
    durationMs: number,
  ) {
    this.#handles = handles;
    this.counts = Object.freeze(counts);
    this.durationMs = durationMs;
  }

  /** Whether every task completed. How a `sleep()` or `waitFor()` of a body ended does not count, as the body decides. */
  get ok(): boolean {
    const all = Object.values(this.counts).reduce((sum, count) => sum + count, 0);
    const others = all - this.counts.completed;
    return others === 0 || others === this.#handles.filter(isOtherEnd).length;
  }

  /**
   * The results in the order of submission; made when first asked for. Of tasks that had finished before the run began, as
   * handles were awaited, the last `retain` only.
   */
  get results(): readonly TaskResult[] {
    return this.#results ??= Object.freeze(this.#handles.map((handle) => handle.peek()!));
  }

  /**
   * For `JSON.stringify()`: the results with the message, stack and cause of each error.
   *
   * @returns Plain data.
   *
   * @example A report as JSON
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner({ onTaskError: "continue" });
   * runner.submit(task({ name: "load" }, () => {
   *   throw new Error("no answer");
   * }));
   * const { ok, results } = JSON.parse(JSON.stringify(await runner.run()));
   * assertEquals([ok, results[0].name, results[0].error.message], [false, "load", "no answer"]);
   * ```
   */
  toJSON(): Record<string, unknown> {
    const { ok, counts, durationMs, results } = this;
    return { ok, counts, durationMs, results: results.map(resultToJson) };
  }

  /**
   * The result of one task.
   *
   * @param id The id of its handle.
   * @returns The result; `undefined` if no task of this run has that id.
   *
   * @example The result of a task with a key
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner();
   * runner.submit(task({ name: "load" }, () => 42).with({ key: "first" }));
   * const report = await runner.run();
   * assertEquals(report.byId("first")?.value, 42);
   * ```
   */
  byId(id: string): TaskResult | undefined {
    this.#byId ??= new Map(this.results.map((result) => [result.id, result]));
    return this.#byId.get(id);
  }

  /**
   * The results of all tasks of one name.
   *
   * @param name The name.
   * @returns The results, in the order of submission.
   *
   * @example The values of two tasks
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const square = task({ name: "square" }, (x: number) => x * x);
   * await using runner = new TaskRunner();
   * square.with({ runner }).map([2, 3]);
   * const report = await runner.run();
   * assertEquals(report.byName("square").map(({ value }) => value), [4, 9]);
   * ```
   */
  byName(name: string): TaskResult[] {
    return this.results.filter((result) => result.name === name);
  }
}

/** Whether it is a wait of a body that did not complete. */
function isOtherEnd(handle: TaskHandle<unknown>): boolean {
  return handle.status !== "completed" && isWaitOfBody(handle);
}
