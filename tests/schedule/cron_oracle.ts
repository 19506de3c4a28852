/**
 * When cron expressions are due, computed minute by minute, with no code of `src/`.
 *
 * @module
 */

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** Whether a field of a cron expression allows a value. */
function allows(field: string, value: number, least: number, most: number, names: readonly string[] = []): boolean {
  const valueOf = (text: string) => names.includes(text) ? names.indexOf(text) + least : Number(text);
  return field.toUpperCase().split(",").some((part) => {
    const [range, step = "1"] = part.split("/") as [string, string?];
    const [from, to] = range === "*" ? [least, most] : range.split("-").map(valueOf) as [number, number?];
    return value >= from && value <= (to ?? from) && (value - from) % Number(step) === 0;
  });
}

/** Whether an expression matches what clocks show. */
export function matches(expression: string, at: Temporal.PlainDateTime): boolean {
  const [minute, hour, day, month, weekday] = expression.split(" ") as [string, string, string, string, string];
  const isDay = allows(day, at.day, 1, 31);
  const isWeekday = [at.dayOfWeek % 7, at.dayOfWeek].some((value) => allows(weekday, value, 0, 6, WEEKDAYS)) ||
    (at.dayOfWeek === 7 && allows(weekday, 7, 0, 7));
  const areBothRestricted = ![day, weekday].some((each) => each === "*" || each === "*/1");
  return allows(minute, at.minute, 0, 59) && allows(hour, at.hour, 0, 23) && allows(month, at.month, 1, 12, MONTHS) &&
    (areBothRestricted ? isDay || isWeekday : isDay && isWeekday);
}

/**
 * All times from `from` on and before `to` at which an expression is due: if it allows every hour, whenever clocks show a
 * minute that it matches; otherwise once for each such minute of the calendar, at the first of times that clocks repeat, and
 * later by as much as is skipped of times that clocks skip.
 */
export function timesBetween(expression: string, timeZone: string, from: string, to: string): string[] {
  const [first, last] = [Temporal.Instant.from(from), Temporal.Instant.from(to)];
  const found = new Set<number>();
  const isInside = (time: Temporal.Instant) =>
    Temporal.Instant.compare(time, first) >= 0 && Temporal.Instant.compare(time, last) < 0;
  if (expression.split(" ")[1] === "*") {
    for (let time = first; isInside(time); time = time.add({ minutes: 1 })) {
      if (matches(expression, time.toZonedDateTimeISO(timeZone).toPlainDateTime())) found.add(time.epochMilliseconds);
    }
  } else {
    const end = last.toZonedDateTimeISO(timeZone).toPlainDateTime().add({ days: 2 });
    let at = first.toZonedDateTimeISO(timeZone).toPlainDateTime().subtract({ days: 2 }).round("minute");
    for (; Temporal.PlainDateTime.compare(at, end) < 0; at = at.add({ minutes: 1 })) {
      if (!matches(expression, at)) continue;
      const time = at.toZonedDateTime(timeZone, { disambiguation: "compatible" }).toInstant();
      if (isInside(time)) found.add(time.epochMilliseconds);
    }
  }
  return [...found].sort((a, b) => a - b).map((time) => new Date(time).toISOString());
}
