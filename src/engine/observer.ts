/**
 * The port through which one can watch a runner.
 *
 * @module
 */

import type { LogLine, TaskAttempt, WorkerEvent } from "../core/observations.ts";
import type { TaskStatus } from "../core/status.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { RunReport } from "./report.ts";

/**
 * The start or the end of a `run()` or `serve()`.
 *
 * @example The report of each run
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type RunEvent, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const seen: RunEvent[] = [];
 * await using runner = new TaskRunner();
 * runner.observe({ run: (event) => void seen.push(event) });
 * runner.submit(task({ name: "load" }, () => 42));
 * await runner.run();
 * assertEquals(seen.map(({ kind, mode }) => `${mode} ${kind}`), ["run started", "run ended"]);
 * assertEquals(seen[1]?.report?.counts.completed, 1);
 * ```
 */
export interface RunEvent {
  /** What happened. */
  readonly kind: "started" | "ended";
  /** Which of the two methods was called. */
  readonly mode: "run" | "serve";
  /** When it happened. */
  readonly at: Date;
  /** Of a `run()` that has ended: what it did, also if it rejects because a task failed. */
  readonly report?: RunReport;
  /** Of one that has ended: what it rejects with, if it does. */
  readonly error?: unknown;
}

/** An attempt whose body is about to start, for {@linkcode Observer.around}. */
export interface StartingAttempt {
  /** From 1. */
  readonly number: number;
  /** What the body finds as `currentTask().headers`, on every backend. Observers add to it before they call `next()`. */
  readonly headers: Record<string, string>;
}

/**
 * Watches a runner: `runner.observe(observer)`. Each callback that it has is called as things happen, before code that waits
 * for a handle continues; a callback that is not there costs nothing. What a callback throws, or rejects with, is logged and
 * harms nothing. A callback must be quick, as tasks wait for it.
 *
 * @example How long tasks of each name run
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Observer, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const names: string[] = [];
 * const observer: Observer = {
 *   status(handle, from, to) {
 *     if (from === "running" && to === "completed") names.push(handle.name);
 *   },
 * };
 * await using runner = new TaskRunner();
 * using _ = runner.observe(observer);
 * await runner.submit(task({ name: "load" }, () => 42));
 * assertEquals(names, ["load"]);
 * ```
 */
export interface Observer {
  /**
   * A task was submitted, or has another status.
   *
   * @param handle Its handle.
   * @param from The status before; `undefined` for a task that was submitted.
   * @param to The status that it has now.
   */
  status?(handle: TaskHandle<unknown>, from: TaskStatus | undefined, to: TaskStatus): void;
  /**
   * An attempt has started, or has ended. It is told that it has ended before the task has its next status. What an earlier
   * run did is not told.
   *
   * @param handle The handle of its task.
   * @param attempt The attempt, as it stands.
   */
  attempt?(handle: TaskHandle<unknown>, attempt: TaskAttempt): void;
  /**
   * A task has logged something by `currentTask().log`, or has printed something. While an observer has this callback,
   * `console` is patched in the program and in its threads, so that what bodies print is known to be theirs.
   *
   * @param handle Its handle.
   * @param line What it has logged or printed.
   * @returns `true` if the observer shows it, so that it is not written anywhere else. All observers get it in any case.
   * Default: it is written where it would have been without an observer.
   */
  log?(handle: TaskHandle<unknown>, line: LogLine): boolean | void;
  /**
   * A body has reported progress.
   *
   * @param handle Its handle, which has the progress.
   */
  progress?(handle: TaskHandle<unknown>): void;
  /**
   * A thread or subprocess was started, has ended, or was lost.
   *
   * @param event What happened to it.
   */
  worker?(event: WorkerEvent): void;
  /**
   * `run()` or `serve()` has started or ended.
   *
   * @param event What happened, with the report.
   */
  run?(event: RunEvent): void;
  /**
   * Runs around an attempt, in the async context of the submission: around the body itself on the event loop, and around
   * the whole attempt where the body runs in a worker. It may call `next()` in an async context of its own, and add headers
   * that reach the body. Whatever it does, the body runs exactly once: if `next()` was not called when this has returned,
   * it is called then, and a second call returns what the first one has returned.
   *
   * @param handle The handle of the task.
   * @param attempt The attempt.
   * @param next Starts the body, and returns what it returns, or throws what it throws; of a worker, a promise for that.
   * @returns Anything; it is not used.
   */
  around?(handle: TaskHandle<unknown>, attempt: StartingAttempt, next: () => unknown): unknown;
}
