/**
 * What the tests of the scheduler share.
 *
 * @module
 */

import type { FakeTime } from "@std/testing/time";
import { Scheduler, type SchedulerOptions } from "../../mod.ts";

/** A clock that is moved by hand. */
export class FakeClock {
  /** Milliseconds since the epoch. */
  now: number;
  readonly read = (): number => this.now;

  constructor(start = "2026-06-01T00:00:00Z") {
    this.now = Date.parse(start);
  }

  /** Moves on, or back. */
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

/** Lets callbacks that are due now, and what they bring about, happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Moves fake time on by small steps, after each of which what was begun by then happens. */
export async function pass(time: FakeTime, milliseconds: number, step = SECOND): Promise<void> {
  for (let left = milliseconds; left > 0; left -= step) {
    await time.tickAsync(Math.min(step, left));
    await settle();
  }
}

/** Resolves once that is so. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!await isSo()) {
    if (performance.now() > end) throw new Error(`Waited for 10 s, and it is still not so that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
