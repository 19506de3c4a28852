/**
 * What makes a job due.
 *
 * @module
 */

import { type Duration, toMilliseconds } from "../core/duration.ts";
import type { CronFields } from "./cron_expression.ts";
import { cronTimeAfter } from "./cron_times.ts";
import type { TimeZone } from "./time_zone.ts";

/** When a job is due. Times are in milliseconds since the epoch. */
export interface Trigger {
  /** The first time after `time`, if there is one. */
  after(time: number): number | undefined;
  /** All times from `time` on, ascending; intervals are counted from their anchor into the past, too. */
  timesFrom(time: number): Iterable<number>;
  /** The time that intervals are counted from; `undefined` for triggers without one. */
  anchor: number | undefined;
}

/** Dates end some 270,000 years from now. */
const MAX_INTERVAL_MS = 100_000 * 365.25 * 86_400_000;
/** An interval below this, in milliseconds, may have been meant in seconds if it was given as a number. */
const UNIT_DOUBT_MS = 1_000;
/** A time that passed less than this ago, in milliseconds, counts as now. */
const JUST_NOW_MS = 60_000;

/** Again and again, a fixed time apart. */
export class EveryTrigger implements Trigger {
  /** In milliseconds. */
  readonly interval: number;
  anchor: number;

  constructor(interval: number, anchor: number) {
    this.interval = interval;
    this.anchor = anchor;
  }

  after(time: number): number {
    const { anchor, interval } = this;
    const count = Math.floor((time - anchor) / interval) + 1;
    const next = anchor + Math.max(1, count) * interval;
    // The division may have been rounded.
    return next > time ? next : next + interval;
  }

  *timesFrom(time: number): Iterable<number> {
    const { anchor, interval } = this;
    for (let count = Math.ceil((time - anchor) / interval);; count++) {
      const next = anchor + count * interval;
      if (next >= time) yield next; // the division may have been rounded
    }
  }
}

/** At the times of a cron expression. */
export class CronTrigger implements Trigger {
  readonly anchor = undefined;
  readonly fields: CronFields;
  readonly zone: TimeZone;

  constructor(fields: CronFields, zone: TimeZone) {
    this.fields = fields;
    this.zone = zone;
  }

  after(time: number): number {
    return cronTimeAfter(this.fields, time, this.zone);
  }

  *timesFrom(time: number): Iterable<number> {
    for (let next = this.after(Math.ceil(time) - 1);; next = this.after(next)) yield next;
  }
}

/** Once. */
export class AtTrigger implements Trigger {
  readonly anchor = undefined;
  readonly time: number;

  constructor(time: number) {
    this.time = time;
  }

  after(time: number): number | undefined {
    return time < this.time ? this.time : undefined;
  }

  timesFrom(time: number): Iterable<number> {
    return time <= this.time ? [this.time] : [];
  }
}

/**
 * The interval of a job in milliseconds.
 *
 * @throws {RangeError} If it is less than a millisecond, or too long for the calendar.
 * @throws {TypeError} If it is not a duration.
 */
export function checkInterval(interval: Duration): number {
  const milliseconds = toMilliseconds(interval, "The interval of a job");
  if (milliseconds >= 1 && milliseconds <= MAX_INTERVAL_MS) return milliseconds;
  throw new RangeError(
    `The interval of a job must be at least 1 ms and at most 100,000 years, not ${String(interval)}`,
  );
}

/** What to tell users about an interval that may have been meant in seconds; `undefined` if it was not. */
export function doubtOf(interval: Duration): string | undefined {
  if (typeof interval !== "number" || interval >= UNIT_DOUBT_MS) return undefined;
  return `every(${interval}) is due every ${interval} milliseconds: write "${interval}s" if seconds are meant, or ` +
    `"${interval}ms" if not`;
}

/**
 * Makes sure that the time of a job is still to come, or has just passed.
 *
 * @throws {RangeError} If it has passed.
 */
export function checkToCome(time: number, now: number): void {
  if (time > now - JUST_NOW_MS) return;
  throw new RangeError(
    `The time of a job must not have passed, as ${
      new Date(time).toISOString()
    } has: give a later one, or catchUp: "one"`,
  );
}
