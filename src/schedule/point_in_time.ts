/**
 * Points in time as people write them.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { hasTemporal, temporalMissing } from "./temporal.ts";

/**
 * A point in time: a `Date`, a `Temporal.Instant` or `ZonedDateTime`, a number of milliseconds since the epoch, or an ISO
 * 8601 string. A string has `Z`, an offset or a time zone, as in `"2026-12-31T23:59[Europe/Berlin]"`; otherwise it is in
 * the time zone of the computer, and a date alone is its midnight there. Strings need Deno 2.7 or later.
 *
 * @example One point in time, in four ways
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type PointInTime, Scheduler, task } from "@workflowy/workflowy";
 *
 * const report = task({ name: "report" }, () => {});
 * await using scheduler = new Scheduler({ clock: () => Date.parse("2026-06-01T00:00:00Z") });
 * const noon: PointInTime[] = [
 *   "2026-06-01T14:00[Europe/Berlin]",
 *   "2026-06-01T12:00:00Z",
 *   new Date("2026-06-01T12:00:00Z"),
 *   Date.UTC(2026, 5, 1, 12),
 * ];
 * for (const time of noon) {
 *   const job = scheduler.at(time).do(report);
 *   assertEquals(job.nextFire, new Date("2026-06-01T12:00:00Z"));
 *   job.cancel();
 * }
 * ```
 */
export type PointInTime = Date | Temporal.Instant | Temporal.ZonedDateTime | number | string;

/** Where dates end, in milliseconds from the epoch. */
export const MAX_DATE_MS = 8.64e15;

/**
 * Milliseconds since the epoch.
 *
 * @param what What it is the time of, as errors say it.
 * @throws {RangeError} If it is not a valid point in time.
 * @throws {TypeError} If it is of another kind altogether.
 * @throws {Error} If it is a string and this version of Deno cannot read it.
 */
export function timeOf(point: PointInTime, what = "The time of a job"): number {
  const time = measure(point, what);
  if (Math.abs(time) <= MAX_DATE_MS) return time;
  const found = point instanceof Date ? "an invalid Date" : describeValue(point);
  throw new RangeError(`${what} must be a date, such as new Date("2026-12-31T23:59:00Z"), not ${found}`);
}

function measure(point: unknown, what: string): number {
  if (typeof point === "number") return point;
  if (point instanceof Date) return point.getTime();
  if (typeof point === "string") return /^\d{4}-\d\d-\d\d/.test(point) ? parse(point) : NaN;
  if (hasTemporal() && (point instanceof Temporal.Instant || point instanceof Temporal.ZonedDateTime)) {
    return point.epochMilliseconds;
  }
  throw new TypeError(
    `${what} must be a Date, a Temporal.Instant or ZonedDateTime, milliseconds or a string, not ${
      describeValue(point)
    }`,
  );
}

/** The ways to read a string. Those that respect most of it come first, as the last one would ignore an offset. */
const READERS: readonly ((text: string) => Temporal.Instant | Temporal.ZonedDateTime)[] = [
  (text) => Temporal.Instant.from(text),
  (text) => Temporal.ZonedDateTime.from(text),
  (text) => Temporal.PlainDateTime.from(text).toZonedDateTime(Temporal.Now.timeZoneId()),
];

/** `Date.parse()` would take 30 February for 2 March, and a date alone as in UTC. */
function parse(text: string): number {
  if (!hasTemporal()) throw temporalMissing(`at("${text}")`, "give a Date");
  for (const read of text.includes("[") ? READERS.slice(0, 2) : READERS) {
    try {
      return read(text).epochMilliseconds;
    } catch {
      // It is written in another way, or is not a date.
    }
  }
  return NaN;
}
