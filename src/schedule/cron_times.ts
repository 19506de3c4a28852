/**
 * When cron expressions are due.
 *
 * @module
 */

import { Cron } from "npm:croner@^11";
import { type CronFields, parseCron } from "./cron_fields.ts";
import type { Span, Zone } from "./zone.ts";

/** No expression that is ever due waits longer: from 29 February 2096 to that of 2104. */
const LONGEST_WAIT_YEARS = 9;
/** Of each month, from January on, in a leap year. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The times of a cron expression. While one is in use there is one object for it, as it holds one of croner's, which is
 * large; that one does the calendar, as in UTC, and time zones and daylight saving are dealt with here.
 *
 * An expression that leaves the hour open is due whenever the clock on the wall says so, in an hour that is repeated too.
 * One that names hours is due once a day for each of them: of a time that is repeated the first one counts, and one
 * that is skipped is made up for by as much later as the clocks were put forward.
 */
export class CronTimes {
  static readonly #known = new Map<string, WeakRef<CronTimes>>();
  static readonly #collected = new FinalizationRegistry<string>((text) => {
    if (CronTimes.#known.get(text)?.deref() === undefined) CronTimes.#known.delete(text);
  });
  readonly fields: CronFields;
  readonly #calendar: Cron;
  /** For each zone the last answer, which holds for all times in between. */
  readonly #answers = new Map<Zone, { readonly after: number; readonly next: number }>();

  private constructor(fields: CronFields, text: string) {
    this.fields = fields;
    // As in UTC; if the zone were named, each answer would take twenty times as long.
    this.#calendar = new Cron(text, { utcOffset: 0, paused: true });
  }

  /**
   * The times of an expression.
   *
   * @throws {TypeError} If it is no text.
   * @throws {RangeError} If it is wrong, or never due.
   */
  static of(expression: string): CronTimes {
    const fields = parseCron(expression);
    if (!isEverDue(fields)) {
      throw new RangeError(
        `The cron expression "${expression}" is never due, as none of its months has such a day of month: change the ` +
          `day of month or the month`,
      );
    }
    const { minute, hour, dayOfMonth, month, dayOfWeek } = fields;
    const text = [minute, hour, dayOfMonth, month, dayOfWeek].map((field) => field?.join(",") ?? "*").join(" ");
    const known = CronTimes.#known.get(text)?.deref();
    if (known !== undefined) return known;
    const times = new CronTimes(fields, text);
    CronTimes.#known.set(text, new WeakRef(times));
    CronTimes.#collected.register(times, text);
    return times;
  }

  /** The first time after `time`, both in milliseconds since the epoch. */
  after(time: number, zone: Zone): number {
    const answer = this.#answers.get(zone);
    if (answer !== undefined && answer.after <= time && time < answer.next) return answer.next;
    const next = this.#compute(Math.floor(time), zone);
    this.#answers.set(zone, { after: time, next });
    return next;
  }

  #compute(time: number, zone: Zone): number {
    const limit = new Date(time);
    limit.setUTCFullYear(limit.getUTCFullYear() + LONGEST_WAIT_YEARS);
    let from = time;
    while (from < limit.getTime()) {
      const span = zone.spanAt(from + 1);
      const next = this.#inSpan(from, span);
      if (next < span.end) return next;
      from = span.end - 1;
    }
    throw new RangeError(`Cannot tell when a cron expression is due after ${time}, which is out of the calendar`);
  }

  #inSpan(from: number, { start, offset, offsetBefore }: Span): number {
    if (this.fields.hour === undefined) return this.#match(from, offset);
    const repeatedUntil = start + offsetBefore - offset;
    if (from < repeatedUntil) return this.#match(repeatedUntil - 1, offset);
    const skippedUntil = start + offset - offsetBefore;
    const next = this.#match(from, offset);
    if (from >= skippedUntil - 1) return next;
    const madeUpFor = this.#match(from, offsetBefore);
    return madeUpFor < skippedUntil ? Math.min(madeUpFor, next) : next;
  }

  /** The first time after `time` at which clocks that are ahead of UTC by `offset` show what the expression asks for. */
  #match(time: number, offset: number): number {
    const found = this.#calendar.nextRun(new Date(time + offset));
    return found === null ? Infinity : found.getTime() - offset;
  }
}

/** Whether there is a day that is asked for. To look for one that there is not is more than croner's stack can take. */
function isEverDue({ dayOfMonth, month, dayOfWeek }: CronFields): boolean {
  if (dayOfMonth === undefined || dayOfWeek !== undefined) return true;
  return DAYS.some((days, index) => dayOfMonth[0]! <= days && (month?.includes(index + 1) ?? true));
}
