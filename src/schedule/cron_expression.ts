/**
 * Cron expressions, parsed and checked.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";

/** The values that a field allows, ascending; `undefined` if it allows all. */
export type CronField = readonly number[] | undefined;

/** The five fields of a cron expression. */
export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  /** From 1, which is January. */
  readonly month: CronField;
  /** From 0, which is Sunday, to 6. */
  readonly dayOfWeek: CronField;
  /** Whether one of two restricted days is enough: as in Vixie cron, neither begins with a star. */
  readonly eitherDay: boolean;
}

interface FieldRule {
  readonly title: string;
  readonly min: number;
  readonly max: number;
  /** How many different values there are. */
  readonly count: number;
  /** The unit of a `Duration` that says the same as a step. */
  readonly unit?: "m" | "h" | "d";
  /** Names of the values from `min` on. */
  readonly names?: readonly string[];
}

/** In the order in which an expression has them. */
const RULES: readonly FieldRule[] = [
  { title: "minute", min: 0, max: 59, count: 60, unit: "m" },
  { title: "hour", min: 0, max: 23, count: 24, unit: "h" },
  { title: "day of month", min: 1, max: 31, count: 31, unit: "d" },
  {
    title: "month",
    min: 1,
    max: 12,
    count: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  // Both 0 and 7 are Sunday.
  { title: "day of week", min: 0, max: 7, count: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
];

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** From January on, in a leap year. */
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const PART = /^(?:(\*)|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/(\d+))?$/i;

/**
 * Parses a cron expression: five fields of `*`, `N`, `a-b`, lists of these, and steps such as `a-b/N`; or a nickname such
 * as `@hourly`.
 *
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If it is wrong, with the field and what to write there; or if it is never due.
 */
export function parseCron(expression: unknown): CronFields {
  if (typeof expression !== "string") {
    throw new TypeError(`A cron expression must be a string such as "0 * * * *", not ${describeValue(expression)}`);
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek] = splitFields(expression).map((text, index) =>
    parseField(text, RULES[index]!, expression)
  ) as [ParsedField, ParsedField, ParsedField, ParsedField, ParsedField];
  const isEither = !dayOfMonth.hasStar && !dayOfWeek.hasStar;
  const areBoth = dayOfMonth.values !== undefined && dayOfWeek.values !== undefined;
  const isDaily = isEither && !areBoth;
  const fields: CronFields = {
    minute: minute.values,
    hour: hour.values,
    dayOfMonth: isDaily ? undefined : dayOfMonth.values,
    month: month.values,
    dayOfWeek: isDaily ? undefined : dayOfWeek.values,
    eitherDay: isEither && areBoth,
  };
  if (isEverDue(fields)) return fields;
  throw new RangeError(
    `The cron expression "${expression}" is never due, as none of its months has such a day of month: change the ` +
      `day of month or the month`,
  );
}

interface ParsedField {
  readonly values: CronField;
  /** Whether it begins with a star. */
  readonly hasStar: boolean;
}

function splitFields(expression: string): string[] {
  const trimmed = expression.trim();
  const known = trimmed.startsWith("@") ? NICKNAMES[trimmed.toLowerCase()] : trimmed;
  if (known === undefined) {
    throw new RangeError(`The cron expression "${expression}" is none of ${Object.keys(NICKNAMES).join(", ")}`);
  }
  const fields = known.split(/\s+/);
  if (fields.length === RULES.length) return fields;
  const nickname = `@${trimmed.toLowerCase()}`;
  if (Object.hasOwn(NICKNAMES, nickname)) {
    throw new RangeError(`The cron expression "${expression}" lacks its @: write "${nickname}"`);
  }
  const count = trimmed === "" ? "no fields" : fields.length === 1 ? "one field" : `${fields.length} fields`;
  throw new RangeError(
    `The cron expression "${expression}" has ${count}; it needs five: ` +
      `${RULES.map(({ title }) => title).join(", ")}`,
  );
}

/** Searching for a day that does not exist would take as long as the calendar. */
function isEverDue({ dayOfMonth, month, eitherDay }: CronFields): boolean {
  if (dayOfMonth === undefined || eitherDay) return true;
  // Sooner or later, each day of the year falls on each day of the week.
  return DAYS_IN_MONTH.some((days, index) => dayOfMonth[0]! <= days && (month?.includes(index + 1) ?? true));
}

function parseField(text: string, rule: FieldRule, expression: string): ParsedField {
  const found = new Set<number>();
  for (const part of text.split(",")) {
    for (const value of valuesOf(part, rule, expression)) found.add(wrapSunday(value, rule));
  }
  const values = found.size === rule.count ? undefined : [...found].sort((a, b) => a - b);
  return { values, hasStar: text.startsWith("*") };
}

/** The values of `*`, `N` or `a-b`, with or without a step. */
function valuesOf(part: string, rule: FieldRule, expression: string): number[] {
  const match = PART.exec(part);
  if (match === null) throw wrong(part, rule, expression, allowedIn(rule));
  const [, star, from, to, stepText] = match;
  const step = Number(stepText ?? 1);
  const last = rule.min + rule.count - 1;
  let first = star === undefined ? valueOf(from!, part, rule, expression) : rule.min;
  let until = to === undefined ? last : valueOf(to, part, rule, expression);
  if (star === undefined && to === undefined) {
    if (stepText === undefined) until = first;
    else first = wrapSunday(first, rule);
  }
  if (step === 0) throw wrong(part, rule, expression, allowedIn(rule));
  if (step > rule.count) throw wrong(part, rule, expression, tooLong(step, rule));
  if (until < first) throw wrong(part, rule, expression, backwards(from!, to!, first, until, step, rule));
  const values: number[] = [];
  for (let value = first; value <= until; value += step) values.push(value);
  return values;
}

function valueOf(text: string, part: string, rule: FieldRule, expression: string): number {
  const { min, max, names = [] } = rule;
  const index = names.indexOf(text.toUpperCase());
  const value = index >= 0 ? index + min : /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw wrong(part, rule, expression, allowedIn(rule));
}

/** The days of the week have Sunday at both ends. */
function wrapSunday(value: number, { min, count }: FieldRule): number {
  return value === min + count ? min : value;
}

/** @param advice What to write. */
function wrong(part: string, { title }: FieldRule, expression: string, advice: string): RangeError {
  return new RangeError(`The cron expression "${expression}" is wrong in its ${title}, "${part}": ${advice}`);
}

function allowedIn({ min, max, names }: FieldRule): string {
  const named = names === undefined ? "" : ` or ${names[0]} to ${names.at(-1)}`;
  return `allowed are ${min} to ${max}${named}, as *, N, a-b, a,b, */N, a/N or a-b/N`;
}

function tooLong(step: number, { count, unit }: FieldRule): string {
  const instead = unit === undefined ? "" : `; for a longer interval, use every("${step}${unit}")`;
  return `a step must be at most ${count}${instead}`;
}

/** What to write for a range that passes the end of its field, such as `22-2`. */
function backwards(from: string, to: string, first: number, until: number, step: number, rule: FieldRule): string {
  const { min, count, names = [] } = rule;
  const [minText, maxText] = /^\d+$/.test(to) ? [min, min + count - 1] : [names[0], names[count - 1]];
  const values: number[] = [];
  for (let value = first; value <= until + count; value += step) values.push((value - min) % count + min);
  const head = until === min ? to : `${minText}-${to}`;
  const tail = first === min + count - 1 ? from : `${from}-${maxText}`;
  const instead = step > 1 ? values : first === min + count ? head : `${tail},${head}`;
  return `a range must not go backwards: write "${instead}"`;
}
