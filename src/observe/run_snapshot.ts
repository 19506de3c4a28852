/**
 * What pictures and reports are made from: a run at one moment, as plain data.
 *
 * @module
 */

import type { TaskStatus } from "../core/status.ts";

/** An error as it is shown: bounded strings, with the frames of this package left out of the stack. */
export interface ErrorSnapshot {
  /** Its name, such as `"TypeError"`; `""` for a thrown value that is not an error. */
  readonly name: string;
  /** Its message, or the thrown value in words. */
  readonly message: string;
  /** The frames of its stack, one to a line, if it has any of the program. */
  readonly stack?: string;
  /** Its `cause`, if it has one. */
  readonly cause?: ErrorSnapshot;
  /** The first `errors` of an `AggregateError`. */
  readonly errors?: readonly ErrorSnapshot[];
}

/** One attempt at a task. */
export interface AttemptSnapshot {
  /** From 1. */
  readonly number: number;
  /** How it ended; `"running"` while it has not, `"retrying"` if another one follows. */
  readonly status: TaskStatus;
  /** When it started, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** When it ended, in milliseconds since the epoch. Absent while it runs. */
  readonly finishedAt?: number;
  /** What it failed with, in a few words. */
  readonly error?: string;
  /** The thread or subprocess that it ran in, of a pool that has such. */
  readonly worker?: string;
}

/** One task of a {@linkcode RunSnapshot}. Times are in milliseconds since the epoch. */
export interface TaskSnapshot {
  /** The id of its handle. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** What it is about, in words, if its options have a `label`. */
  readonly label?: string;
  /** Its tags, if it has any. */
  readonly tags?: readonly string[];
  /** Its arguments, as `redact` of its options left them, shortened for reading. */
  readonly args?: string;
  /** Its status. */
  readonly status: TaskStatus;
  /** The pool that it runs in, if that is known. */
  readonly pool?: string;
  /** The tasks that it depends on, as indexes into `tasks`. */
  readonly dependsOn: readonly number[];
  /** The task whose body submitted it, as an index into `tasks`. */
  readonly parent?: number;
  /** The last task with its id, as an index into `tasks`, if it was retried and is not that one. */
  readonly retriedAs?: number;
  /** Whether an earlier run ended it, or a cache had its result. */
  readonly restored?: true;
  /** The progress that its body reported last, from 0 to 1, while it runs. */
  readonly progress?: number;
  /** The message of that report. */
  readonly progressMessage?: string;
  /** When it was submitted. */
  readonly submittedAt?: number;
  /** When nothing blocked it any more, and it waited for a slot. */
  readonly readyAt?: number;
  /** When its last attempt started. */
  readonly startedAt?: number;
  /** When it finished. */
  readonly finishedAt?: number;
  /** When the next attempt starts at the earliest, while its status is `"retrying"`. */
  readonly retryAt?: number;
  /** How many attempts have started. */
  readonly attempts: number;
  /** The attempts that are known, oldest first. */
  readonly history: readonly AttemptSnapshot[];
  /** Why it did not complete. */
  readonly error?: ErrorSnapshot;
}

/**
 * A run at one moment, as plain data that can be written as JSON. Arguments and errors are shortened and in words; results
 * are left out.
 */
export interface RunSnapshot {
  /** The version of this form. */
  readonly version: 1;
  /** What it is called: the name of the runner, or of the file that was read. */
  readonly title: string;
  /** When it was made, in milliseconds since the epoch. */
  readonly takenAt: number;
  /** The tasks, in the order of submission; of a checkpoint, those of one millisecond in any order. */
  readonly tasks: readonly TaskSnapshot[];
}
