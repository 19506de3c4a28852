/**
 * How a task ended, as plain data.
 *
 * @module
 */

import type { TaskStatus } from "./status.ts";

/** How far a task came: its value or error, and when. Frozen; of a task that is not over, what is known so far. */
export interface TaskResult<T = unknown> {
  /** The id of the task's handle. */
  readonly id: string;
  /** The task's name. */
  readonly name: string;
  /** Where the task is in its life. */
  readonly status: TaskStatus;
  /** What the body returned, if it completed. */
  readonly value: T | undefined;
  /** What the task failed with (bodies can throw anything), or why it was cancelled or skipped. */
  readonly error: unknown;
  /** How many attempts were started. */
  readonly attempts: number;
  /** When the last attempt started. */
  readonly startedAt?: Date;
  /** When the task was over. */
  readonly finishedAt?: Date;
  /** From the start of the last attempt to the end of the task, in whole milliseconds. */
  readonly durationMs?: number;
  /** Whether it completed. */
  readonly ok: boolean;
}
