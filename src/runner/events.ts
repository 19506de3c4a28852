/**
 * What happens to tasks, for those who listen.
 *
 * @module
 */

import type { TaskHandle } from "../tasks/handle.ts";
import type { TaskStatus } from "../core/status.ts";

/** What can happen to a task. */
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

/** The events of a runner, by their types. */
export const TASK_EVENT_TYPES: readonly TaskEventType[] = Object.freeze([
  "submitted",
  "ready",
  "running",
  "progress",
  "retrying",
  "completed",
  "failed",
  "cancelled",
  "skipped",
]);

/**
 * Something happened to a task. Events are dispatched by the runner as things happen, before anybody who waits for
 * the handle goes on.
 *
 * @example
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
  /** What failed, for `retrying`, `failed`, `cancelled` and `skipped`. */
  readonly error: unknown;

  /** Makes an event about a handle as it is now. */
  constructor(type: TaskEventType, handle: TaskHandle<unknown>, error?: unknown) {
    super(type);
    this.handle = handle;
    this.status = handle.status;
    this.attempt = handle.attempts;
    this.at = new Date();
    this.error = error;
  }
}
