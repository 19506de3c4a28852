/**
 * What the tests of the scheduler share.
 *
 * @module
 */

import type { FakeTime } from "@std/testing/time";
import { Scheduler, type SchedulerOptions } from "../../mod.ts";
import { settle } from "../support.ts";

/** A clock that is moved by hand. */
export class FakeClock {
  /** Milliseconds since the epoch. */
  now: number;
  readonly read = (): number => this.now;

  constructor(start = "2026-06-01T00:00:00Z") {
    this.now = Date.parse(start);
  }

  /** Moves the clock forward, or back. */
  move(milliseconds: number): void {
    this.now += milliseconds;
  }

  set(time: string): void {
    this.now = Date.parse(time);
  }
}

/** A scheduler on a clock that is moved by hand. */
export function schedulerOn(clock: FakeClock, options: SchedulerOptions = {}): Scheduler {
  return new Scheduler({ clock: clock.read, ...options });
}

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/**
 * Counts what happens in each turn of the event loop. Meanwhile, each reading of a clock is a tenth of a millisecond later
 * than the last one: a slice of 10 ms ends after so many readings, however fast the computer is.
 */
export class TurnCounter implements Disposable {
  readonly #original = { performanceNow: performance.now, dateNow: Date.now };
  #turn: ReturnType<typeof setImmediate> | undefined;
  #now = performance.now();
  #inThisTurn = 0;
  /** How many things have happened. */
  count = 0;
  /** The largest number of things that have happened in one turn. */
  most = 0;

  constructor() {
    const epoch = Date.now() - this.#now;
    performance.now = () => this.#now += 0.1;
    Date.now = () => Math.floor(epoch + performance.now());
    this.#beginTurn();
  }

  /** Not by a timer, which does not fire in each turn. */
  #beginTurn(): void {
    this.#inThisTurn = 0;
    this.#turn = setImmediate(() => this.#beginTurn());
  }

  /** Notes that something has happened. */
  note(): void {
    this.count++;
    this.most = Math.max(this.most, ++this.#inThisTurn);
  }

  [Symbol.dispose](): void {
    clearImmediate(this.#turn);
    performance.now = this.#original.performanceNow;
    Date.now = this.#original.dateNow;
  }
}

/** Moves fake time forward by small steps, and lets callbacks run after each. */
export async function pass(time: FakeTime, milliseconds: number, step = SECOND): Promise<void> {
  for (let left = milliseconds; left > 0; left -= step) {
    await time.tickAsync(Math.min(step, left));
    await settle();
  }
}
