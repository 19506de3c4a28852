/**
 * What observers are told besides handles: attempts, lines, workers.
 *
 * @module
 */

import type { LogLevel } from "./logger.ts";

/**
 * How an attempt stands: its body runs, or it ended in one of these ways. A `"failed"` one may have run out of time, which its
 * error says. An `"interrupted"` one does not count, as it ended with its program, or made way for the end of its runner.
 */
export type AttemptStatus = "running" | "completed" | "failed" | "cancelled" | "interrupted";

/**
 * One attempt at a task.
 *
 * @example The attempts at a task
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, type TaskAttempt, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const seen: TaskAttempt[] = [];
 * runner.observe({ attempt: (_, attempt) => void seen.push(attempt) });
 * await runner.submit(task({ name: "load" }, () => 42));
 * assertEquals(seen.map(({ number, status }) => [number, status]), [[1, "running"], [1, "completed"]]);
 * ```
 */
export interface TaskAttempt {
  /** From 1. */
  readonly number: number;
  /** How it stands. */
  readonly status: AttemptStatus;
  /** When its body started. */
  readonly startedAt: Date;
  /** When it ended, if that is known. A body that was cancelled or has timed out may run on for a while. */
  readonly finishedAt?: Date;
  /** What it failed with, or was cancelled with. */
  readonly error?: unknown;
  /** The thread or subprocess where it runs or ran, such as `"thread-2"`. Absent on the event loop. */
  readonly worker?: string;
}

/** Where a line comes from: `currentTask().log`, the `console`, or what a worker wrote to the standard output or error. */
export type LineSource = "log" | "console" | "output";

/**
 * What a task has logged or printed. Mostly a line, but there may be line breaks in it.
 *
 * @example Keep what a task prints
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { currentTask, type LogLine, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const lines: LogLine[] = [];
 * await using runner = new TaskRunner();
 * using _ = runner.observe({
 *   log(_handle, line) {
 *     lines.push(line);
 *     return true; // it is shown here, and nowhere else
 *   },
 * });
 * await runner.submit(task({ name: "load" }, () => currentTask()!.log.warn("slow:", 42)));
 * assertEquals(lines.map(({ level, text, source }) => [level, text, source]), [["warn", "slow: 42", "log"]]);
 * ```
 */
export interface LogLine {
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  /**
   * How important it is. What `console.log()` and a standard output write is `"info"`, a standard error output `"error"`. The
   * standard output of a subprocess is for its pool: what is written to it, but by `console`, counts as standard error.
   */
  readonly level: LogLevel;
  /** When it arrived. */
  readonly at: Date;
  /** Where it comes from. */
  readonly source: LineSource;
  /** What was given to `log()`; what was printed, by `console` or by other means, is one string. */
  readonly data: readonly unknown[];
  /** The same as `console` shows it, without colours, without a line break at the end. */
  readonly text: string;
}

/**
 * What happened to a thread or subprocess of a pool: it was started, has ended as it was told to, was lost (it crashed, or was
 * killed), or was quarantined (a thread that loops and cannot be ended).
 *
 * @example The threads that a run has started
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner, type WorkerEvent } from "@workflowy/workflowy";
 *
 * const events: WorkerEvent[] = [];
 * await using runner = new TaskRunner();
 * runner.observe({ worker: (event) => void events.push(event) });
 * await runner.submit(task({ name: "load" }, () => {})); // on the event loop
 * assertEquals(events, []);
 * ```
 */
export interface WorkerEvent {
  /** What happened. */
  readonly kind: "started" | "ended" | "lost" | "quarantined";
  /** The name of the pool. */
  readonly pool: string;
  /** The name of the worker: its backend and a number, from 1 in each pool, such as `"thread-2"`. */
  readonly worker: string;
  /** When it happened. */
  readonly at: Date;
  /** Why it was lost. */
  readonly error?: unknown;
}
