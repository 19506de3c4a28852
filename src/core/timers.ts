/**
 * Callbacks that wait for their time, however many, behind one timer of the platform.
 *
 * Delays are measured with `elapsed()` of a clock. Deno's timers truncate to whole milliseconds, can fire early and take no
 * delay above {@linkcode MAX_TIMEOUT_MS}. Each timer here is therefore checked against the clock when the platform's timer
 * fires, which is armed again for what is left.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import { Heap, type HeapEntry } from "./heap.ts";

/** The longest delay that `setTimeout()` takes, in milliseconds: some 24 days. */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * What adding and subtracting times with fractions may lose, in milliseconds: a microsecond, as times of several months have
 * no more digits. A timer that seems to be due in less is due: a clock that stands still in between would never get there.
 */
export const ROUNDING_MS = 1e-3;

/** A callback that waits for its time. Made by {@linkcode Timers.set} only. */
export class Timer implements HeapEntry {
  /** Written by the heap only. */
  heapIndex = -1;
  /** When it is due, by `elapsed()`. */
  readonly at: number;
  /** When it is due, in milliseconds since the epoch, by the system's clock as it was when the timer was set. */
  readonly dueAt: number;
  /** Its delay in milliseconds, as given. */
  readonly delayMs: number;
  /** The callback. */
  readonly fire: () => void;

  /** Sets nothing: that is up to {@linkcode Timers.set}. */
  constructor(at: number, dueAt: number, delayMs: number, fire: () => void) {
    this.at = at;
    this.dueAt = dueAt;
    this.delayMs = delayMs;
    this.fire = fire;
  }
}

/** The timers of one runner. */
export class Timers {
  readonly clock: Clock;
  readonly #heap = new Heap<Timer>((a, b) => a.at < b.at);
  #timeout: unknown;
  /** When `#timeout` fires; `Infinity` if it is not armed. */
  #timeoutAt = Infinity;

  /** @param clock By which they go. */
  constructor(clock: Clock = SYSTEM_CLOCK) {
    this.clock = clock;
  }

  /** How many timers are set. */
  get size(): number {
    return this.#heap.size;
  }

  /**
   * Calls `fire` once, `delayMs` milliseconds from now and never earlier.
   *
   * @param dueAt When that is by the system's clock, if it is known: reading that once more may differ by a millisecond.
   */
  set(delayMs: number, fire: () => void, dueAt = this.clock.now() + Math.ceil(delayMs)): Timer {
    const now = this.clock.elapsed();
    const timer = new Timer(now + delayMs, dueAt, delayMs, fire);
    this.#heap.push(timer);
    if (timer.at < this.#timeoutAt) this.#arm(timer.at, now);
    return timer;
  }

  /** Removes a timer. Does nothing if it has fired or was cleared before. */
  clear(timer: Timer): void {
    this.#heap.remove(timer);
    // A timeout for a cleared timer is left to fire early, which is cheaper than arming one per task. Without any timer
    // left it would keep the program alive.
    if (this.#heap.size === 0) this.#disarm();
  }

  /** For how many milliseconds a timer has been due, fired or not; negative while it is not. */
  overdueMs(timer: Timer): number {
    return this.clock.elapsed() - timer.at;
  }

  #arm(at: number, now: number): void {
    this.clock.clear(this.#timeout);
    this.#timeoutAt = at;
    const delay = Math.min(Math.max(0, Math.ceil(at - now - ROUNDING_MS)), MAX_TIMEOUT_MS);
    this.#timeout = this.clock.set(() => this.#fireDue(), delay);
  }

  #disarm(): void {
    this.clock.clear(this.#timeout);
    this.#timeout = undefined;
    this.#timeoutAt = Infinity;
  }

  #fireDue(): void {
    this.#timeout = undefined;
    this.#timeoutAt = Infinity;
    const now = this.clock.elapsed();
    let next = this.#heap.peek();
    while (next !== undefined && next.at <= now + ROUNDING_MS) {
      this.#heap.pop();
      next.fire();
      next = this.#heap.peek();
    }
    if (next !== undefined && next.at < this.#timeoutAt) this.#arm(next.at, this.clock.elapsed());
  }
}
