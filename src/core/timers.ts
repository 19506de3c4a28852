/**
 * Points in time that something waits for, however many, behind one timer.
 *
 * Time is `Date.now()` and `setTimeout()`, looked up at each call, so that a fake clock drives the engine. Deno's
 * timers truncate to whole milliseconds, can fire early and take no delay above 2^31 - 1 ms; each alarm is therefore
 * checked against the clock when the timer fires, and the timer is armed again for what is left.
 *
 * @module
 */

import { Heap, type HeapEntry } from "./heap.ts";
import { outside } from "./outside.ts";

const LONGEST_SLEEP_MS = 2 ** 31 - 1;
/** A timer that seems to fire this early did not: the clock was set back meanwhile. */
const SET_BACK_MS = 1_000;

/** A callback that waits for its time. Set and cleared by {@linkcode Alarms} alone. */
export class Alarm implements HeapEntry {
  heapIndex = -1;
  /** When it rings, on the clock of its {@linkcode Alarms}. */
  at: number;
  /** By how much the clock was known to have been set back when the alarm was set. */
  readonly setBackMs: number;
  /** When it rings, in milliseconds since the epoch, as the clock stood when it was set. */
  readonly dueAt: number;
  readonly delayMs: number;
  readonly ring: () => void;

  constructor(at: number, setBackMs: number, delayMs: number, ring: () => void) {
    this.at = at;
    this.setBackMs = setBackMs;
    this.dueAt = at - setBackMs;
    this.delayMs = delayMs;
    this.ring = ring;
  }
}

/** The alarms of one runner. */
export class Alarms {
  readonly #heap = new Heap<Alarm>((a, b) => a.at < b.at);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Infinity;
  #armedAt = 0;
  #armedSetBackMs = 0;
  #lastSeen = -Infinity;
  /** By how much the clock was set back so far: nobody is to wait for the same hour twice. */
  #setBackMs = 0;

  /** How many alarms are set. */
  get size(): number {
    return this.#heap.size;
  }

  /** Calls `ring` once, `delayMs` from now and never earlier. */
  set(delayMs: number, ring: () => void): Alarm {
    // Timers count whole milliseconds; rounding up keeps "never earlier" true for 0.5 ms as well.
    const at = this.#now() + Math.ceil(delayMs);
    const alarm = new Alarm(at, this.#setBackMs, delayMs, ring);
    this.#heap.push(alarm);
    if (at < this.#timerAt) this.#arm(at);
    return alarm;
  }

  /** Takes an alarm back; one that rang or was cleared is left alone. */
  clear(alarm: Alarm): void {
    this.#heap.remove(alarm);
    // A timer for a cleared alarm is left to fire early, which is cheaper than arming one per task; with no alarm
    // left it would keep the program alive.
    if (this.#heap.size === 0) this.#disarm();
  }

  /** Whether the time of an alarm has come, rung or not. */
  isDue(alarm: Alarm): boolean {
    return this.#now() >= alarm.at;
  }

  /** The time, which never goes back. */
  #now(): number {
    const seen = Date.now();
    if (seen < this.#lastSeen) this.#setBackMs += this.#lastSeen - seen;
    this.#lastSeen = seen;
    return seen + this.#setBackMs;
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#armedAt = this.#now();
    this.#armedSetBackMs = this.#setBackMs;
    this.#timerAt = at;
    const delay = Math.min(Math.max(0, at - this.#armedAt), LONGEST_SLEEP_MS);
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
    this.#makeUpFor(sleptMs);
    const now = this.#now();
    let next = this.#heap.peek();
    while (next !== undefined && next.at <= now) {
      this.#heap.pop();
      next.ring();
      next = this.#heap.peek();
    }
    if (next !== undefined && next.at < this.#timerAt) this.#arm(next.at);
  }

  /**
   * A clock that was set back stands still here until it has caught up with what was seen last; what a timer has slept
   * through meanwhile is made up for, but not for alarms that were set after the change.
   */
  #makeUpFor(sleptMs: number): void {
    const missingMs = this.#armedAt + sleptMs - this.#now();
    if (missingMs < SET_BACK_MS) return;
    const all: Alarm[] = [];
    for (let alarm = this.#heap.pop(); alarm !== undefined; alarm = this.#heap.pop()) all.push(alarm);
    for (const alarm of all) {
      if (alarm.setBackMs <= this.#armedSetBackMs) alarm.at -= missingMs;
      this.#heap.push(alarm);
    }
  }
}
