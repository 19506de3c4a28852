/**
 * Cron expressions, parsed and checked.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";

/** The values that a field allows, ascending; `undefined` if it allows all. */
export type CronField = readonly number[] | undefined;

/** The five fields of a cron expression. If both days are restricted, it is enough that one of them matches. */
export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  /** From 1, which is January. */
  readonly month: CronField;
  /** From 0, which is Sunday, to 6. */
  readonly dayOfWeek: CronField;
}

interface FieldRule {
  readonly title: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly names?: readonly string[];
}

/** In the order in which an expression has them. */
const RULES: readonly FieldRule[] = [
  { title: "minute", min: 0, max: 59 },
  { title: "hour", min: 0, max: 23 },
  { title: "day of month", min: 1, max: 31 },
  {
    title: "month",
    min: 1,
    max: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  // Both 0 and 7 are Sunday.
  { title: "day of week", min: 0, max: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
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
 * @throws {RangeError} If it is wrong, with the field and the values allowed there; or if it is never due.
 */
export function parseCron(expression: unknown): CronFields {
  if (typeof expression !== "string") {
    throw new TypeError(`A cron expression must be a string such as "0 * * * *", not ${describeValue(expression)}`);
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek] = splitFields(expression).map((text, index) =>
    parseField(text, RULES[index]!, expression)
  ) as [ParsedField, ParsedField, ParsedField, ParsedField, ParsedField];
  // If one of two restricted days allows every day, so does the expression.
  const isDaily = !dayOfMonth.isOpen && !dayOfWeek.isOpen && (dayOfMonth.isComplete || dayOfWeek.isComplete);
  const fields: CronFields = {
    minute: restrictionOf(minute),
    hour: restrictionOf(hour),
    dayOfMonth: isDaily ? undefined : restrictionOf(dayOfMonth),
    month: restrictionOf(month),
    dayOfWeek: isDaily ? undefined : restrictionOf(dayOfWeek),
  };
  if (isEverDue(fields)) return fields;
  throw new RangeError(
    `The cron expression "${expression}" is never due, as none of its months has such a day of month: change the ` +
      `day of month or the month`,
  );
}

interface ParsedField {
  /** Ascending. */
  readonly values: readonly number[];
  /** Whether these are all that the field can have. */
  readonly isComplete: boolean;
  /** Whether it is written as a star. */
  readonly isOpen: boolean;
}

function splitFields(expression: string): string[] {
  const trimmed = expression.trim();
  const known = trimmed.startsWith("@") ? NICKNAMES[trimmed.toLowerCase()] : trimmed;
  if (known === undefined) {
    throw new RangeError(`The cron expression "${expression}" is none of ${Object.keys(NICKNAMES).join(", ")}`);
  }
  const fields = known.split(/\s+/);
  if (fields.length === RULES.length) return fields;
  throw new RangeError(
    `The cron expression "${expression}" has ${trimmed === "" ? "no" : fields.length} fields; it needs five: ` +
      `${RULES.map(({ title }) => title).join(", ")}`,
  );
}

function restrictionOf({ values, isComplete }: ParsedField): CronField {
  return isComplete ? undefined : values;
}

/** Searching for a day that does not exist would take as long as the calendar. */
function isEverDue({ dayOfMonth, month, dayOfWeek }: CronFields): boolean {
  if (dayOfMonth === undefined || dayOfWeek !== undefined) return true;
  return DAYS_IN_MONTH.some((days, index) => dayOfMonth[0]! <= days && (month?.includes(index + 1) ?? true));
}

function parseField(text: string, rule: FieldRule, expression: string): ParsedField {
  const { min, max } = rule;
  const parts = text.split(",");
  const found = new Set<number>();
  for (const part of parts) {
    for (const value of valuesOf(part, rule, expression)) found.add(value === 7 && max === 7 ? 0 : value);
  }
  return {
    values: [...found].sort((a, b) => a - b),
    isComplete: found.size === (max === 7 ? 7 : max - min + 1),
    isOpen: parts.some((part) => /^\*(\/0*1)?$/.test(part)),
  };
}

function valuesOf(part: string, rule: FieldRule, expression: string): number[] {
  const { min, max } = rule;
  const match = PART.exec(part);
  if (match === null) throw wrongPart(part, rule, expression);
  const [, star, from, to, step] = match;
  const first = star === undefined ? valueOf(from!, part, rule, expression) : min;
  // A star of weekdays is seven days, not eight.
  const last = star !== undefined
    ? (max === 7 ? 6 : max)
    : to === undefined
    ? first
    : valueOf(to, part, rule, expression);
  if (last < first || Number(step) === 0) throw wrongPart(part, rule, expression);
  if (step !== undefined && star === undefined && to === undefined) throw wrongPart(part, rule, expression);
  const values: number[] = [];
  for (let value = first; value <= last; value += Number(step ?? 1)) values.push(value);
  return values;
}

function valueOf(text: string, part: string, rule: FieldRule, expression: string): number {
  const { min, max, names = [] } = rule;
  const index = names.indexOf(text.toUpperCase());
  const value = index >= 0 ? index + min : /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw wrongPart(part, rule, expression);
}

function wrongPart(part: string, { title, min, max, names }: FieldRule, expression: string): RangeError {
  const named = names === undefined ? "" : ` or ${names[0]} to ${names.at(-1)}`;
  return new RangeError(
    `The cron expression "${expression}" is wrong in its ${title}, "${part}": allowed are ${min} to ${max}${named}, ` +
      `as *, N, a-b, a,b, */N or a-b/N`,
  );
}
