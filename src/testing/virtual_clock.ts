/**
 * A clock that stands still until something lets its time pass.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { Heap, type HeapEntry } from "../core/heap.ts";
import { runDetached } from "../core/run_detached.ts";

/** A callback that waits for its time. */
class VirtualTimer implements HeapEntry {
  heapIndex = -1;
  /** By `elapsed()`. */
  readonly at: number;
  /** Of those of one time, the one that was set first comes first. */
  readonly order: number;
  readonly fire: () => void;

  constructor(at: number, order: number, fire: () => void) {
    this.at = at;
    this.order = order;
    this.fire = fire;
  }
}

/** Who lets the time pass. */
export interface ClockListener {
  /** A timer was set. */
  timerSet(): void;
  /** See {@linkcode Clock.awaited}. */
  awaited(isOver: () => boolean): void;
}

/** Time that passes from timer to timer. */
export class VirtualClock implements Clock {
  readonly maxLookMs = Infinity; // this clock is never set
  readonly #epoch: number;
  readonly #listener: ClockListener;
  readonly #timers = new Heap<VirtualTimer>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  #elapsed = 0;
  #count = 0;

  /** @param epoch What it shows at first, in milliseconds since the epoch. */
  constructor(epoch: number, listener: ClockListener) {
    this.#epoch = epoch;
    this.#listener = listener;
  }

  /** When the next timer is due, by `elapsed()`; `Infinity` if there is none. */
  get nextAt(): number {
    return this.#timers.peek()?.at ?? Infinity;
  }

  now(): number {
    return this.#epoch + Math.floor(this.#elapsed);
  }

  elapsed(): number {
    return this.#elapsed;
  }

  elapsedCoarse(): number {
    return this.#elapsed;
  }

  set(fire: () => void, delayMs: number): VirtualTimer {
    const timer = new VirtualTimer(this.#elapsed + Math.max(0, delayMs), ++this.#count, fire);
    this.#timers.push(timer);
    this.#listener.timerSet();
    return timer;
  }

  clear(timer: unknown): void {
    if (timer instanceof VirtualTimer) this.#timers.remove(timer);
  }

  awaited(isOver: () => boolean): void {
    this.#listener.awaited(isOver);
  }

  /** Lets time pass until the next timer is due, and calls that. */
  fireNext(): void {
    const timer = this.#timers.pop();
    if (timer === undefined) return;
    this.moveTo(timer.at);
    runDetached(timer.fire);
  }

  /** Lets time pass, up to the next timer at most. @param elapsedMs By `elapsed()`. */
  moveTo(elapsedMs: number): void {
    this.#elapsed = Math.max(this.#elapsed, Math.min(elapsedMs, this.nextAt));
  }
}
