/**
 * Until when tasks must have finished, whatever they are doing.
 *
 * @module
 */

import { formatMilliseconds } from "../core/duration.ts";
import { TaskTimeoutError } from "../core/errors.ts";
import type { ResolvedTaskOptions } from "../core/options.ts";
import type { Timers } from "../core/timers.ts";
import { atDefinition } from "./error_place.ts";
import type { Handle } from "./handle.ts";

/** When a task that is submitted at a time must have finished, in milliseconds since the epoch. */
export function deadlineFrom(deadline: NonNullable<ResolvedTaskOptions["deadline"]>, now: number): number {
  return typeof deadline === "number" ? now + deadline : deadline.getTime();
}

/** Whether the deadline of a task has passed while the event loop was too busy for its timer. */
export function isPastDeadline({ details }: Handle, alarms: Timers): boolean {
  const timer = details?.deadlineTimer;
  return timer !== undefined && alarms.clock.now() >= details!.deadlineAt! && alarms.overdueMs(timer) >= 0;
}

/** The error of a task that had not finished at its deadline, and says what it was `doing`, in a sentence. */
export function deadlineError(handle: Handle, doing: string = handle.explain()): TaskTimeoutError {
  const { id, name, details, spec: { options: { deadline } } } = handle;
  const when = typeof deadline === "number"
    ? `within its deadline of ${formatMilliseconds(deadline)}`
    : `by its deadline, ${new Date(details?.deadlineAt ?? 0).toISOString()}`;
  const cause = details?.lastError;
  const message = `"${id}" did not finish ${when}: ${doing}`;
  const error = new TaskTimeoutError(message, cause === undefined ? { task: name } : { task: name, cause });
  return atDefinition(error, handle);
}

/** Who ends tasks early. */
export interface TaskFailer {
  /** Fails an unfinished task, whatever it is doing. */
  fail(handle: Handle, error: unknown): void;
}

/** Fails tasks at their deadlines. */
export class Deadlines {
  readonly #alarms: Timers;
  readonly #failer: TaskFailer;

  constructor(alarms: Timers, failer: TaskFailer) {
    this.#alarms = alarms;
    this.#failer = failer;
  }

  /** Sets the timer of an unfinished task that has a deadline, unless it is set. */
  arm(handle: Handle): void {
    const { details } = handle;
    if (details?.deadlineAt === undefined || details.deadlineTimer !== undefined || handle.done) return;
    details.deadlineTimer = this.#alarms.set(
      Math.max(0, details.deadlineAt - this.#alarms.clock.now()),
      () => this.#fire(handle),
    );
  }

  /** Clears the timer of a task that is finishing. */
  clear({ details }: Handle): void {
    if (details?.deadlineTimer === undefined) return;
    this.#alarms.clear(details.deadlineTimer);
    details.deadlineTimer = undefined;
  }

  #fire(handle: Handle): void {
    const details = handle.ensureDetails();
    details.deadlineTimer = undefined;
    // A duration goes by the clock that has passed; a date by the system's, which may have been put back.
    const isByDate = handle.spec.options.deadline instanceof Date;
    if (isByDate && this.#alarms.clock.now() < details.deadlineAt!) this.arm(handle);
    else this.#failer.fail(handle, deadlineError(handle));
  }
}
