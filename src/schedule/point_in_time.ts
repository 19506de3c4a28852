/**
 * Points in time as people write them.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";

/**
 * A point in time. A number is in milliseconds since the epoch. A text is ISO 8601: with `Z`, an offset or a time zone, as
 * in `"2026-12-31T23:59[Europe/Berlin]"`, or else in the time zone of the computer; a date alone is its midnight.
 */
export type PointInTime = Date | Temporal.Instant | Temporal.ZonedDateTime | number | string;

/** Where dates end, in milliseconds from the epoch. */
const LAST_MS = 8.64e15;

/**
 * Milliseconds since the epoch.
 *
 * @throws {RangeError} If it is none.
 * @throws {TypeError} If it is of another kind altogether.
 */
export function timeOf(point: PointInTime): number {
  const time = measure(point);
  if (Math.abs(time) <= LAST_MS) return time;
  const found = point instanceof Date ? "an invalid Date" : describeValue(point);
  throw new RangeError(`The time of a job must be a date, such as new Date("2026-12-31T23:59:00Z"), not ${found}`);
}

function measure(point: unknown): number {
  if (typeof point === "number") return point;
  if (point instanceof Date) return point.getTime();
  if (typeof point === "string") return /^\d{4}-\d\d-\d\d/.test(point) ? parse(point) : NaN;
  if (point instanceof Temporal.Instant || point instanceof Temporal.ZonedDateTime) return point.epochMilliseconds;
  throw new TypeError(
    `The time of a job must be a Date, a Temporal.Instant or ZonedDateTime, not ${describeValue(point)}`,
  );
}

/** How texts are read. Those that say most come first, as the last one would overlook it. */
const READERS: readonly ((text: string) => Temporal.Instant | Temporal.ZonedDateTime)[] = [
  (text) => Temporal.Instant.from(text),
  (text) => Temporal.ZonedDateTime.from(text),
  (text) => Temporal.PlainDateTime.from(text).toZonedDateTime(Temporal.Now.timeZoneId()),
];

/** `Date` would take 30 February for 2 March, and a date alone as in UTC. */
function parse(text: string): number {
  for (const read of text.includes("[") ? READERS.slice(0, 2) : READERS) {
    try {
      return read(text).epochMilliseconds;
    } catch {
      // It is written in another way, or in none.
    }
  }
  return NaN;
}
