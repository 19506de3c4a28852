/**
 * When cron expressions are due, computed minute by minute, with no code of `src/`.
 *
 * @module
 */

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** Whether a field of a cron expression allows a value. */
export function allows(
  field: string,
  value: number,
  least: number,
  most: number,
  names: readonly string[] = [],
): boolean {
  const valueOf = (text: string) => names.includes(text) ? names.indexOf(text) + least : Number(text);
  return field.toUpperCase().split(",").some((part) => {
    const [range, step = "1"] = part.split("/") as [string, string?];
    const [from, to = part.includes("/") ? most : from] = range === "*"
      ? [least, most]
      : range.split("-").map(valueOf) as [number, number?];
    return value >= from && value <= to && (value - from) % Number(step) === 0;
  });
}

/** Whether an expression matches what clocks show. */
export function matches(expression: string, at: Temporal.PlainDateTime): boolean {
  const [minute, hour, day, month, weekday] = expression.split(" ") as [string, string, string, string, string];
  const isDay = allows(day, at.day, 1, 31);
  const isWeekday = [at.dayOfWeek % 7, at.dayOfWeek].some((value) => allows(weekday, value, 0, 6, WEEKDAYS)) ||
    (at.dayOfWeek === 7 && allows(weekday, 7, 0, 7));
  // As in Vixie cron.
  const isEither = ![day, weekday].some((each) => each.startsWith("*"));
  return allows(minute, at.minute, 0, 59) && allows(hour, at.hour, 0, 23) && allows(month, at.month, 1, 12, MONTHS) &&
    (isEither ? isDay || isWeekday : isDay && isWeekday);
}

/** A minute that clocks show, and when it is. */
interface Minute {
  readonly wall: Temporal.PlainDateTime;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The minutes of a time span, kept as the calendar takes long to compute them. */
const spans = new Map<string, readonly Minute[]>();

/** Each minute from `from` on and before `to`, with what clocks show then. */
function* minutesPassing(timeZone: string, from: number, to: number): Generator<Minute> {
  for (let at = from; at < to; at += 60_000) {
    yield { wall: Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDateTime(), at };
  }
}

/** Each minute of the calendar that is from `from` on and before `to`, be it that clocks skip it. */
function* minutesOfCalendar(timeZone: string, from: number, to: number): Generator<Minute> {
  const wallAt = (time: number) =>
    Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone).toPlainDateTime();
  const end = wallAt(to).add({ days: 2 });
  let wall = wallAt(from).subtract({ days: 2 }).round("minute");
  for (; Temporal.PlainDateTime.compare(wall, end) < 0; wall = wall.add({ minutes: 1 })) {
    const at = wall.toZonedDateTime(timeZone, { disambiguation: "compatible" }).epochMilliseconds;
    if (at >= from && at < to) yield { wall, at };
  }
}

/**
 * All times from `from` on and before `to` at which an expression is due: if it allows every hour, whenever clocks show a
 * minute that it matches; otherwise once for each such minute of the calendar, at the first of times that clocks repeat, and
 * later by as much as is skipped of times that clocks skip.
 */
export function timesBetween(expression: string, timeZone: string, from: string, to: string): string[] {
  const minutes = expression.split(" ")[1] === "*" ? minutesPassing : minutesOfCalendar;
  const span = spans.getOrInsertComputed(
    `${minutes.name} ${timeZone} ${from} ${to}`,
    () => [...minutes(timeZone, Date.parse(from), Date.parse(to))],
  );
  const found = new Set(span.filter(({ wall }) => matches(expression, wall)).map(({ at }) => at));
  return [...found].sort((a, b) => a - b).map((time) => new Date(time).toISOString());
}
