/**
 * When cron expressions are due: the calendar, and what daylight saving does to it.
 *
 * @module
 */

import type { CronField, CronFields } from "./cron_expression.ts";
import type { OffsetSpan, TimeZone } from "./time_zone.ts";

/** No expression that is ever due waits longer: from 29 February 2096 to that of 2104. */
const MAX_WAIT_YEARS = 9;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 1_440;

/**
 * The first time after `time` at which a cron expression is due. Times are in milliseconds since the epoch.
 *
 * An expression that allows every hour is due whenever the clocks show a minute that it allows, also in an hour that is
 * repeated. One that names hours is due once a day for each of them: of a time that clocks show twice, the first one
 * counts; a time that they skip is due later by as much as they were put forward.
 *
 * @throws {RangeError} If `time` is not within the calendar.
 */
export function cronTimeAfter(fields: CronFields, time: number, zone: TimeZone): number {
  let from = Math.floor(time);
  const limit = from + MAX_WAIT_YEARS * 366 * DAY_MS;
  while (from < limit) {
    const span = zone.spanAt(from + 1);
    const next = nextInSpan(fields, from, span);
    if (next < span.end) return next;
    from = span.end - 1;
  }
  throw new RangeError(`Cannot tell when a cron expression is due after ${time}, which is out of the calendar`);
}

/** The first time after `from`, which counts only if it is before the end of the span. */
function nextInSpan(fields: CronFields, from: number, { start, offset, offsetBefore }: OffsetSpan): number {
  const next = (after: number, shift: number) => nextMatch(fields, after + shift) - shift;
  if (fields.hour === undefined) return next(from, offset);
  const repeatedUntil = start + offsetBefore - offset;
  if (from < repeatedUntil) return next(repeatedUntil - 1, offset);
  const skippedUntil = start + offset - offsetBefore;
  if (from >= skippedUntil - 1) return next(from, offset);
  const shown = next(from, offset);
  const skipped = next(from, offsetBefore);
  return skipped < skippedUntil ? Math.min(skipped, shown) : shown;
}

/** The first minute after `time` that an expression matches, as if in UTC; `Infinity` if the calendar has none. */
function nextMatch(fields: CronFields, time: number): number {
  const from = Math.floor(time / MINUTE_MS) + 1;
  const day = Math.floor(from / DAY_MINUTES);
  const minute = minuteOfDayFrom(fields, from - day * DAY_MINUTES);
  const today = new Date(day * DAY_MS);
  if (minute !== undefined && allowsDay(fields, today)) return today.getTime() + minute * MINUTE_MS;
  return nextDay(fields, today) + minuteOfDayFrom(fields, 0)! * MINUTE_MS;
}

/** The first minute of a day, from the given one on, that the minute and hour fields allow. */
function minuteOfDayFrom({ minute, hour }: CronFields, from: number): number | undefined {
  const firstHour = Math.floor(from / HOUR_MINUTES);
  const foundHour = firstAllowed(hour, firstHour, 23);
  if (foundHour === firstHour) {
    const found = firstAllowed(minute, from - firstHour * HOUR_MINUTES, 59);
    if (found !== undefined) return firstHour * HOUR_MINUTES + found;
  }
  const nextHour = foundHour === firstHour ? firstAllowed(hour, firstHour + 1, 23) : foundHour;
  return nextHour === undefined ? undefined : nextHour * HOUR_MINUTES + firstAllowed(minute, 0, 59)!;
}

/** Midnight of the first day after a given one that the other fields allow. */
function nextDay(fields: CronFields, after: Date): number {
  const at = new Date(after.getTime() + DAY_MS);
  const lastYear = at.getUTCFullYear() + MAX_WAIT_YEARS;
  while (at.getUTCFullYear() <= lastYear) {
    if (!allows(fields.month, at.getUTCMonth() + 1)) at.setUTCMonth(at.getUTCMonth() + 1, 1);
    else if (allowsDay(fields, at)) return at.getTime();
    else at.setUTCDate(at.getUTCDate() + 1);
  }
  return Infinity;
}

function allowsDay({ dayOfMonth, month, dayOfWeek }: CronFields, at: Date): boolean {
  if (!allows(month, at.getUTCMonth() + 1)) return false;
  if (dayOfMonth === undefined) return allows(dayOfWeek, at.getUTCDay());
  return dayOfMonth.includes(at.getUTCDate()) || (dayOfWeek?.includes(at.getUTCDay()) ?? false);
}

function allows(field: CronField, value: number): boolean {
  return field === undefined || field.includes(value);
}

/** The first value from `from` to `max` that a field allows. */
function firstAllowed(field: CronField, from: number, max: number): number | undefined {
  if (field === undefined) return from <= max ? from : undefined;
  return field.find((value) => value >= from);
}
