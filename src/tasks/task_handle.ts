/**
 * A submitted task, as users see it.
 *
 * @module
 */

import type { Duration } from "../core/duration.ts";
import type { TaskResult } from "../core/result.ts";
import type { TaskStatus } from "../core/status.ts";

/** How long and until when a wait for a handle goes on. */
export interface WaitOptions {
  /** How long to wait; default: without end. The task goes on when the wait is over. */
  readonly timeout?: Duration | undefined;
  /** Ends the wait, not the task. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A submitted task. Awaiting it yields what the task returned, or throws what it failed with, and starts its runner if
 * nothing else has. Within a task, its slot is given back for as long as it waits for any handle: also if it does
 * something else meanwhile.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 *
 * const square = task(function square(x: number) {
 *   return x * x;
 * });
 * await using runner = new TaskRunner();
 * const handle = runner.submit(square, 5);
 * assertEquals(handle.status, "ready");
 * assertEquals(await handle, 25);
 * assertEquals(handle.status, "completed");
 * ```
 */
export interface TaskHandle<T> extends PromiseLike<T> {
  /** Unique within the runner: the `key` given at submit, else the task's name and a number. */
  readonly id: string;
  /** The task's name. */
  readonly name: string;
  /** Where the task is in its life. */
  readonly status: TaskStatus;
  /** Whether it is over: completed, failed, cancelled or skipped. */
  readonly done: boolean;
  /** How many attempts were started. */
  readonly attempts: number;
  /** The last progress that the body reported, from 0 to 1; 0 before. */
  readonly progress: number;
  /** The message of that report. */
  readonly progressMessage: string | undefined;
  /** When the next attempt starts at the earliest, while the status is `"retrying"`. */
  readonly retryAt?: Date | undefined;
  /** The handles it waits for or waited for. Empty once a serving runner has let go of the finished handle. */
  readonly dependsOn: readonly TaskHandle<unknown>[];
  /** What submitted it, as given at submit; `"manual"` by default. */
  readonly source: string;
  /** The key under which a second submission would have found it while it was active. */
  readonly dedupKey?: string | undefined;
  /**
   * What the task returned.
   *
   * @throws {CycleError} If the calling task waits for a task that waits for it, and nothing else can start.
   * @throws {DOMException} Named `TimeoutError`, if `timeout` passes first; the task goes on.
   * @throws {RangeError} If `timeout` is no length of time.
   * @throws What the task failed with; a {@linkcode TaskCancelledError} if it was cancelled; a
   * {@linkcode DependencyFailedError} if it was skipped; the `reason` of `signal` if that is aborted first.
   */
  result(options?: WaitOptions): Promise<T>;
  /** What {@linkcode TaskHandle.result} would throw, or `undefined` if the task completed. Never rejects. */
  exception(): Promise<unknown>;
  /**
   * How the task ended; a failure is a result too.
   *
   * @throws {CycleError} If the calling task waits for a task that waits for it, the one case without an end.
   */
  getResult(): Promise<TaskResult<T>>;
  /** Whether an earlier run ended the task, so that it did not run in this one. */
  readonly restored: boolean;
  /**
   * Resolves when the submission is on record; at once without a checkpointer. A service that accepts work answers after
   * that.
   *
   * @returns A promise without a value.
   * @throws {CheckpointError} If it cannot be saved.
   */
  saved(): Promise<void>;
  /** How the task ended, or `undefined` while it is not over; waits for nothing and starts nothing. */
  peek(): TaskResult<T> | undefined;
  /**
   * Ends the task as cancelled, whatever it is doing; the `reason` becomes that of its body's `signal`. Handles that
   * its body submitted and that are not over are cancelled with it.
   *
   * @returns Whether the task was not over yet.
   */
  cancel(reason?: unknown): boolean;
  /**
   * Adds dependencies to a task that has not started.
   *
   * @throws {CycleError} If the task would wait for itself; it names the cycle.
   * @throws {TypeError} If one of them is no handle of the same runner.
   * @throws {Error} If the task has started.
   */
  after(...handles: readonly TaskHandle<unknown>[]): this;
  /** Why the task is where it is, in a sentence. */
  explain(): string;
}
