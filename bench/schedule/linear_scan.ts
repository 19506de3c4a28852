/**
 * A scheduler as pyWorkflowy's is: a list of jobs, and each tick looks at all of them.
 *
 * @module
 */

import type { Task, TaskHandle, TaskRunner } from "../../mod.ts";

/** Its name in tables. */
export const LINEAR_SCAN = "linear scan (pyWorkflowy)";

/** A job that is due again and again. Times are in milliseconds. */
interface ListedJob {
  readonly task: Task<[], void>;
  readonly interval: number;
  nextRun: number;
  lastHandle: TaskHandle<void> | undefined;
}

/** Submits to the same runner as ours; only the search for what is due differs, and it has no other features. */
export class LinearScan {
  readonly #runner: TaskRunner;
  readonly #clock: () => number;
  readonly #jobs: ListedJob[] = [];

  constructor(runner: TaskRunner, clock: () => number) {
    this.#runner = runner;
    this.#clock = clock;
  }

  every(interval: number, task: Task<[], void>): void {
    this.#jobs.push({ task, interval, nextRun: Infinity, lastHandle: undefined });
  }

  start(): void {
    const now = this.#clock();
    for (const job of this.#jobs) job.nextRun = now + job.interval;
  }

  tick(): TaskHandle<void>[] {
    const now = this.#clock();
    const handles: TaskHandle<void>[] = [];
    for (const job of this.#jobs) {
      if (job.nextRun > now) continue;
      job.lastHandle = this.#runner.submit(job.task);
      handles.push(job.lastHandle);
      job.nextRun += job.interval;
    }
    return handles;
  }
}
