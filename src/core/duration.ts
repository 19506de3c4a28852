/**
 * Durations as people write them.
 *
 * @module
 */

import { describeValue } from "./describe.ts";

/**
 * A length of time: a number of milliseconds, a string such as `"250ms"`, `"1.5s"`, `"10m"`, `"2h"` or `"1d"`, or a
 * `Temporal.Duration` without years, months and weeks.
 *
 * A plain number counts milliseconds: `60` is not a minute.
 *
 * @example Four ways to write ten seconds
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Duration, task } from "@workflowy/workflowy";
 *
 * const durations: Duration[] = [10_000, "10s", "10000ms", Temporal.Duration.from({ seconds: 10 })];
 * for (const timeout of durations) {
 *   assertEquals(task({ name: "load", timeout }, () => {}).options.timeout, 10_000);
 * }
 * ```
 */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}` | Temporal.Duration;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORMAT = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h|d)$/;
const SHORT_FORMS = `milliseconds, a string such as "250ms", "1.5s", "10m", "2h" or "1d"`;
const FORMS = `${SHORT_FORMS}, or a Temporal.Duration`;
/** What {@linkcode toDelay} takes. */
const DELAY_FORMS = `${SHORT_FORMS}, a Temporal.Duration, or a Date`;

/**
 * Turns a {@linkcode Duration} into milliseconds.
 *
 * @param what How errors name the value, such as `timeout`.
 * @throws {RangeError} If it is negative, not finite, a string of another format, or a `Temporal.Duration` whose length
 * depends on the calendar.
 * @throws {TypeError} If it is of another type.
 */
export function toMilliseconds(duration: Duration, what: string): number {
  return inMilliseconds(duration, what, FORMS);
}

/** @param forms What errors say is to be used. */
function inMilliseconds(duration: unknown, what: string, forms: string): number {
  const milliseconds = measure(duration, what, forms);
  if (!Number.isFinite(milliseconds) || milliseconds < 0) {
    throw new RangeError(`${what} must be a finite duration of 0 or more, not ${String(duration)}: use ${forms}`);
  }
  return milliseconds;
}

function measure(duration: unknown, what: string, forms: string): number {
  if (typeof duration === "number") return duration;
  if (typeof duration === "string") {
    const match = FORMAT.exec(duration);
    if (match === null) throw new RangeError(`${what} is "${duration}", which is not a valid duration: use ${forms}`);
    return Number(match[1]) * UNIT_MS[match[2]!]!;
  }
  if (globalThis.Temporal !== undefined && duration instanceof Temporal.Duration) {
    try {
      return duration.total("milliseconds");
    } catch (cause) {
      throw new RangeError(`${what} is ${duration}, whose length depends on the calendar: use days or smaller units`, {
        cause,
      });
    }
  }
  throw new TypeError(`${what} must be ${forms}, not ${describeValue(duration)}`);
}

/** The longest time from now that is taken, in milliseconds: some 100,000 years; dates end 270,000 years from now. */
const MAX_DELAY_MS = 3.2e15;

/**
 * Turns a {@linkcode Duration} into milliseconds, and a `Date` into a copy.
 *
 * @param what How errors name the value, such as `startAfter`.
 * @throws {RangeError} If it is negative, too long, of another format, or an invalid date.
 * @throws {TypeError} If it is of another type.
 */
export function toDelay(value: unknown, what: string): number | Date {
  if (!(value instanceof Date)) {
    const milliseconds = inMilliseconds(value, what, DELAY_FORMS);
    if (milliseconds <= MAX_DELAY_MS) return milliseconds;
    throw new RangeError(`${what} must be at most 100,000 years, not ${milliseconds} ms`);
  }
  if (!Number.isNaN(value.getTime())) return new Date(value);
  throw new RangeError(`${what} must be a valid date, not an invalid one`);
}

/** A duration for people, such as `900 ms`, `1.5 s`, `10 min`, `2.5 h` or `3 d`. */
export function formatMilliseconds(milliseconds: number): string {
  const steps: [limit: number, size: number, unit: string][] = [
    [1_000, 1, "ms"],
    [60_000, 1_000, "s"],
    [3_600_000, 60_000, "min"],
    [86_400_000, 3_600_000, "h"],
    [Infinity, 86_400_000, "d"],
  ];
  const [, size, unit] = steps.find(([limit]) => milliseconds < limit)!;
  return `${Number((milliseconds / size).toFixed(size === 1 ? 0 : 1))} ${unit}`;
}
