import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Duration } from "../../mod.ts";
import { formatMilliseconds, toDelay, toMilliseconds } from "../../src/core/duration.ts";

const GOOD: [given: Duration, milliseconds: number][] = [
  [0, 0],
  [250, 250],
  [0.5, 0.5],
  ["0s", 0],
  ["250ms", 250],
  ["1.5s", 1_500],
  [".5s", 500],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  [Temporal.Duration.from({ milliseconds: 7 }), 7],
  [Temporal.Duration.from({ hours: 1, minutes: 30 }), 5_400_000],
  [Temporal.Duration.from({ days: 2 }), 172_800_000],
];

for (const [given, milliseconds] of GOOD) {
  Deno.test(`toMilliseconds() reads ${typeof given} ${given}`, () => {
    assertEquals(toMilliseconds(given, "timeout"), milliseconds);
  });
}

const OUT_OF_RANGE: [what: string, given: Duration][] = [
  ["a negative number", -1],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["a negative text", "-5s"],
  ["a string with a sign", "+5s"],
  ["an exponent", "1e3ms"],
  ["a space", "1 s" as Duration],
  ["an unknown unit", "1w" as Duration],
  ["a capital unit", "1S" as Duration],
  ["two units", "1h30m" as Duration],
  ["a string without a unit", "5" as Duration],
  ["a string without a number", "ms" as Duration],
  ["a bare point", ".s" as Duration],
  ["a point with nothing after it", "1.s" as Duration],
  ["an empty text", "" as Duration],
  ["a line after the unit", "1s\n" as Duration],
  ["more digits than a number can hold", `${"9".repeat(400)}s` as Duration],
  ["a negative Temporal.Duration", Temporal.Duration.from({ seconds: -1 })],
  ["months", Temporal.Duration.from({ months: 1 })],
  ["years", Temporal.Duration.from({ years: 1 })],
];

for (const [what, given] of OUT_OF_RANGE) {
  Deno.test(`toMilliseconds() rejects ${what}`, () => {
    const { message } = assertThrows(() => toMilliseconds(given, "timeout"), RangeError, "timeout");
    assertStringIncludes(message, String(given));
  });
}

for (const given of [null, undefined, true, {}, [], new Date(0), 5n, Symbol("s")]) {
  Deno.test(`toMilliseconds() rejects the type of ${String(given)} and says what to give`, () => {
    const { message } = assertThrows(() => toMilliseconds(given as unknown as Duration, "timeout"), TypeError);
    assertStringIncludes(message, "timeout must be milliseconds");
    assertStringIncludes(message, '"250ms", "1.5s", "10m", "2h" or "1d", or a Temporal.Duration');
  });
}

Deno.test("toMilliseconds() names the valid formats if a string has another one", () => {
  const { message } = assertThrows(() => toMilliseconds("soon" as Duration, "timeout"), RangeError);
  assertStringIncludes(message, 'timeout is "soon", which is not a valid duration');
  assertStringIncludes(message, '"1.5s"');
});

Deno.test("toDelay() says that it takes dates, too", () => {
  for (const wrong of ["2026-01-01", null, -1]) {
    assertThrows(() => toDelay(wrong, "startAfter"), Error, '"1d", a Temporal.Duration, or a Date');
  }
});

Deno.test("toMilliseconds() works where Temporal does not exist", () => {
  const { Temporal } = globalThis;
  Object.assign(globalThis, { Temporal: undefined });
  try {
    assertEquals(toMilliseconds("1s", "timeout"), 1_000);
    assertThrows(() => toMilliseconds({} as Duration, "timeout"), TypeError);
  } finally {
    Object.assign(globalThis, { Temporal });
  }
});

Deno.test("formatMilliseconds() picks the unit that people would", () => {
  const shown = [0, 900, 1_000, 1_500, 59_000, 60_000, 5_400_000, 86_400_000, 259_200_000].map(formatMilliseconds);
  assertEquals(shown, ["0 ms", "900 ms", "1 s", "1.5 s", "59 s", "1 min", "1.5 h", "1 d", "3 d"]);
});
