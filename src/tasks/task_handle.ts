/**
 * A submitted task, as users see it.
 *
 * @module
 */

import type { Duration } from "../core/duration.ts";
import type { TaskAttempt } from "../core/observations.ts";
import type { TaskResult } from "../core/result.ts";
import type { TaskStatus } from "../core/status.ts";

/** Limits of a wait for a handle. */
export interface WaitOptions {
  /** How long to wait. A number is milliseconds. Default: without limit. The task continues when the wait has ended. */
  readonly timeout?: Duration | undefined;
  /** Ends the wait when aborted, but not the task. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A submitted task. `await` yields what the task returned, or throws what it failed with. It starts the runner if nothing
 * else has. While the body of a task waits for a handle, the task gives its slot back, even if the body does something else
 * meanwhile.
 *
 * @typeParam T What the task returns.
 *
 * @example Await a task
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
  /** Its place in the order of submission, from 1. */
  readonly seq: number;
  /** The arguments as submitted, with handles; dropped when the task has completed. To be shown, see `shownArgs`. */
  readonly args: readonly unknown[] | undefined;
  /**
   * The arguments as they may be shown to people: as the `redact` of its options gives them, once they are known, else the same
   * as `args`.
   */
  readonly shownArgs: readonly unknown[] | undefined;
  /** The name of its pool. Of a sleep, and of a wait for a signal: none. */
  readonly pool: string | undefined;
  /** The thread or subprocess of the last attempt, such as `"thread-2"`. On the event loop: none. */
  readonly worker: string | undefined;
  /** The handle of the task whose body submitted it, if one did, as long as the runner keeps this handle. */
  readonly parent: TaskHandle<unknown> | undefined;
  /**
   * The handles that the bodies of this task have submitted, as far as the runner keeps them.
   *
   * @returns The handles, in the order of submission.
   */
  children(): readonly TaskHandle<unknown>[];
  /** When it was submitted; with a checkpoint, for the first time. */
  readonly submittedAt: Date;
  /** When it was ready to start, in this run: nothing that it depends on was left to wait for. */
  readonly readyAt: Date | undefined;
  /** When the last attempt started. */
  readonly startedAt: Date | undefined;
  /** When the task finished. */
  readonly finishedAt: Date | undefined;
  /** All attempts, oldest first; of more than 21, the last ones. Errors of earlier runs are strings. */
  readonly history: readonly TaskAttempt[];
  /** The status of the task. */
  readonly status: TaskStatus;
  /** Whether it has finished: it is completed, failed, cancelled or skipped. */
  readonly done: boolean;
  /** How many attempts have started. */
  readonly attempts: number;
  /** The last progress that the body reported, from 0 to 1. Initially 0; 1 once the task has completed. */
  readonly progress: number;
  /** The message of that report, if it had one. */
  readonly progressMessage: string | undefined;
  /** The earliest start of the next attempt, while the status is `"retrying"`. */
  readonly retryAt?: Date | undefined;
  /** Until when it must have finished, if it has a `deadline`. */
  readonly deadline?: Date | undefined;
  /** The handles that it depends on. Empty once a serving runner has dropped the finished handle. */
  readonly dependsOn: readonly TaskHandle<unknown>[];
  /** The `source` given at submit. Default: `"manual"`. */
  readonly source: string;
  /** What it is about, in words, if its options have a `label` and its arguments are known. */
  readonly label?: string | undefined;
  /** The tags that its options give it. Default: none. */
  readonly tags: readonly string[];
  /** The key by which unfinished tasks are deduplicated, if there is one. */
  readonly dedupKey?: string | undefined;
  /**
   * Waits until the task has finished.
   *
   * @param options Limits of the wait. Default: none.
   * @returns What the task returned.
   * @throws {CycleError} If the calling task waits for a task that waits for it, and nothing else can start.
   * @throws {DOMException} Named `TimeoutError`, if `timeout` passes first. The task continues.
   * @throws {RangeError} If `timeout` is not a valid duration.
   * @throws What the task failed with; a {@linkcode TaskCancelledError} if it was cancelled; a
   * {@linkcode DependencyFailedError} if it was skipped; the `reason` of `signal` if that is aborted first.
   */
  result(options?: WaitOptions): Promise<T>;
  /**
   * Waits until the task has finished. Never rejects.
   *
   * @returns What {@linkcode TaskHandle.result} would throw, or `undefined` if the task completed.
   */
  exception(): Promise<unknown>;
  /**
   * Waits until the task has finished. A failure is a result too.
   *
   * @returns The outcome of the task.
   * @throws {CycleError} If the calling task waits for a task that waits for it, and nothing else can start.
   */
  getResult(): Promise<TaskResult<T>>;
  /** Whether an earlier run ended the task, so that it did not run in this one. */
  readonly restored: boolean;
  /** Whether the task completed with a result that was kept in the cache, and did not run. */
  readonly cached: boolean;
  /**
   * Resolves when the submission is on record; at once without a checkpointer. A service that accepts work answers after
   * that.
   *
   * @returns A promise without a value.
   * @throws {CheckpointError} If it cannot be saved.
   */
  saved(): Promise<void>;
  /**
   * Returns the outcome of the task without waiting for it or starting anything.
   *
   * @returns The outcome, or `undefined` if the task has not finished.
   */
  peek(): TaskResult<T> | undefined;
  /**
   * Cancels the task, whatever it is doing. Unfinished handles that its body submitted are cancelled with it.
   *
   * @param reason Becomes the `reason` of the body's `signal`, and of the {@linkcode TaskCancelledError}. Default: none; that of
   * the `signal` is then this error.
   * @returns Whether the task was cancelled: `false` if it had finished.
   */
  cancel(reason?: unknown): boolean;
  /**
   * Adds dependencies to a task that has not started.
   *
   * @param handles Handles of the same runner, which must finish first.
   * @returns This handle.
   * @throws {CycleError} If the task would wait for itself. The error names the cycle.
   * @throws {TypeError} If one of them is not a handle of the same runner.
   * @throws {Error} If the task has started.
   */
  after(...handles: readonly TaskHandle<unknown>[]): this;
  /**
   * Says why the task has its status: what it waits for, why it failed or was skipped …
   *
   * @returns A sentence in English.
   */
  explain(): string;
}
