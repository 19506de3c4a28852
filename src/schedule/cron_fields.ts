/**
 * Cron expressions, taken apart and checked.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";

/** A field: the values that it allows, ascending, or `undefined` if it allows all. */
export type CronField = readonly number[] | undefined;

/** The five fields of a cron expression. */
export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  readonly month: CronField;
  /** 0 is Sunday. */
  readonly dayOfWeek: CronField;
}

interface FieldRule {
  readonly field: keyof CronFields;
  /** What people call it. */
  readonly title: string;
  readonly least: number;
  readonly most: number;
  /** From `least` on. */
  readonly names?: readonly string[];
}

const RULES: readonly FieldRule[] = [
  { field: "minute", title: "minute", least: 0, most: 59 },
  { field: "hour", title: "hour", least: 0, most: 23 },
  { field: "dayOfMonth", title: "day of month", least: 1, most: 31 },
  {
    field: "month",
    title: "month",
    least: 1,
    most: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  {
    field: "dayOfWeek",
    title: "day of week",
    least: 0,
    most: 7,
    names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
  },
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

const PART = /^(?:(\*)|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/(\d+))?$/i;

/**
 * Takes a cron expression apart: five fields of `*`, `N`, `a-b`, `a,b`, every `N`th of all or of `a-b`, `a-b/N`, or a nickname such as `@hourly`.
 *
 * @throws {TypeError} If it is no text.
 * @throws {RangeError} If it is wrong; the message names the field and what is allowed there.
 */
export function parseCron(expression: unknown): CronFields {
  if (typeof expression !== "string") {
    throw new TypeError(`A cron expression must be a text such as "0 * * * *", not ${describeValue(expression)}`);
  }
  const text = expression.trim();
  const known = text.startsWith("@") ? NICKNAMES[text.toLowerCase()] : text;
  if (known === undefined) {
    throw new RangeError(`The cron expression "${expression}" is none of ${Object.keys(NICKNAMES).join(", ")}`);
  }
  const parts = known.split(/\s+/);
  if (parts.length !== RULES.length) {
    throw new RangeError(
      `The cron expression "${expression}" has ${text === "" ? "no" : parts.length} fields; it needs five: ` +
        `${RULES.map(({ title }) => title).join(", ")}`,
    );
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek] = RULES.map((rule, index) =>
    parseField(parts[index]!, rule, expression)
  ) as [Values, Values, Values, Values, Values];
  // Of two days that are restricted either is enough: if one of them allows all days, so does the expression.
  const isDaily = !dayOfMonth.isOpen && !dayOfWeek.isOpen && (dayOfMonth.isComplete || dayOfWeek.isComplete);
  return {
    minute: restrictionOf(minute),
    hour: restrictionOf(hour),
    dayOfMonth: isDaily ? undefined : restrictionOf(dayOfMonth),
    month: restrictionOf(month),
    dayOfWeek: isDaily ? undefined : restrictionOf(dayOfWeek),
  };
}

/** What a field says. */
interface Values {
  /** Ascending. */
  readonly values: readonly number[];
  /** Whether these are all that there are. */
  readonly isComplete: boolean;
  /** Whether it says so with a star. */
  readonly isOpen: boolean;
}

function restrictionOf({ values, isComplete }: Values): CronField {
  return isComplete ? undefined : values;
}

function parseField(text: string, rule: FieldRule, expression: string): Values {
  const parts = text.split(",");
  const found = new Set<number>();
  for (const part of parts) {
    for (const value of valuesOf(part, rule, expression)) found.add(value === 7 && rule.most === 7 ? 0 : value);
  }
  const { least, most } = rule;
  return {
    values: [...found].sort((a, b) => a - b),
    isComplete: found.size === (most === 7 ? 7 : most - least + 1),
    isOpen: parts.some((part) => /^\*(\/0*1)?$/.test(part)),
  };
}

function valuesOf(part: string, rule: FieldRule, expression: string): number[] {
  const { least, most } = rule;
  const match = PART.exec(part);
  if (match === null) throw wrong(part, rule, expression);
  const [, star, from, to, step] = match;
  const first = star === undefined ? valueOf(from!, part, rule, expression) : least;
  // A star of weekdays is seven days and not eight.
  const last = star !== undefined
    ? (most === 7 ? 6 : most)
    : to === undefined
    ? first
    : valueOf(to, part, rule, expression);
  if (last < first || Number(step) === 0) throw wrong(part, rule, expression);
  if (step !== undefined && star === undefined && to === undefined) throw wrong(part, rule, expression);
  const values: number[] = [];
  for (let value = first; value <= last; value += Number(step ?? 1)) values.push(value);
  return values;
}

function valueOf(text: string, part: string, rule: FieldRule, expression: string): number {
  const { least, most, names = [] } = rule;
  const index = names.indexOf(text.toUpperCase());
  const value = index >= 0 ? index + least : /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw wrong(part, rule, expression);
}

function wrong(part: string, { title, least, most, names }: FieldRule, expression: string): RangeError {
  const named = names === undefined ? "" : ` or ${names[0]} to ${names.at(-1)}`;
  return new RangeError(
    `The cron expression "${expression}" is wrong in its ${title}, "${part}": allowed are ${least} to ${most}${named}, ` +
      `as *, N, a-b, a,b, */N or a-b/N`,
  );
}
