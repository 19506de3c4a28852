/**
 * When cron expressions are due: the calendar, and what daylight saving does to it.
 *
 * @module
 */

import type { CronField, CronFields } from "./cron_expression.ts";
import type { OffsetSpan, TimeZone } from "./time_zone.ts";

/** No expression that is ever due waits longer: a 29 February that is a Sunday comes after 28 years, or 40 across 2100. */
const MAX_WAIT_YEARS = 41;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 1_440;
/** 1 January 1970 was a Thursday. */
const EPOCH_WEEKDAY = 4;

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
  const today = Math.floor(from / DAY_MINUTES);
  const minute = minuteOfDayFrom(fields, from - today * DAY_MINUTES);
  const day = dayFrom(fields, minute === undefined ? today + 1 : today);
  if (day === undefined) return Infinity;
  return day * DAY_MS + (day === today ? minute! : minuteOfDayFrom(fields, 0)!) * MINUTE_MS;
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

/** The first day, from the given one on, that the other fields allow. Days are counted from the epoch. */
function dayFrom(fields: CronFields, from: number): number | undefined {
  const start = new Date(from * DAY_MS);
  const year = start.getUTCFullYear();
  const lastMonth = start.getUTCMonth() + 12 * MAX_WAIT_YEARS;
  let day = from;
  let date = start.getUTCDate();
  for (let month = start.getUTCMonth(); month <= lastMonth; month++) {
    const end = firstDayOf(year, month + 1);
    if (allows(fields.month, month % 12 + 1)) {
      for (; day < end; day++, date++) {
        if (allowsDay(fields, date, modulo(day + EPOCH_WEEKDAY, 7))) return day;
      }
    }
    day = end;
    date = 1;
  }
  return undefined;
}

/** The first day of a month, which may be one of a later year: 12 is the January of the next one. */
function firstDayOf(year: number, month: number): number {
  return new Date(0).setUTCFullYear(year, month, 1) / DAY_MS;
}

function allowsDay({ dayOfMonth, dayOfWeek, eitherDay }: CronFields, date: number, weekday: number): boolean {
  const isDate = allows(dayOfMonth, date);
  return eitherDay ? isDate || allows(dayOfWeek, weekday) : isDate && allows(dayOfWeek, weekday);
}

function allows(field: CronField, value: number): boolean {
  return field === undefined || field.includes(value);
}

/** The first value from `from` to `max` that a field allows. */
function firstAllowed(field: CronField, from: number, max: number): number | undefined {
  if (field === undefined) return from <= max ? from : undefined;
  return field.find((value) => value >= from);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
