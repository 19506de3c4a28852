/**
 * The port through which the runner has task bodies run.
 *
 * @module
 */

import type { LogLevel } from "./logger.ts";
import type { ResolvedTaskOptions } from "./options.ts";

/** A task, as a pool sees it. */
export interface JobTask {
  /** The task's name. */
  readonly name: string;
  /** Its options, checked and complete. */
  readonly options: ResolvedTaskOptions;
  /** The name under which its module defines it, where `.with({ name })` gave it another one. */
  readonly definedAs: string;
}

/** Who wants to know that an attempt is aborted. */
export interface AbortListener {
  /** Told once, for what reason: a `TaskTimeoutError` if the attempt is out of time. */
  onAbort(reason: unknown): void;
}

/** One attempt at a task, as a pool sees it. */
export interface Job extends JobTask {
  /** The id of the task's handle. */
  readonly id: string;
  /** The number of the attempt, from 1. */
  readonly number: number;
  /** The arguments, with values in place of handles. */
  readonly args: readonly unknown[];
  /** Aborted when the attempt is cancelled or runs out of time; made when first read. */
  readonly signal: AbortSignal;
  /** For the pool to set: told when the attempt is aborted, as `signal` is, which costs more to listen to. */
  abortListener: AbortListener | undefined;
  /** Calls the body here, with `currentTask()` in force; a pool that runs bodies elsewhere does not use it. */
  call(): unknown;
  /**
   * Says that the body begins, for a pool that has a `prefetch`. Returns whether it still may: the task may have been
   * cancelled, in which case nobody waits for its outcome.
   */
  begin(): boolean;
  /** Reports progress from 0 to 1. */
  progress(fraction: number, message?: string): void;
  /** Writes to the runner's logger. */
  log(level: LogLevel, data: readonly unknown[]): void;
  /** Says that the body returned. Of this, `fail()` and `timeout()`, the first call counts. */
  complete(value: unknown): void;
  /** Says that the body threw, or could not be run. */
  fail(error: unknown): void;
  /** Says that the body was ended as it took longer than its task's timeout. */
  timeout(): void;
}

/** What a pool has come to, in numbers. */
export interface PoolState {
  /** Workers that live: threads or subprocesses. */
  readonly workers: number;
  /** Threads that cannot be ended, as they loop. */
  readonly quarantined: number;
}

/**
 * A place where task bodies run. The runner never gives a pool more jobs at a time than the pool's slots and prefetch.
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
   * How many jobs it takes beyond `maxWorkers`, to keep in line. A pool that has this, be it 0, says of each job when its
   * body begins; until then the task is ready and may be cancelled without having run.
   */
  readonly prefetch?: number;
  /** What it has come to. */
  readonly state?: PoolState;
  /**
   * Looks at a task that is being submitted. Among the arguments may be handles, whose values are not known yet.
   *
   * @throws {TypeError} If the pool cannot run it.
   */
  check?(task: JobTask, args: readonly unknown[]): void;
  /**
   * Runs one attempt and tells the job how it ended, once, now or later. What it throws, or rejects with, fails the
   * attempt. After `job.signal` was aborted nobody waits for the outcome, but it says when the body is over.
   */
  execute(job: Job): void | Promise<void>;
}
