/**
 * Callbacks that wait for a time of the system's clock, however many, behind one {@linkcode Timer}.
 *
 * @module
 */

import { elapsed } from "./elapsed.ts";
import { Heap, type HeapEntry } from "./heap.ts";
import { SLICE_MS } from "./slice.ts";
import type { Timer, Timers } from "./timers.ts";

/** A callback that waits for a time. Made by {@linkcode WallTimers.set} only. */
export class WallTimer implements HeapEntry {
  /** Written by the heap only. */
  heapIndex = -1;
  /** In milliseconds since the epoch. */
  readonly dueAt: number;
  /** Of those that are due at one time, the one that was set first comes first. */
  readonly order: number;
  /** The callback. */
  readonly fire: () => void;

  /** Sets nothing: that is up to {@linkcode WallTimers.set}. */
  constructor(dueAt: number, order: number, fire: () => void) {
    this.dueAt = dueAt;
    this.order = order;
    this.fire = fire;
  }
}

/** The callbacks of one runner that go by the system's clock. None is called before that shows its time. */
export class WallTimers {
  readonly #alarms: Timers;
  readonly #clock: () => number;
  readonly #heap = new Heap<WallTimer>((a, b) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order));
  #count = 0;
  #alarm: Timer | undefined;
  /** The time for which the alarm is set. */
  #alarmAt = Infinity;

  /**
   * @param alarms Of which one is used, while a callback waits.
   * @param clock Milliseconds since the epoch.
   */
  constructor(alarms: Timers, clock: () => number = () => alarms.clock.now()) {
    this.#alarms = alarms;
    this.#clock = clock;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#clock();
  }

  /** How many callbacks wait. */
  get size(): number {
    return this.#heap.size;
  }

  /** Calls `fire` once, at a time in milliseconds since the epoch. */
  set(dueAt: number, fire: () => void): WallTimer {
    const timer = new WallTimer(dueAt, ++this.#count, fire);
    this.#heap.push(timer);
    if (this.#alarm === undefined || dueAt < this.#alarmAt) this.#arm(dueAt);
    return timer;
  }

  /** Removes a callback. Does nothing if it was called or removed before. */
  clear(timer: WallTimer): void {
    this.#heap.remove(timer);
    // As with other timers: one for a removed callback finds nothing to do, and only the last one would keep a program alive.
    if (this.#heap.size === 0) this.#disarm();
  }

  #arm(dueAt: number): void {
    this.#disarm();
    const now = this.#clock();
    const inMs = Math.min(Math.max(0, dueAt - now), this.#alarms.clock.maxLookMs);
    this.#alarmAt = now + inMs;
    this.#alarm = this.#alarms.set(inMs, () => this.#look());
  }

  #disarm(): void {
    if (this.#alarm !== undefined) this.#alarms.clear(this.#alarm);
    this.#alarm = undefined;
    this.#alarmAt = Infinity;
  }

  #look(): void {
    this.#alarm = undefined;
    this.#alarmAt = Infinity;
    const now = this.#clock();
    const start = elapsed();
    let first = this.#heap.peek();
    while (first !== undefined && first.dueAt <= now && elapsed() - start < SLICE_MS) {
      this.#heap.pop();
      first.fire();
      first = this.#heap.peek();
    }
    if (first !== undefined && (this.#alarm === undefined || first.dueAt < this.#alarmAt)) this.#arm(first.dueAt);
  }
}
