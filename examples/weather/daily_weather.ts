/**
 * Reading and checking the rows of a weather file.
 *
 * @module
 */

import { type CsvLine, csvLines } from "./csv_lines.ts";
import { InputError } from "./input_error.ts";

/** The weather of a city on a day. */
export interface DailyWeather {
  readonly location: string;
  /** Such as `2013-02-28`. */
  readonly date: string;
  /** In mm. */
  readonly precipitation: number;
  /** In °C. */
  readonly tempMax: number;
  /** In °C. */
  readonly tempMin: number;
  /** In m/s. */
  readonly wind: number;
  /** Such as `sun`. */
  readonly weather: string;
}

/** A row that cannot be used. */
export interface BadRow {
  readonly line: number;
  readonly problems: readonly string[];
}

/** The rows of a file. */
export interface CheckedRows {
  readonly good: readonly DailyWeather[];
  readonly bad: readonly BadRow[];
}

const COLUMNS = ["location", "date", "precipitation", "temp_max", "temp_min", "wind", "weather"] as const;
type Column = typeof COLUMNS[number];

/** What has ever been measured on Earth, with some room. Anything beyond is a mistake. */
const RANGES = { precipitation: [0, 2_000], temp_max: [-95, 60], temp_min: [-95, 60], wind: [0, 115] } as const;
const UNITS = { precipitation: "mm", temp_max: "°C", temp_min: "°C", wind: "m/s" } as const;
type NumberColumn = keyof typeof RANGES;

/** How many rows are between two reports of progress. */
const STEP = 500;

/**
 * Checks each row of a weather file.
 *
 * @param name The file's name, for errors.
 * @param onProgress Called now and then with the number of lines that were checked.
 * @throws {InputError} If the file lacks a column, or has no rows.
 */
export function checkRows(text: string, name: string, onProgress: (lines: number) => void): CheckedRows {
  const lines = csvLines(text);
  const header = lines.next();
  if (header.done) throw new InputError(`${name} is empty. ${EXPECTED}`);
  const columns = readHeader(header.value, name);
  const seen = new Map<string, number>();
  const good: DailyWeather[] = [];
  const bad: BadRow[] = [];
  let count = 0;
  for (const line of lines) {
    const row = readRow(line, columns, seen);
    if ("problems" in row) bad.push(row);
    else good.push(row);
    if (++count % STEP === 0) onProgress(count);
  }
  if (count === 0) throw new InputError(`${name} has a header, but no rows`);
  return { good, bad };
}

const EXPECTED = `Expected is a CSV file whose first line names the columns ${COLUMNS.join(",")}`;

function readHeader({ fields }: CsvLine, name: string): readonly string[] {
  const names = Array.isArray(fields) ? fields.map((field) => field.toLowerCase()) : [];
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length === 0) return names;
  const which = missing.length === COLUMNS.length ? "none of the columns" : `no column ${missing.join(", ")}`;
  throw new InputError(`${name} has ${which}. ${EXPECTED}`);
}

function readRow(
  { number, fields }: CsvLine,
  columns: readonly string[],
  seen: Map<string, number>,
): DailyWeather | BadRow {
  const bad = (...problems: string[]): BadRow => ({ line: number, problems });
  if (fields instanceof Error) return bad(`not CSV: ${fields.message.replace(/:.*/, "").toLowerCase()}`);
  if (fields.length !== columns.length) return bad(`needs ${columns.length} fields, but has ${fields.length}`);
  const field = (column: Column) => fields[columns.indexOf(column)]!;

  const problems: string[] = [];
  const text = (column: Column): string => {
    const value = field(column);
    if (value === "") problems.push(`${column} is empty`);
    else if (/\p{Cc}/u.test(value)) problems.push(`${column} contains control characters: ${quote(value)}`);
    return value;
  };
  const measured = (column: NumberColumn): number => {
    const value = field(column);
    const [least, most] = RANGES[column];
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value)) problems.push(`${column} is ${quote(value)}, not a number`);
    else if (Number(value) < least || Number(value) > most) {
      problems.push(`${column} is ${value} ${UNITS[column]}, not within ${least} and ${most}`);
    }
    return Number(value);
  };
  const row: DailyWeather = {
    location: text("location"),
    date: field("date"),
    precipitation: measured("precipitation"),
    tempMax: measured("temp_max"),
    tempMin: measured("temp_min"),
    wind: measured("wind"),
    weather: text("weather"),
  };
  if (!isDate(row.date)) problems.push(`date is ${quote(row.date)}, not a day such as 2013-02-28`);
  if (row.tempMin > row.tempMax) problems.push(`temp_min ${row.tempMin} is above temp_max ${row.tempMax}`);
  if (problems.length > 0) return bad(...problems);

  const key = JSON.stringify([row.location, row.date]);
  const first = seen.get(key);
  if (first !== undefined) return bad(`repeats ${row.location} on ${row.date}, which line ${first} has already`);
  seen.set(key, number);
  return row;
}

/** Whether the day exists in the calendar; `Date` itself takes February 30th for March 2nd. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** A value as it is in the file, shortened, as it may be anything. */
function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}
