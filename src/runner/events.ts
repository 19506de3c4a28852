/**
 * The events of a runner.
 *
 * @module
 */

import { Handle } from "../engine/handle.ts";
import type { TaskStatus } from "../core/status.ts";
import type { RunReport } from "../engine/report.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";

/**
 * What can happen to a task, as the type of an event: it was submitted, is ready to start, has started an attempt, has
 * reported progress, will be retried, or has its last status. `"status"` is all of these but progress, and a ready task that
 * has to wait for one more.
 *
 * @example The types that end a task
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, type TaskEventType, TaskRunner } from "@workflowy/workflowy";
 *
 * const ends: TaskEventType[] = ["completed", "failed", "cancelled", "skipped"];
 * let count = 0;
 * await using runner = new TaskRunner();
 * for (const type of ends) runner.addEventListener(type, () => count++);
 * await runner.submit(task({ name: "load" }, () => {}));
 * assertEquals(count, 1);
 * ```
 */
export type TaskEventType =
  | "status"
  | "submitted"
  | "ready"
  | "running"
  | "progress"
  | "retrying"
  | "completed"
  | "failed"
  | "cancelled"
  | "skipped";

/**
 * What a runner dispatches when something happens to a task, before code that waits for the handle continues.
 *
 * @example What has completed
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const seen: string[] = [];
 * runner.addEventListener("completed", (event) => seen.push(`${event.handle.name} ${event.status}`));
 * await runner.submit(function hello() {});
 * assertEquals(seen, ["hello completed"]);
 * ```
 */
export class TaskEvent extends Event {
  /** What happened. */
  declare readonly type: TaskEventType;
  /** The task's handle. */
  readonly handle: TaskHandle<unknown>;
  /** The handle's status at that moment. */
  readonly status: TaskStatus;
  /** The status before; `undefined` for a task that was submitted. */
  readonly from: TaskStatus | undefined;
  /** How many attempts had been started. */
  readonly attempt: number;
  /** When it happened. */
  readonly at: Date;
  /** Whether an earlier run ended the task, and this event only reports it. */
  readonly restored: boolean;
  /** Whether the task completed with a result of the cache, and did not run. */
  readonly cached: boolean;
  /** What failed, if the status is now `retrying`, `failed`, `cancelled` or `skipped`. */
  readonly error: unknown;

  /**
   * Makes an event about a handle as it is now. Runners do that.
   *
   * @param type What happened.
   * @param handle The handle of the task.
   * @param error What failed. Default: nothing did.
   * @param from The status before. Default: there was none.
   */
  constructor(type: TaskEventType, handle: TaskHandle<unknown>, error?: unknown, from?: TaskStatus) {
    super(type);
    this.handle = handle;
    this.status = handle.status;
    this.from = from;
    this.attempt = handle.attempts;
    this.at = new Date(handle instanceof Handle ? handle.owner.clock.now() : Date.now());
    this.restored = handle.restored;
    this.cached = handle.cached;
    this.error = error;
  }
}

/**
 * What a runner dispatches, with the type `"run"`, when a `run()` has ended.
 *
 * @example The number of tasks that have completed
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const seen: number[] = [];
 * runner.addEventListener("run", ({ report }) => seen.push(report.counts.completed));
 * runner.submit(task({ name: "load" }, () => {}));
 * await runner.run();
 * assertEquals(seen, [1]);
 * ```
 */
export class RunEndedEvent extends Event {
  /** What happened. */
  declare readonly type: "run";
  /** What the run did. */
  readonly report: RunReport;
  /** What `run()` rejects with, if it does. */
  readonly error: unknown;

  /**
   * Makes an event. Runners do that.
   *
   * @param report What the run did.
   * @param error What `run()` rejects with. Default: it does not.
   */
  constructor(report: RunReport, error?: unknown) {
    super("run");
    this.report = report;
    this.error = error;
  }
}

/**
 * A listener to the events of a runner: a function, or an object with a method `handleEvent()`.
 *
 * @example A listener with a name
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, type TaskEventListener, TaskRunner } from "@workflowy/workflowy";
 *
 * const attempts: number[] = [];
 * const note: TaskEventListener = ({ attempt }) => attempts.push(attempt);
 * await using runner = new TaskRunner();
 * runner.addEventListener("running", note);
 * await runner.submit(task({ name: "load" }, () => {}));
 * assertEquals(attempts, [1]);
 * ```
 */
export type TaskEventListener = ((event: TaskEvent) => void) | { handleEvent(event: TaskEvent): void };

/**
 * A listener to the ends of runs: a function, or an object with a method `handleEvent()`.
 *
 * @example A listener with a name
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type RunEndedListener, TaskRunner } from "@workflowy/workflowy";
 *
 * const seen: boolean[] = [];
 * const note: RunEndedListener = ({ report }) => seen.push(report.ok);
 * await using runner = new TaskRunner();
 * runner.addEventListener("run", note);
 * await runner.run();
 * assertEquals(seen, [true]);
 * ```
 */
export type RunEndedListener = ((event: RunEndedEvent) => void) | { handleEvent(event: RunEndedEvent): void };
