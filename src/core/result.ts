/**
 * How a task ended, as plain data.
 *
 * @module
 */

import type { TaskStatus } from "./status.ts";

/** What the results of all tasks have. */
export interface TaskOutcome {
  /** The id of the task's handle. */
  readonly id: string;
  /** The task's name. */
  readonly name: string;
  /** The status of the task. */
  readonly status: TaskStatus;
  /** How many attempts were started. */
  readonly attempts: number;
  /** When the last attempt started, if one did. */
  readonly startedAt?: Date;
  /** When the task finished. */
  readonly finishedAt?: Date;
  /** From the start of the last attempt to the end of the task, in milliseconds. */
  readonly durationMs?: number;
  /** What the task was about, in words, if its options have a `label`. */
  readonly label?: string;
  /** The tags of the task, if it has any. */
  readonly tags?: readonly string[];
  /** Set if the result is one of the cache: the task did not run. */
  readonly cached?: true;
  /**
   * For `JSON.stringify()`, of a result with an error: that has its name, message, stack and cause.
   *
   * @returns Plain data.
   */
  toJSON?(): Record<string, unknown>;
}

/**
 * The result of a task that completed.
 *
 * @typeParam T What the task returns.
 */
export interface CompletedResult<T = unknown> extends TaskOutcome {
  /** Whether the task completed. */
  readonly ok: true;
  /** The status of the task. */
  readonly status: "completed";
  /** What the body returned. */
  readonly value: T;
  /** It has none. */
  readonly error: undefined;
}

/** The result of a task that did not complete, or has not finished. */
export interface IncompleteResult extends TaskOutcome {
  /** Whether the task completed. */
  readonly ok: false;
  /** The status of the task. */
  readonly status: Exclude<TaskStatus, "completed">;
  /** It has none. */
  readonly value: undefined;
  /** What the task failed with (a body can throw anything), or why it was cancelled or skipped; else `undefined`. */
  readonly error: unknown;
}

/**
 * The outcome of a task: its value or error, and its times. Frozen. For a task that has not finished, what is known so far.
 * If `ok` is true, TypeScript knows that it has a `value`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const result = await runner.submit((x: number) => x * x, 5).getResult();
 * assertEquals([result.status, result.attempts], ["completed", 1]);
 * if (result.ok) assertEquals(result.value + 1, 26);
 * else console.error(result.error);
 * ```
 *
 * @typeParam T What the task returns.
 */
export type TaskResult<T = unknown> = CompletedResult<T> | IncompleteResult;
