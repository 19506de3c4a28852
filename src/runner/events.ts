/**
 * What happens to tasks, for those who listen.
 *
 * @module
 */

import type { TaskHandle } from "../tasks/task_handle.ts";
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

/** What listens to a runner. */
export type TaskEventListener = ((event: TaskEvent) => void) | { handleEvent(event: TaskEvent): void };

/** An `EventTarget` for what happens to tasks, which knows what nobody has ever listened to. */
export class TaskEventTarget extends EventTarget {
  readonly #wanted = new Set<string>();

  /** Whether anybody ever listened to anything. */
  get isObserved(): boolean {
    return this.#wanted.size > 0;
  }

  /** Whether anybody ever listened to events of that type. */
  wants(type: TaskEventType): boolean {
    return this.#wanted.has(type);
  }

  /** Listens to what happens to tasks. */
  override addEventListener(
    type: TaskEventType,
    listener: TaskEventListener | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Listens to an event of another type. */
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | TaskEventListener | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener as EventListenerOrEventListenerObject | null, options);
    this.#wanted.add(type);
  }

  /** Listens no more. */
  override removeEventListener(
    type: TaskEventType,
    listener: TaskEventListener | null,
    options?: boolean | EventListenerOptions,
  ): void;
  /** Listens no more. */
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | TaskEventListener | null,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener as EventListenerOrEventListenerObject | null, options);
  }
}
