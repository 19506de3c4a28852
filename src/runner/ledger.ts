/**
 * The one place where the status of a task changes.
 *
 * @module
 */

import {
  COMPLETED,
  isTerminal,
  mayMove,
  PENDING,
  READY,
  RETRYING,
  RUNNING,
  type StatusCode,
  STATUSES,
  type TaskStatus,
} from "../core/status.ts";
import type { Handle } from "../tasks/handle.ts";
import { TaskEvent, type TaskEventTarget, type TaskEventType } from "./events.ts";

/** Validates every change of status, counts, and tells listeners. */
export class Ledger {
  readonly #counts: number[] = STATUSES.map(() => 0);
  readonly #events: TaskEventTarget;

  constructor(events: TaskEventTarget) {
    this.#events = events;
  }

  /** How many tasks are in a status now, or ended in it. */
  count(code: StatusCode): number {
    return this.#counts[code]!;
  }

  /** The same for all statuses. */
  get counts(): Record<TaskStatus, number> {
    return Object.fromEntries(STATUSES.map((status, code) => [status, this.#counts[code]])) as Record<
      TaskStatus,
      number
    >;
  }

  /** How many tasks are not over. */
  get unfinished(): number {
    const counts = this.#counts;
    return counts[PENDING]! + counts[READY]! + counts[RUNNING]! + counts[RETRYING]!;
  }

  /** Takes a new task in, which is pending. */
  admit(handle: Handle): void {
    this.#counts[handle.code]!++;
    if (this.#events.isObserved) this.publish("submitted", handle);
  }

  /**
   * Moves a task to another status.
   *
   * @throws {Error} If the table of transitions does not allow it, which is a fault of the engine.
   */
  apply(handle: Handle, to: StatusCode): void {
    const from = handle.code;
    if (!mayMove(from, to)) {
      throw new Error(`Cannot move "${handle.id}" from ${STATUSES[from]} to ${STATUSES[to]}`);
    }
    this.#counts[from]!--;
    this.#counts[to]!++;
    handle.code = to;
    if (this.#events.isObserved && to !== PENDING) this.publish(STATUSES[to] as Exclude<TaskStatus, "pending">, handle);
  }

  /** Tells listeners, if there are any. */
  publish(type: TaskEventType, handle: Handle): void {
    if (!this.#events.wants(type)) return;
    const error = handle.code === RETRYING
      ? handle.details?.lastError
      : isTerminal(handle.code) && handle.code !== COMPLETED
      ? handle.error
      : undefined;
    this.#events.dispatchEvent(new TaskEvent(type, handle, error));
  }
}
