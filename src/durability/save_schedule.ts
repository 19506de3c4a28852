/**
 * When a checkpoint is saved.
 *
 * @module
 */

import { runDetached } from "../core/run_detached.ts";
import { MAX_TIMEOUT_MS } from "../core/timers.ts";

/**
 * Where saving stands.
 *
 * - `idle`: nothing is to be saved.
 * - `delayed`: a timer for the interval runs.
 * - `scheduled`: a save follows in this turn of the event loop.
 * - `saving`: the checkpointer is at work; what is to be saved meanwhile is asked for again when it has finished.
 */
export type SaveState = "idle" | "delayed" | "scheduled" | "saving";

type SaveEvent = "delay" | "schedule" | "cancel" | "begin" | "end";

/** Each state, and where an event leads; events that are not listed change nothing. */
export const SAVE_STATES: Readonly<Record<SaveState, Partial<Record<SaveEvent, SaveState>>>> = {
  idle: { delay: "delayed", schedule: "scheduled", begin: "saving" },
  delayed: { schedule: "scheduled", cancel: "idle", begin: "saving" },
  scheduled: { cancel: "idle", begin: "saving" },
  saving: { end: "idle" },
};

/** Calls for a save after the interval, or soon. */
export class SaveSchedule {
  /** In milliseconds. */
  readonly interval: number;
  readonly #save: () => void;
  #state: SaveState = "idle";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #soon: ReturnType<typeof setImmediate> | undefined;

  /**
   * @param interval Milliseconds between saves; 0: without delay.
   * @param save Is called when it is time. It calls `begin()` and `end()`.
   */
  constructor(interval: number, save: () => void) {
    this.interval = Math.min(interval, MAX_TIMEOUT_MS);
    this.#save = save;
  }

  /**
   * Asks for a save: after the interval; without one, or if it is urgent, after the callbacks that are due now, which may
   * end more tasks.
   */
  request(isUrgent: boolean): void {
    if (this.interval > 0 && !isUrgent) {
      if (this.#go("delay")) this.#timer = runDetached(() => setTimeout(this.#save, this.interval));
    } else if (this.#go("schedule")) {
      clearTimeout(this.#timer);
      this.#soon = runDetached(() => setImmediate(this.#save));
    }
  }

  /** Withdraws what was asked for. */
  cancel(): void {
    if (this.#go("cancel")) this.#clear();
  }

  /** Says that the checkpointer is at work. */
  begin(): void {
    if (this.#go("begin")) this.#clear();
  }

  /** Says that it has finished. */
  end(): void {
    this.#go("end");
  }

  /** Whether the event changes the state, which it then has done. */
  #go(event: SaveEvent): boolean {
    const next = SAVE_STATES[this.#state][event];
    if (next === undefined) return false;
    this.#state = next;
    return true;
  }

  #clear(): void {
    // Without need, Deno would load Node's timers for these.
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#soon !== undefined) clearImmediate(this.#soon);
    this.#timer = this.#soon = undefined;
  }
}
