/**
 * The one place where the status of a task changes.
 *
 * @module
 */

import {
  mayMove,
  PENDING,
  READY,
  RETRYING,
  RUNNING,
  type StatusCode,
  STATUSES,
  type TaskStatus,
} from "../core/status.ts";
import type { Handle } from "./handle.ts";
import type { Observers } from "./observers.ts";

/** The statuses of all tasks: validates every change, counts, and tells observers. */
export class StatusStore {
  readonly #counts: number[] = STATUSES.map(() => 0);
  readonly #retried: number[] = STATUSES.map(() => 0);
  readonly #observers: Observers;

  constructor(observers: Observers) {
    this.#observers = observers;
  }

  /** How many tasks are in a status now, or ended in it. */
  count(code: StatusCode): number {
    return this.#counts[code]!;
  }

  /** The same for all statuses. */
  get counts(): Record<TaskStatus, number> {
    return byStatus(this.#counts);
  }

  /** How many of those that ended in each status were retried since. */
  get retried(): Record<TaskStatus, number> {
    return byStatus(this.#retried);
  }

  /** How many tasks have not finished. */
  get unfinished(): number {
    const counts = this.#counts;
    return counts[PENDING]! + counts[READY]! + counts[RUNNING]! + counts[RETRYING]!;
  }

  /** Adds a new task, which is pending. */
  add(handle: Handle): void {
    this.#counts[handle.code]!++;
    this.#observers.status?.(handle, undefined, handle.code);
  }

  /** Notes that another handle stands for a task that has ended. */
  wasRetried(handle: Handle): void {
    this.#retried[handle.code]!++;
  }

  /**
   * Moves a task to another status.
   *
   * @throws {Error} If the table of transitions does not allow it, which is a fault of the engine.
   */
  transition(handle: Handle, to: StatusCode): void {
    const from = handle.code;
    if (!mayMove(from, to)) {
      throw new Error(`Cannot move "${handle.id}" from ${STATUSES[from]} to ${STATUSES[to]}`);
    }
    this.#counts[from]!--;
    this.#counts[to]!++;
    handle.code = to;
    this.#observers.status?.(handle, from, to);
  }
}

function byStatus(counts: readonly number[]): Record<TaskStatus, number> {
  return Object.fromEntries(STATUSES.map((status, code) => [status, counts[code]])) as Record<TaskStatus, number>;
}
