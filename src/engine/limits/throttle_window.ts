/**
 * How often something may start: a window that slides over the past, on a clock that the caller reads.
 *
 * A start is counted twice: when it is admitted, which is when its slot is taken, and when it happens, which may be later,
 * as a worker has other work first. In between it counts as one that happens now, for as long as that takes. So however
 * late starts happen, there are never more than `limit` of them within any period.
 *
 * @module
 */

import { Fifo } from "../../core/fifo.ts";
import type { ResolvedThrottle } from "../../core/limits.ts";
import { ROUNDING_MS } from "../../core/timers.ts";

/**
 * Starts that are to follow each other more quickly than this, in milliseconds, catch up on the lateness of timers, which is
 * some 1 ms, and on the way to a worker: they would lose much of their rate otherwise. Others keep their distance from the
 * start before them.
 */
const EXACT_SPACING_MS = 25;

/** How much lateness is caught up on, in milliseconds: what a busy event loop causes, and no more than a small burst. */
export const MAX_LATE_MS = 20;

/** The starts of one throttle, or of one of its keys. */
export class ThrottleWindow {
  readonly #rule: ResolvedThrottle;
  readonly #spacingMs: number;
  /** When the starts happened that are within the last period. */
  readonly #starts = new Fifo<number>();
  /** How many were admitted and have not happened. */
  #admitted = 0;
  /** When the next start is due, if starts are evenly spaced. */
  #next = -Infinity;

  constructor(rule: ResolvedThrottle) {
    this.#rule = rule;
    this.#spacingMs = rule.period / rule.limit;
  }

  /**
   * When the next start may be admitted: that time or an earlier one if it may be now, `Infinity` if that depends on starts
   * that were admitted and have not happened.
   */
  opensAt(now: number): number {
    const { limit, period } = this.#rule;
    this.#prune(now);
    const spaced = this.#spacedAt();
    if (this.#admitted + this.#starts.size < limit) return spaced;
    const { first } = this.#starts;
    return first === undefined ? Infinity : Math.max(spaced, first + period);
  }

  /** Whether a start may be admitted now. */
  isOpen(now: number): boolean {
    return this.opensAt(now) <= now + ROUNDING_MS;
  }

  /**
   * Admits a start; only while it is open.
   *
   * @param isLate Whether a timer has just said so: it was possible a little earlier.
   */
  admit(now: number, isLate: boolean): void {
    if (!this.#isExact) this.#space(now - (isLate ? MAX_LATE_MS : 0));
    this.#admitted++;
  }

  /** An admitted start has happened. */
  started(now: number): void {
    this.#admitted--;
    this.#starts.push(now);
    if (this.#isExact) this.#space(now);
  }

  /** An admitted start will not happen. */
  withdraw(): void {
    this.#admitted--;
  }

  /** How many starts count at the moment. */
  count(now: number): number {
    this.#prune(now);
    return this.#admitted + this.#starts.size;
  }

  /** Whether the past makes no difference any more. */
  isIdle(now: number): boolean {
    this.#prune(now);
    return this.#admitted === 0 && this.#starts.size === 0 && this.#next <= now;
  }

  /** Whether starts keep their distance from those that have happened. Others only from those that were admitted. */
  get #isExact(): boolean {
    return this.#spacingMs >= EXACT_SPACING_MS;
  }

  /** When the next start may be admitted, as far as its distance from others is concerned. */
  #spacedAt(): number {
    const { burst } = this.#rule;
    if (!this.#isExact || this.#admitted === 0) return this.#next - (burst - 1) * this.#spacingMs;
    // Those that have not happened count as if they did now.
    return this.#admitted < burst ? this.#next - (burst - 1 - this.#admitted) * this.#spacingMs : Infinity;
  }

  /** Counts a start at that time. */
  #space(at: number): void {
    this.#next = Math.max(this.#next, at) + this.#spacingMs;
  }

  #prune(now: number): void {
    const { period } = this.#rule;
    let { first } = this.#starts;
    while (first !== undefined && first + period <= now + ROUNDING_MS) {
      this.#starts.shift();
      first = this.#starts.first;
    }
  }
}
