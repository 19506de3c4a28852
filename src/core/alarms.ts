/**
 * Points in time that something waits for: any number of them behind one timer.
 *
 * Time is `Date.now()` and `setTimeout()`, looked up at each call, so that a fake clock drives the engine. Deno's
 * timers truncate to whole milliseconds, can fire early and take no delay above 2^31 - 1 ms; each alarm is therefore
 * checked against the clock when the timer fires, and the timer is armed again for what is left.
 *
 * @module
 */

import { Heap, type HeapEntry } from "./heap.ts";
import { outside } from "./outside.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A timer that fires this early did not: the clock was set back. */
const SET_BACK_MS = 1_000;

/** A callback that waits for its time. Set and cleared by {@linkcode Alarms} alone. */
export class Alarm implements HeapEntry {
  heapIndex = -1;
  /** When it was set, in milliseconds since the epoch. */
  readonly setAt: number;
  /** When it rings, in milliseconds since the epoch. */
  at: number;
  readonly ring: () => void;

  constructor(setAt: number, at: number, ring: () => void) {
    this.setAt = setAt;
    this.at = at;
    this.ring = ring;
  }
}

/** The alarms of one runner. */
export class Alarms {
  readonly #heap = new Heap<Alarm>((a, b) => a.at < b.at);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Infinity;
  #armedAt = 0;

  /** How many alarms are set. */
  get size(): number {
    return this.#heap.size;
  }

  /** Calls `ring` once, `delayMs` from now and never earlier. */
  set(delayMs: number, ring: () => void): Alarm {
    // Timers count whole milliseconds; rounding up keeps "never earlier" true for 0.5 ms as well.
    const now = Date.now();
    const alarm = new Alarm(now, now + Math.ceil(delayMs), ring);
    this.#heap.push(alarm);
    if (alarm.at < this.#timerAt) this.#arm(alarm.at);
    return alarm;
  }

  /** Takes an alarm back; one that rang or was cleared is left alone. */
  clear(alarm: Alarm): void {
    this.#heap.remove(alarm);
    // A timer for a cleared alarm is left to fire early, which is cheaper than arming one per task; with no alarm
    // left it would keep the program alive.
    if (this.#heap.size === 0) this.#disarm();
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#armedAt = Date.now();
    this.#timerAt = at;
    const delay = Math.min(Math.max(0, at - this.#armedAt), LONGEST_TIMER_MS);
    this.#timer = outside(() => setTimeout(() => this.#fire(delay), delay));
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  #fire(sleptMs: number): void {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    this.#followClock(sleptMs);
    const now = Date.now();
    let next = this.#heap.peek();
    while (next !== undefined && next.at <= now) {
      this.#heap.pop();
      next.ring();
      next = this.#heap.peek();
    }
    if (next !== undefined && next.at < this.#timerAt) this.#arm(next.at);
  }

  /** A clock that was set back while the timer slept must not make anybody wait for that long again. */
  #followClock(sleptMs: number): void {
    const setBackMs = this.#armedAt + sleptMs - Date.now();
    if (setBackMs < SET_BACK_MS) return;
    const all: Alarm[] = [];
    for (let alarm = this.#heap.pop(); alarm !== undefined; alarm = this.#heap.pop()) all.push(alarm);
    for (const alarm of all) {
      alarm.at -= setBackMs;
      this.#heap.push(alarm);
    }
  }
}
