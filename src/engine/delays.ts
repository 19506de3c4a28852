/**
 * Tasks that must not start before a time: nothing else blocks them any more. They hold no slot, and stand in no queue.
 *
 * @module
 */

import type { WallTimers } from "../core/wall_timers.ts";
import type { Handle } from "./handle.ts";

/** When something is due that was asked for at a time, in milliseconds since the epoch. @param delay Milliseconds, or a time. */
export function dueFrom(delay: number | Date, now: number): number {
  return typeof delay === "number" ? now + Math.ceil(delay) : delay.getTime();
}

/** Holds tasks back until their time. */
export class Delays {
  readonly #timers: WallTimers;
  readonly #due: (handle: Handle) => void;

  /** @param due Called for each task that was held back, when its time has come. */
  constructor(timers: WallTimers, due: (handle: Handle) => void) {
    this.#timers = timers;
    this.#due = due;
  }

  /** Holds a pending task back that has not been started yet, until its time. Returns whether that is yet to come. */
  hold(handle: Handle): boolean {
    const { details } = handle;
    const dueAt = details?.dueAt;
    if (dueAt === undefined || handle.attempts > 0 || dueAt <= this.#timers.now()) return false;
    details!.dueTimer ??= this.#timers.set(dueAt, () => {
      details!.dueTimer = undefined;
      this.#due(handle);
    });
    return true;
  }

  /** Forgets a task that is finishing. */
  clear({ details }: Handle): void {
    if (details?.dueTimer === undefined) return;
    this.#timers.clear(details.dueTimer);
    details.dueTimer = undefined;
  }
}
