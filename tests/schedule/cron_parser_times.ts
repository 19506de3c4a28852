/**
 * Times of cron expressions, by our code and by cron-parser, which takes long: some months are compared in every test run,
 * and some years in the long one.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { CronExpressionParser } from "cron-parser";
import { parseCron } from "../../src/schedule/cron_expression.ts";
import { cronTimeAfter } from "../../src/schedule/cron_times.ts";
import { TimeZone } from "../../src/schedule/time_zone.ts";

/** A time zone of that name. */
export function zone(name: string): TimeZone {
  return TimeZone.named(name, "zone");
}

/** The times that we compute. */
export function ours(expression: string, timeZone: string, from: string, to: string): string[] {
  const times = parseCron(expression);
  const found: string[] = [];
  const end = Date.parse(to);
  let at = cronTimeAfter(times, Date.parse(from) - 1, zone(timeZone));
  for (; at < end; at = cronTimeAfter(times, at, zone(timeZone))) found.push(new Date(at).toISOString());
  return found;
}

/** The times that cron-parser computes. */
export function theirs(expression: string, tz: string, from: string, to: string): string[] {
  const times = CronExpressionParser.parse(expression, { tz, currentDate: new Date(Date.parse(from) - 1) });
  const found: string[] = [];
  const end = Date.parse(to);
  for (let at = times.next().getTime(); at < end; at = times.next().getTime()) found.push(new Date(at).toISOString());
  return found;
}

const EXPRESSIONS = [
  "0 0 * * *",
  "30 2 * * *",
  "45 1 * * *",
  "59 23 * * *",
  "0 */3 * * *",
  "*/20 1-3 * * *",
  "0 0 1 * *",
  "0 0 31 * *",
  "15 10 28-31 * *",
  "0 0 29 2 *",
  "0 12 * 2 *",
  "0 0 13 * 5",
  "0 0 1,15 * MON",
  "0 0 1-30/2 * 1",
  "0 0 1-31 * 1",
  "5 4 * JAN,JUN-AUG *",
  "0 22 * * 1-5",
  "30 6 * 3,11 SUN",
];

/** Registers tests that compare our times with those of cron-parser. */
export function testAgainstCronParser(from: string, to: string): void {
  for (const timeZone of ["America/New_York", "Europe/Berlin", "UTC", "Australia/Lord_Howe"]) {
    Deno.test(`cronTimeAfter() says the same as cron-parser from ${from} to ${to} in ${timeZone}`, () => {
      for (const expression of EXPRESSIONS) {
        // In Lord Howe clocks go forward from 2:00 to 2:30, which cron-parser gets wrong; see below.
        if (timeZone === "Australia/Lord_Howe" && /^\S+ (1-3|\*\/3)/.test(expression)) continue;
        assertEquals(ours(expression, timeZone, from, to), theirs(expression, timeZone, from, to), expression);
      }
    });
  }
}
