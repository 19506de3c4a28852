import { assert, assertEquals, assertThrows } from "@std/assert";
import { CronExpressionParser } from "cron-parser";
import { Cron } from "npm:croner@^11";
import fc from "fast-check";
import { parseCron } from "../../src/schedule/cron_expression.ts";
import { cronTimeAfter } from "../../src/schedule/cron_times.ts";
import { allows, timesBetween } from "./cron_oracle.ts";
import { ours, testAgainstCronParser, theirs, zone } from "./cron_parser_times.ts";

const DAY_MS = 86_400_000;

// With the changes of the clocks of both hemispheres, and a leap day.
testAgainstCronParser("2027-09-15T00:00:00Z", "2028-04-15T00:00:00Z");

Deno.test("cronTimeAfter() knows each weekday, as a number and as a name", () => {
  const names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
  for (const [weekday, name] of names.entries()) {
    for (const text of [`${weekday}`, name]) {
      for (const time of ours(`0 12 * * ${text}`, "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z")) {
        assertEquals(new Date(time).getUTCDay(), weekday % 7, text);
      }
    }
  }
});

Deno.test("cronTimeAfter() finds leap days, also across 2100, which divides by four and is not a leap year", () => {
  const times = parseCron("0 0 29 2 *");
  const found: string[] = [];
  let at = Date.parse("2026-01-01T00:00:00Z");
  for (let count = 0; count < 20; count++) {
    found.push(new Date(at = cronTimeAfter(times, at, zone("UTC"))).toISOString());
  }
  assertEquals(found[0], "2028-02-29T00:00:00.000Z");
  assertEquals(found.slice(16, 20).map((each) => each.slice(0, 10)), [
    "2092-02-29",
    "2096-02-29",
    "2104-02-29",
    "2108-02-29",
  ]);
  assertEquals(
    cronTimeAfter(times, Date.parse("2096-02-29T12:00:00Z"), zone("Asia/Tokyo")),
    Date.parse("2104-02-28T15:00Z"),
  );
});

Deno.test("cronTimeAfter() finds month ends", () => {
  assertEquals(
    ours("0 0 31 * *", "UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z").map((each) => each.slice(5, 10)),
    ["01-31", "03-31", "05-31", "07-31", "08-31", "10-31", "12-31"],
  );
  assertEquals(ours("0 0 30 2,4 *", "UTC", "2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z").length, 2);
});

Deno.test("cronTimeAfter() is due on the first of March after a February without a 29th, on either day", () => {
  // croner 10 was not.
  assertEquals(
    ours("0 0 1-2 * MON", "UTC", "2025-02-23T00:00:00Z", "2025-03-04T00:00:00Z").map((each) => each.slice(5, 10)),
    ["02-24", "03-01", "03-02", "03-03"],
  );
});

Deno.test("cronTimeAfter() is due on either of two restricted days", () => {
  assertEquals(
    ours("0 0 13 * FRI", "UTC", "2026-02-01T00:00:00Z", "2026-03-14T00:00:00Z").map((each) => each.slice(5, 10)),
    ["02-06", "02-13", "02-20", "02-27", "03-06", "03-13"],
  );
});

Deno.test("cronTimeAfter() is due on days that are both, if one of them begins with a star", () => {
  const days = (expression: string) =>
    ours(expression, "UTC", "2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z").map((each) => each.slice(5, 10));
  assertEquals(days("0 0 */10 * MON"), []);
  assertEquals(days("0 0 */2 * MON"), ["02-09", "02-23", "03-09", "03-23"]);
  assertEquals(days("0 0 13 * */5"), ["02-13", "03-13"]); // Sundays and Fridays
  assertEquals(days("0 0 14 * */5"), []);
});

Deno.test("cronTimeAfter() finds a leap day on a Sunday, which may be 40 years away", () => {
  const leapSundays = parseCron("0 0 29 2 */7");
  const found = ["2026-01-01T00:00:00Z", "2032-03-01T00:00:00Z", "2088-03-01T00:00:00Z"].map((from) =>
    new Date(cronTimeAfter(leapSundays, Date.parse(from), zone("Europe/Berlin"))).toISOString().slice(0, 10)
  );
  assertEquals(found, ["2032-02-28", "2060-02-28", "2128-02-28"]); // 23:00 in UTC
});

Deno.test("parseCron() refuses what is never due, however it is written", () => {
  for (
    const expression of [
      "0 0 31 2 *",
      "0 0 30 2 *",
      "* * 30-31 FEB *",
      "0 0 31 2,4,6,9,11 *",
      "0 0 31 4,6,9,11 */1",
      "0 0 31 2 */2",
    ]
  ) {
    assertThrows(() => parseCron(expression), RangeError, `"${expression}" is never due`);
  }
  parseCron("0 0 31 2 1"); // on Mondays
  parseCron("0 0 31 2,3 *");
});

