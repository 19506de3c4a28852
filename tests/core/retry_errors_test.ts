import { assertEquals, assertThrows } from "@std/assert";
import { type RetryAfter, RetryAfterError, type RetryAfterErrorOptions } from "../../src/core/retry_errors.ts";

const NOW = Date.UTC(2026, 0, 1, 12);

const DELAYS: [what: string, retryAfter: RetryAfter, delay: number | undefined][] = [
  ["milliseconds", 250, 250],
  ["zero", 0, 0],
  ["a duration as a string", "1.5s", 1_500],
  ["minutes as a string", "2m", 120_000],
  ["a Temporal.Duration", Temporal.Duration.from({ seconds: 3 }), 3_000],
  ["HTTP seconds", "120", 120_000],
  ["HTTP seconds of 0", "0", 0],
  ["HTTP seconds with spaces", " 7 ", 7_000],
  ["an HTTP date", "Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
  ["an HTTP date in the past", "Thu, 01 Jan 2026 11:00:00 GMT", 0],
  ["a Date", new Date(NOW + 5_000), 5_000],
  ["a Date in the past", new Date(NOW - 5_000), 0],
  ["null", null, undefined],
  ["undefined", undefined, undefined],
];

for (const [what, retryAfter, delay] of DELAYS) {
  Deno.test(`RetryAfterError.delayAt() understands ${what}`, () => {
    assertEquals(new RetryAfterError("m", { retryAfter }).delayAt(NOW), delay);
  });
}

Deno.test("RetryAfterError leaves it to the backoff when nothing is said", () => {
  assertEquals(new RetryAfterError("m", {}).retryAfter, undefined);
});

const BAD: [what: string, retryAfter: RetryAfter][] = [
  ["a negative number", -1],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["an invalid Date", new Date(NaN)],
  ["an unknown unit", "5w"],
  ["a word", "tomorrow"],
  ["an empty string", ""],
  ["negative seconds", "-5"],
  ["seconds with a fraction", "1.5"],
  ["words around a number", "soon 5"],
  ["more seconds than a number can hold", "9".repeat(400)],
];

for (const [what, retryAfter] of BAD) {
  Deno.test(`RetryAfterError rejects ${what}`, () => {
    assertThrows(() => new RetryAfterError("m", { retryAfter }), RangeError, "retryAfter");
  });
}

Deno.test("RetryAfterError rejects a value of another kind", () => {
  assertThrows(() => new RetryAfterError("m", { retryAfter: {} as RetryAfter }), TypeError, "retryAfter");
});

Deno.test("RetryAfterError rejects options that it does not know", () => {
  for (
    const [given, message] of [[{ after: 5 }, 'Unknown option "after" of a RetryAfterError'], [5, "not 5"]] as const
  ) {
    assertThrows(() => new RetryAfterError("m", given as RetryAfterErrorOptions), TypeError, message);
  }
});

Deno.test("RetryAfterError says what else waits, and whether the attempt counts", () => {
  const { pause, countsAsAttempt } = new RetryAfterError("m", {});
  assertEquals([pause, countsAsAttempt], ["none", true]);
  const error = new RetryAfterError("m", { pause: "pool", countsAsAttempt: false });
  assertEquals([error.pause, error.countsAsAttempt], ["pool", false]);
  assertThrows(() => new RetryAfterError("m", { pause: "host" as "key" }), RangeError, "pause of a RetryAfterError");
  assertThrows(
    () => new RetryAfterError("m", { countsAsAttempt: 0 as unknown as boolean }),
    TypeError,
    "countsAsAttempt",
  );
});
