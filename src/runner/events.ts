/**
 * The events of a runner.
 *
 * @module
 */

import type { TaskHandle } from "../tasks/task_handle.ts";
import type { TaskStatus } from "../core/status.ts";

/**
 * What can happen to a task, as the type of an event: it was submitted, is ready to start, has started an attempt, has
 * reported progress, will be retried, or has its last status.
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
  /** How many attempts had been started. */
  readonly attempt: number;
  /** When it happened. */
  readonly at: Date;
  /** Whether an earlier run ended the task, and this event only reports it. */
  readonly restored: boolean;
  /** What failed, for `retrying`, `failed`, `cancelled` and `skipped`. */
  readonly error: unknown;

  /**
   * Makes an event about a handle as it is now. Runners do that.
   *
   * @param type What happened.
   * @param handle The handle of the task.
   * @param error What failed. Default: nothing did.
   */
  constructor(type: TaskEventType, handle: TaskHandle<unknown>, error?: unknown) {
    super(type);
    this.handle = handle;
    this.status = handle.status;
    this.attempt = handle.attempts;
    this.at = new Date();
    this.restored = handle.restored;
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
