/**
 * How the tasks of a program ended.
 *
 * @module
 */

import type { TaskRunner } from "../../runner/task_runner.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import { isWaitOfBody } from "../../tasks/waiting.ts";

/**
 * Counts the outcomes of several runners. A failure that is followed by success, as it was retried, does not count, and that
 * of a wait does not: the body that waits decides what it means.
 */
export class Outcomes {
  /** The tasks that failed last time, in the order of their failures. */
  readonly failed = new Set<TaskHandle<unknown>>();
  readonly #latest = new Map<string, TaskHandle<unknown>>();
  readonly #runners: TaskRunner[] = [];

  /** How many tasks were submitted. */
  get submitted(): number {
    return this.#runners.reduce((sum, runner) => sum + runner.statistics().submitted, 0);
  }

  /** Listens to a runner. */
  watch(runner: TaskRunner): void {
    const number = this.#runners.push(runner);
    const idOf = ({ id }: TaskHandle<unknown>) => `${number} ${id}`;
    runner.observe({
      status: (handle, _from, to) => {
        if ((to !== "completed" && to !== "failed") || isWaitOfBody(handle)) return;
        this.#forget(idOf(handle));
        if (to === "completed") return;
        this.#latest.set(idOf(handle), handle);
        this.failed.add(handle);
      },
    });
  }

  #forget(id: string): void {
    const before = this.#latest.get(id);
    if (before === undefined) return;
    this.#latest.delete(id);
    this.failed.delete(before);
  }
}
