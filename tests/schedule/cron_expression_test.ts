import { assert, assertEquals, assertThrows } from "@std/assert";
import { type CronFields, parseCron } from "../../src/schedule/cron_expression.ts";

const ALL: CronFields = {
  minute: undefined,
  hour: undefined,
  dayOfMonth: undefined,
  month: undefined,
  dayOfWeek: undefined,
  eitherDay: false,
};

function range(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

Deno.test("parseCron() reads all that pyWorkflowy does", () => {
  const cases: [expression: string, fields: Partial<CronFields>][] = [
    ["* * * * *", {}],
    ["0 12 * * *", { minute: [0], hour: [12] }],
    ["*/15 * * * *", { minute: [0, 15, 30, 45] }],
    ["0 9-17 * * *", { minute: [0], hour: range(9, 17) }],
    ["0,15,30 * * * *", { minute: [0, 15, 30] }],
    ["10-30/7 * * * *", { minute: [10, 17, 24] }],
    ["30,0-4/2,30 * * * *", { minute: [0, 2, 4, 30] }],
    ["59 23 31 12 6", { minute: [59], hour: [23], dayOfMonth: [31], month: [12], dayOfWeek: [6], eitherDay: true }],
    ["0 0 */10 * *", { minute: [0], hour: [0], dayOfMonth: [1, 11, 21, 31] }],
    ["*/59 */23 * */11 */6", { minute: [0, 59], hour: [0, 23], month: [1, 12], dayOfWeek: [0, 6] }],
    ["*/60 */24 * * *", { minute: [0], hour: [0] }],
    ["  0   1\t2 3  4 ", {
      minute: [0],
      hour: [1],
      dayOfMonth: [2],
      month: [3],
      dayOfWeek: [4],
      eitherDay: true,
    }],
  ];
  for (const [expression, fields] of cases) assertEquals(parseCron(expression), { ...ALL, ...fields }, expression);
});

Deno.test("parseCron() reads names in any case, also in ranges and lists", () => {
  assertEquals(parseCron("* * * JAN,mar-May *").month, [1, 3, 4, 5]);
  assertEquals(parseCron("* * * jan-dec/3 *").month, [1, 4, 7, 10]);
  assertEquals(parseCron("* * * * MON-FRI").dayOfWeek, [1, 2, 3, 4, 5]);
  assertEquals(parseCron("* * * * sun,2,Sat").dayOfWeek, [0, 2, 6]);
});

Deno.test("parseCron() takes 0 and 7 for Sunday, at the end of a range too", () => {
  assertEquals(parseCron("* * * * 0").dayOfWeek, [0]);
  assertEquals(parseCron("* * * * 7").dayOfWeek, [0]);
  assertEquals(parseCron("* * * * 0,7").dayOfWeek, [0]);
  assertEquals(parseCron("* * * * 5-7").dayOfWeek, [0, 5, 6]);
  assertEquals(parseCron("* * * * fri-7").dayOfWeek, [0, 5, 6]);
  assertEquals(parseCron("* * * * 1-7").dayOfWeek, undefined);
  assertEquals(parseCron("* * * * 0-7").dayOfWeek, undefined);
  assertEquals(parseCron("* * * * */2").dayOfWeek, [0, 2, 4, 6]);
});

Deno.test("parseCron() finds fields that allow all values, however they are written", () => {
  assertEquals(parseCron("*/1 */1 */1 */1 */1"), ALL);
  assertEquals(parseCron("0-59 0-23 1-31 1-12 0-6"), ALL);
  assertEquals(parseCron("0-30,31-59 *,5 * JAN-DEC SUN-SAT"), ALL);
});

Deno.test("parseCron() reads N/M as from N in steps of M, to the end of the field", () => {
  const cases: [expression: string, fields: Partial<CronFields>][] = [
    ["5/15 * * * *", { minute: [5, 20, 35, 50] }],
    ["50/15 * * * *", { minute: [50] }],
    ["0/1 * * * *", {}],
    ["59/1 * * * *", { minute: [59] }],
    ["0,7/30 2/6 * * *", { minute: [0, 7, 37], hour: [2, 8, 14, 20] }],
    ["0 0 10/10 * *", { minute: [0], hour: [0], dayOfMonth: [10, 20, 30] }],
    ["0 0 * feb/5 *", { minute: [0], hour: [0], month: [2, 7, 12] }],
    ["0 0 * * MON/2", { minute: [0], hour: [0], dayOfWeek: [1, 3, 5] }],
    ["0 0 * * 2/3", { minute: [0], hour: [0], dayOfWeek: [2, 5] }],
    ["0 0 * * 7/3", { minute: [0], hour: [0], dayOfWeek: [0, 3, 6] }],
  ];
  for (const [expression, fields] of cases) assertEquals(parseCron(expression), { ...ALL, ...fields }, expression);
});

Deno.test("parseCron() is content with one of two restricted days, unless a day begins with a star, as Vixie cron", () => {
  const midnight = { ...ALL, minute: [0], hour: [0] };
  const odd = range(1, 31, 2);
  const cases: [days: string, fields: Partial<CronFields>][] = [
    ["13 * 5", { dayOfMonth: [13], dayOfWeek: [5], eitherDay: true }],
    ["1-30/2 * MON", { dayOfMonth: range(1, 29, 2), dayOfWeek: [1], eitherDay: true }],
    ["1/2 * MON", { dayOfMonth: odd, dayOfWeek: [1], eitherDay: true }],
    ["5,*/10 * MON", { dayOfMonth: [1, 5, 11, 21, 31], dayOfWeek: [1], eitherDay: true }],
    // One that allows every day.
    ["1-31 * 1", {}],
    ["1-31/1 * MON", {}],
    ["1/1 * MON", {}],
    ["13 * 0-6", {}],
    ["13 * 1-7", {}],
    // A star is not a restriction by itself: what it leaves has to match as well.
    ["13 * *", { dayOfMonth: [13] }],
    ["13 * */1", { dayOfMonth: [13] }],
    ["*/1 * 1", { dayOfWeek: [1] }],
    ["*,5 * 1", { dayOfWeek: [1] }],
    ["*/2 * MON", { dayOfMonth: odd, dayOfWeek: [1] }],
    ["*/10,5 * MON", { dayOfMonth: [1, 5, 11, 21, 31], dayOfWeek: [1] }],
    ["13 * */2", { dayOfMonth: [13], dayOfWeek: [0, 2, 4, 6] }],
    ["*/2 * */2", { dayOfMonth: odd, dayOfWeek: [0, 2, 4, 6] }],
    ["1-31 * */2", { dayOfWeek: [0, 2, 4, 6] }],
  ];
  for (const [days, fields] of cases) assertEquals(parseCron(`0 0 ${days}`), { ...midnight, ...fields }, days);
});

Deno.test("parseCron() says what to write for a step that is longer than its field", () => {
  const cases: [expression: string, message: string][] = [
    ["*/90 * * * *", 'minute, "*/90": a step must be at most 60; for a longer interval, use every("90m")'],
    ["5/61 * * * *", 'minute, "5/61": a step must be at most 60; for a longer interval, use every("61m")'],
    ["1-2/99 * * * *", 'minute, "1-2/99": a step must be at most 60; for a longer interval, use every("99m")'],
    ["0 */36 * * *", 'hour, "*/36": a step must be at most 24; for a longer interval, use every("36h")'],
    ["0 0 */45 * *", 'day of month, "*/45": a step must be at most 31; for a longer interval, use every("45d")'],
    ["0 0 1 */18 *", 'month, "*/18": a step must be at most 12'],
    ["0 0 * * */14", 'day of week, "*/14": a step must be at most 7'],
  ];
  for (const [expression, message] of cases) {
    const error = assertThrows(() => parseCron(expression), RangeError);
    assertEquals(error.message, `The cron expression "${expression}" is wrong in its ${message}`);
  }
});

Deno.test("parseCron() says what to write for a range that goes backwards, and reads that", () => {
  const cases: [field: number, part: string, advice: string, values: number[]][] = [
    [0, "55-5", "55-59,0-5", [0, 1, 2, 3, 4, 5, 55, 56, 57, 58, 59]],
    [1, "22-2", "22-23,0-2", [0, 1, 2, 22, 23]],
    [1, "22-0", "22-23,0", [0, 22, 23]],
    [1, "23-2", "23,0-2", [0, 1, 2, 23]],
    [1, "23-0", "23,0", [0, 23]],
    [1, "20-4/4", "20,0,4", [0, 4, 20]],
    [1, "21-4/4", "21,1", [1, 21]],
    [2, "28-3", "28-31,1-3", [1, 2, 3, 28, 29, 30, 31]],
    [2, "25-3/3", "25,28,31,3", [3, 25, 28, 31]],
    [3, "NOV-FEB", "NOV-DEC,JAN-FEB", [1, 2, 11, 12]],
    [3, "11-2", "11-12,1-2", [1, 2, 11, 12]],
    [4, "FRI-MON", "FRI-SAT,SUN-MON", [0, 1, 5, 6]],
    [4, "6-1", "6,0-1", [0, 1, 6]],
    [4, "SAT-0", "SAT,0", [0, 6]],
    [4, "7-1", "0-1", [0, 1]],
    [4, "fri-2", "fri-6,0-2", [0, 1, 2, 5, 6]],
  ];
  for (const [field, part, advice, values] of cases) {
    const withPart = (text: string) => ["0", "0", "*", "*", "*"].with(field, text).join(" ");
    const error = assertThrows(() => parseCron(withPart(part)), RangeError);
    assert(error.message.endsWith(`"${part}": a range must not go backwards: write "${advice}"`), error.message);
    const { minute, hour, dayOfMonth, month, dayOfWeek } = parseCron(withPart(advice));
    assertEquals([minute, hour, dayOfMonth, month, dayOfWeek][field], values, advice);
  }
});

Deno.test("parseCron() knows nicknames", () => {
  const midnight = { ...ALL, minute: [0], hour: [0] };
  assertEquals(parseCron("@hourly"), { ...ALL, minute: [0] });
  assertEquals(parseCron("@daily"), midnight);
  assertEquals(parseCron("@midnight"), midnight);
  assertEquals(parseCron(" @Weekly "), { ...midnight, dayOfWeek: [0] });
  assertEquals(parseCron("@monthly"), { ...midnight, dayOfMonth: [1] });
  assertEquals(parseCron("@YEARLY"), { ...midnight, dayOfMonth: [1], month: [1] });
  assertEquals(parseCron("@annually"), parseCron("@yearly"));
});

Deno.test("parseCron() refuses what is wrong, and names the field and what is allowed there", () => {
  const cases: [expression: string, field: string, allowed: string][] = [
    ["60 * * * *", 'its minute, "60"', "0 to 59"],
    ["-1 * * * *", 'its minute, "-1"', "0 to 59"],
    ["1.5 * * * *", 'its minute, "1.5"', "0 to 59"],
    ["*/0 * * * *", 'its minute, "*/0"', "0 to 59"],
    ["*/00 * * * *", 'its minute, "*/00"', "0 to 59"],
    ["*/-5 * * * *", 'its minute, "*/-5"', "0 to 59"],
    ["*/ * * * *", 'its minute, "*/"', "0 to 59"],
    ["5/ * * * *", 'its minute, "5/"', "*/N, a/N or a-b/N"],
    ["60/5 * * * *", 'its minute, "60/5"', "0 to 59"],
    ["10-70 * * * *", 'its minute, "10-70"', "0 to 59"],
    ["1,,2 * * * *", 'its minute, ""', "0 to 59"],
    ["1, * * * *", 'its minute, ""', "0 to 59"],
    ["1-2-3 * * * *", 'its minute, "1-2-3"', "0 to 59"],
    ["** * * * *", 'its minute, "**"', "0 to 59"],
    ["MON * * * *", 'its minute, "MON"', "0 to 59"],
    ["? * * * *", 'its minute, "?"', "0 to 59"],
    ["٣ * * * *", 'its minute, "٣"', "0 to 59"],
    ["0 24 * * *", 'its hour, "24"', "0 to 23"],
    ["0 0 0 * *", 'its day of month, "0"', "1 to 31"],
    ["0 0 32 * *", 'its day of month, "32"', "1 to 31"],
    ["0 0 L * *", 'its day of month, "L"', "1 to 31"],
    ["0 0 1W * *", 'its day of month, "1W"', "1 to 31"],
    ["0 0 * 0 *", 'its month, "0"', "1 to 12 or JAN to DEC"],
    ["0 0 * 13 *", 'its month, "13"', "1 to 12 or JAN to DEC"],
    ["0 0 * JANUARY *", 'its month, "JANUARY"', "1 to 12 or JAN to DEC"],
    ["0 0 * MON *", 'its month, "MON"', "1 to 12 or JAN to DEC"],
    ["0 0 * * 8", 'its day of week, "8"', "0 to 7 or SUN to SAT"],
    ["0 0 * * MON#2", 'its day of week, "MON#2"', "0 to 7 or SUN to SAT"],
    ["0 0 * * MON,XYZ", 'its day of week, "XYZ"', "0 to 7 or SUN to SAT"],
  ];
  for (const [expression, field, allowed] of cases) {
    const { message } = assertThrows(() => parseCron(expression), RangeError, field, expression);
    assertEquals(message.includes(allowed) && message.includes(`"${expression}"`), true, message);
  }
});

Deno.test("parseCron() refuses another number of fields than five", () => {
  assertThrows(() => parseCron("0_9_*_*"), RangeError, 'The cron expression "0_9_*_*" has one field; it needs five');
  assertThrows(() => parseCron("* * *"), RangeError, "has 3 fields; it needs five: minute, hour, day of month");
  assertThrows(() => parseCron("0 0 0 * * *"), RangeError, "has 6 fields");
  assertThrows(() => parseCron(""), RangeError, "has no fields");
  assertThrows(() => parseCron("  "), RangeError, "has no fields");
  assertThrows(() => parseCron("5"), RangeError, "has one field; it needs five");
  assertThrows(() => parseCron("Daily"), RangeError, 'The cron expression "Daily" lacks its @: write "@daily"');
});

Deno.test("parseCron() refuses unknown nicknames", () => {
  assertThrows(() => parseCron("@reboot"), RangeError, '"@reboot" is none of @yearly, @annually');
  assertThrows(() => parseCron("@every 5m"), RangeError, "is none of");
  assertThrows(() => parseCron("@constructor"), RangeError, "is none of");
});

Deno.test("parseCron() refuses what is not a string", () => {
  for (const value of [undefined, null, 5, ["0", "0"], new Date(0), { minute: 0 }]) {
    assertThrows(() => parseCron(value), TypeError, "must be a string such as");
  }
});