/** Around each change of the clocks in 2025, and beyond. */
const CHANGES: readonly (readonly [zone: string, from: string, to: string])[] = [
  ["America/New_York", "2025-03-08T00:00:00Z", "2025-03-11T00:00:00Z"],
  ["America/New_York", "2025-11-01T00:00:00Z", "2025-11-04T00:00:00Z"],
  ["Europe/Berlin", "2025-03-29T00:00:00Z", "2025-04-01T00:00:00Z"],
  ["Europe/Berlin", "2025-10-25T00:00:00Z", "2025-10-28T00:00:00Z"],
  // By half an hour.
  ["Australia/Lord_Howe", "2025-04-04T00:00:00Z", "2025-04-07T00:00:00Z"],
  ["Australia/Lord_Howe", "2025-10-03T00:00:00Z", "2025-10-06T00:00:00Z"],
  // At midnight.
  ["America/Sao_Paulo", "2018-02-17T00:00:00Z", "2018-02-20T00:00:00Z"],
  ["America/Sao_Paulo", "2018-11-03T00:00:00Z", "2018-11-06T00:00:00Z"],
  ["Africa/Cairo", "2025-04-24T00:00:00Z", "2025-04-27T00:00:00Z"],
  // By a whole day.
  ["Pacific/Apia", "2011-12-28T00:00:00Z", "2012-01-02T00:00:00Z"],
  // By a quarter of an hour, and by two hours.
  ["Asia/Pyongyang", "2018-05-03T00:00:00Z", "2018-05-06T00:00:00Z"],
  ["Antarctica/Troll", "2025-03-29T00:00:00Z", "2025-04-01T00:00:00Z"],
  ["Antarctica/Troll", "2025-10-25T00:00:00Z", "2025-10-28T00:00:00Z"],
];

for (const [timeZone, from, to] of CHANGES) {
  Deno.test(`cronTimeAfter() loses no time and repeats none in ${timeZone} from ${from}`, () => {
    const expressions = [
      "* * * * *",
      "30 * * * *",
      "*/15 * * * *",
      "0 0 * * *",
      "15 0 * * *",
      "30 23 * * *",
      "30 1 * * *",
      "0 2 * * *",
      "15 2 * * *",
      "30 2 * * *",
      "59 2 * * *",
      "0 3 * * *",
      "*/15 0-3 * * *",
      "*/10 */2 * * *",
      "0 12 * * 5,6",
    ];
    for (const expression of expressions) {
      assertEquals(ours(expression, timeZone, from, to), timesBetween(expression, timeZone, from, to), expression);
    }
  });
}

Deno.test("cronTimeAfter() runs later what falls into the half hour that Lord Howe skips, unlike cron-parser", () => {
  const around = ["Australia/Lord_Howe", "2025-10-04T00:00:00Z", "2025-10-05T12:00:00Z"] as const;
  assertEquals(ours("15 2 * * *", ...around), ["2025-10-04T15:45:00.000Z"]);
  assertEquals(timesBetween("15 2 * * *", ...around), ["2025-10-04T15:45:00.000Z"]);
  // That is 2:45 there, as late as clocks that were not put forward would be.
  assertEquals(
    Temporal.Instant.from("2025-10-04T15:45Z").toZonedDateTimeISO(around[0]).toPlainTime().toString(),
    "02:45:00",
  );
  assertEquals(theirs("15 2 * * *", ...around), []);
});

Deno.test("cronTimeAfter() is due in both hours if every hour is allowed, and in the first one if hours are named", () => {
  const night = ["America/New_York", "2025-11-02T04:00:00Z", "2025-11-02T08:00:00Z"] as const;
  const both = ["2025-11-02T05:30:00.000Z", "2025-11-02T06:30:00.000Z"];
  assertEquals(ours("30 1 * * *", ...night), both.slice(0, 1));
  assertEquals(ours("30 * * * *", ...night).filter((time) => both.includes(time)), both);
  assertEquals(ours("30 0-23 * * *", ...night).filter((time) => both.includes(time)), both);
});

const field = (least: number, most: number) => {
  const value = fc.integer({ min: least, max: most });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: most });
  const part = fc.oneof(
    value.map(String),
    range,
    fc.tuple(range, step).map(([text, by]) => `${text}/${by}`),
  );
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 1, arbitrary: step.map((by) => `*/${Math.max(2, by)}`) },
    { weight: 2, arbitrary: fc.uniqueArray(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(",")) },
  );
};
const expressions = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
  .map((fields) => fields.join(" "));
/** The expression with lists of numbers instead of ranges and steps, each number once. */
function plain(expression: string): string {
  const limits = [[0, 59], [0, 23], [1, 31], [1, 12], [0, 6]] as const;
  return expression.split(" ").map((text, index) => {
    if (text.startsWith("*")) return text;
    const values = text.split(",").flatMap((part) => {
      const [range, step = "1"] = part.split("/") as [string, string?];
      const [from, to = from] = range.split("-").map(Number) as [number, number?];
      const [least, most] = limits[index]!;
      return Array.from({ length: most + 1 - least }, (_, at) => at + least)
        .filter((value) => value >= from && value <= to && (value - from) % Number(step) === 0);
    });
    return [...new Set(values)].join(",");
  }).join(" ");
}

