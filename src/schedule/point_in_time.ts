/**
 * Points in time as people write them.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";

/** A point in time: a text is ISO 8601, with `Z` or an offset, or else in the time zone of the computer. */
export type PointInTime = Date | Temporal.Instant | Temporal.ZonedDateTime | number | string;

/**
 * Milliseconds since the epoch.
 *
 * @throws {RangeError} If it is none.
 * @throws {TypeError} If it is of another kind altogether.
 */
export function timeOf(point: PointInTime): number {
  const time = measure(point);
  if (Number.isFinite(time)) return time;
  throw new RangeError(
    `The time of a job must be a date, such as new Date("2026-12-31T23:59:00Z"), not ${describeValue(point)}`,
  );
}

function measure(point: unknown): number {
  if (typeof point === "number") return point;
  if (point instanceof Date) return point.getTime();
  if (typeof point === "string") return /^\d{4}-\d\d-\d\d/.test(point) ? new Date(point).getTime() : NaN;
  if (point instanceof Temporal.Instant || point instanceof Temporal.ZonedDateTime) return point.epochMilliseconds;
  throw new TypeError(
    `The time of a job must be a Date, a Temporal.Instant or ZonedDateTime, not ${describeValue(point)}`,
  );
}
