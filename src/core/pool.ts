/**
 * The port through which the runner has task bodies run.
 *
 * @module
 */

/** One attempt at a task, as a pool sees it. */
export interface Job {
  /** The id of the task's handle. */
  readonly id: string;
  /** The task's name. */
  readonly name: string;
  /** The number of the attempt, from 1. */
  readonly number: number;
  /** The arguments, with values in place of handles. */
  readonly args: readonly unknown[];
  /** Aborted when the attempt is cancelled or runs out of time; made when first read. */
  readonly signal: AbortSignal;
  /** Calls the body here, with `currentTask()` in force; a pool that runs bodies elsewhere does not use it. */
  call(): unknown;
  /** Reports progress from 0 to 1. */
  progress(fraction: number, message?: string): void;
  /** Says that the body returned. Of this and `fail()`, the first call counts. */
  complete(value: unknown): void;
  /** Says that the body threw, or could not be run. */
  fail(error: unknown): void;
}

/**
 * A place where task bodies run. The runner never gives a pool more jobs at a time than the pool's slots.
 *
 * A pool that is handed to a runner as an object stays its owner's to dispose of. One that has several names, or several
 * runners, gets as many jobs from each.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Job, type Pool, task, TaskRunner } from "@workflowy/workflowy";
 *
 * // Counts what it runs.
 * class CountingPool implements Pool {
 *   readonly maxWorkers = 2;
 *   count = 0;
 *   async execute(job: Job) {
 *     this.count++;
 *     try {
 *       job.complete(await job.call());
 *     } catch (error) {
 *       job.fail(error);
 *     }
 *   }
 *   async [Symbol.asyncDispose]() {}
 * }
 *
 * await using pool = new CountingPool();
 * await using runner = new TaskRunner({ pools: { counted: pool } });
 * const double = task({ name: "double", pool: "counted" }, (x: number) => 2 * x);
 * assertEquals(await runner.submit(double, 4), 8);
 * assertEquals(pool.count, 1);
 * ```
 */
export interface Pool extends AsyncDisposable {
  /** How many jobs it takes at a time. */
  readonly maxWorkers: number;
  /**
   * Runs one attempt and tells the job how it ended, once, now or later. What it throws, or rejects with, fails the
   * attempt. After `job.signal` was aborted nobody waits for the outcome, but it says when the body is over.
   */
  execute(job: Job): void | Promise<void>;
}