/** Whether one of two restricted days is not enough. */
function needsBothDays(expression: string): boolean {
  const [, , day, , weekday] = expression.split(" ") as [string, string, string, string, string];
  return day.startsWith("*") || weekday.startsWith("*");
}

/** Whether any of its months has such a day; otherwise the expression is refused. */
function isEverDue(expression: string): boolean {
  const [, , day, month] = plain(expression).split(" ") as [string, string, string, string];
  if (day.startsWith("*") || !needsBothDays(expression)) return true;
  const days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const first = Math.min(...day.split(",").map(Number));
  return days.some((length, index) => first <= length && allows(month, index + 1, 1, 12));
}

const instants = fc.integer({ min: Date.parse("2020-01-01T00:00Z"), max: Date.parse("2035-01-01T00:00Z") });

Deno.test("cronTimeAfter() says the same as cron-parser for any expression and time", () => {
  const zones = fc.constantFrom("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo");
  const property = fc.property(expressions, zones, instants, (expression, tz, from) => {
    fc.pre(isEverDue(expression));
    const times = parseCron(expression);
    let at = from;
    // It takes one of two days for enough, whatever they begin with, and refuses fields that name a value twice.
    fc.pre(!needsBothDays(expression));
    const parser = CronExpressionParser.parse(plain(expression), { tz, currentDate: new Date(from) });
    for (let count = 0; count < 5; count++) {
      at = cronTimeAfter(times, at, zone(tz));
      assertEquals(new Date(at).toISOString(), parser.next().toISOString(), `${expression} in ${tz}`);
    }
  });
  fc.assert(property, { numRuns: 400, seed: 1 });
});

Deno.test("cronTimeAfter() says the same as croner for 4,000 expressions and times, in UTC", () => {
  let compared = 0;
  const property = fc.property(expressions, instants, (expression, from) => {
    fc.pre(isEverDue(expression));
    const theirs = new Cron(expression, { utcOffset: 0, paused: true, domAndDow: needsBothDays(expression) }).nextRun(
      new Date(from),
    );
    assertEquals(cronTimeAfter(parseCron(expression), from, zone("UTC")), theirs?.getTime(), expression);
    compared++;
  });
  fc.assert(property, { numRuns: 4_000, seed: 1 });
  assertEquals(compared, 4_000);
});

Deno.test("cronTimeAfter() is due when the oracle says so, for any expression around any change of the clocks", () => {
  const property = fc.property(expressions, fc.constantFrom(...CHANGES), (expression, [timeZone, from, to]) => {
    fc.pre(isEverDue(expression));
    assertEquals(ours(expression, timeZone, from, to), timesBetween(expression, timeZone, from, to));
  });
  fc.assert(property, { numRuns: 60, seed: 1 });
});

Deno.test("cronTimeAfter() is later than the time given, with no due time in between", () => {
  const property = fc.property(expressions, instants, instants, (expression, a, b) => {
    fc.pre(isEverDue(expression));
    const times = parseCron(expression);
    const [first, second] = [Math.min(a, b), Math.max(a, b)];
    for (const each of [first, second, first, second - 0.5]) {
      assert(cronTimeAfter(times, each, zone("Europe/Berlin")) > each);
    }
    const next = cronTimeAfter(times, first, zone("Europe/Berlin"));
    assertEquals(next % 60_000, 0);
    assertEquals(cronTimeAfter(times, next - 1, zone("Europe/Berlin")), next);
    if (second < next) assertEquals(cronTimeAfter(times, second, zone("Europe/Berlin")), next);
    else assert(cronTimeAfter(times, second, zone("Europe/Berlin")) > next || second === next);
  });
  fc.assert(property, { numRuns: 200, seed: 1 });
});

Deno.test("parseCron() reads expressions that mean the same in the same way", () => {
  const hourly = parseCron("0 * * * *");
  for (const same of ["@hourly", "0 */1 * * *", "0 0-23 1-31 * *", " 0\t* * JAN-DEC 0-7 "]) {
    assertEquals(parseCron(same), hourly);
  }
});

Deno.test("cronTimeAfter() refuses a time that is out of the calendar", () => {
  assertThrows(() => cronTimeAfter(parseCron("0 0 * * *"), NaN, zone("UTC")), RangeError, "out of the calendar");
});

Deno.test("cronTimeAfter() is due once a year for a hundred years", () => {
  const times = parseCron("0 0 1 1 *");
  let at = Date.parse("2026-06-01T00:00:00Z");
  for (let year = 2027; year < 2127; year++) {
    at = cronTimeAfter(times, at, zone("America/New_York"));
    assertEquals(new Date(at).toISOString(), `${year}-01-01T05:00:00.000Z`);
  }
  assert(at - Date.now() > 365 * DAY_MS);
});
