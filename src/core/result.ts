/**
 * How a task ended, as plain data.
 *
 * @module
 */

import type { TaskStatus } from "./status.ts";

/**
 * The outcome of a task: its value or error, and its times. Frozen. For a task that has not finished, what is known so far.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const { status, value, ok, attempts } = await runner.submit((x: number) => x * x, 5).getResult();
 * assertEquals({ status, value, ok, attempts }, { status: "completed", value: 25, ok: true, attempts: 1 });
 * ```
 *
 * @typeParam T What the task returns.
 */
export interface TaskResult<T = unknown> {
  /** The id of the task's handle. */
  readonly id: string;
  /** The task's name. */
  readonly name: string;
  /** The status of the task. */
  readonly status: TaskStatus;
  /** What the body returned, if the task completed; else `undefined`. */
  readonly value: T | undefined;
  /** What the task failed with (a body can throw anything), or why it was cancelled or skipped; else `undefined`. */
  readonly error: unknown;
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
  /** Whether the task completed. */
  readonly ok: boolean;
  /**
   * For `JSON.stringify()`, of a result with an error: that has its name, message, stack and cause.
   *
   * @returns Plain data.
   */
  toJSON?(): Record<string, unknown>;
}
