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

/** Moves fake time forward by small steps, and lets callbacks run after each. */
export async function pass(time: FakeTime, milliseconds: number, step = SECOND): Promise<void> {
  for (let left = milliseconds; left > 0; left -= step) {
    await time.tickAsync(Math.min(step, left));
    await settle(3);
  }
}
