import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseCron } from "../../src/schedule/cron_expression.ts";
import { TimeZone } from "../../src/schedule/time_zone.ts";
import {
  AtTrigger,
  checkInterval,
  checkToCome,
  CronTrigger,
  doubtOf,
  EveryTrigger,
} from "../../src/schedule/trigger.ts";

Deno.test("EveryTrigger.after() is due at multiples of the interval from the anchor, and never at the anchor itself", () => {
  const trigger = new EveryTrigger(10, 100);
  assertEquals([-50, 99, 100, 109, 110, 115].map((time) => trigger.after(time)), [110, 110, 110, 110, 120, 120]);
  const times = fc.integer({ min: -1e15, max: 1e15 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e12 }), times, times, (interval, anchor, time) => {
    const due = new EveryTrigger(interval, anchor).after(time);
    assertEquals(due > time && due > anchor && (due - anchor) % interval === 0, true);
    assertEquals(due - interval <= Math.max(time, anchor), true);
  }));
});

Deno.test("CronTrigger.after() is due by the clock of its zone, and counts from no anchor", () => {
  const trigger = new CronTrigger(parseCron("0 8 * * *"), TimeZone.named("UTC", "zone"));
  assertEquals(trigger.after(Date.parse("2026-06-01T08:00:00Z")), Date.parse("2026-06-02T08:00:00Z"));
  assertEquals(trigger.anchor, undefined);
});

Deno.test("AtTrigger.after() is due once", () => {
  const trigger = new AtTrigger(5);
  assertEquals([4, 5, 6].map((time) => trigger.after(time)), [5, undefined, undefined]);
});

Deno.test("checkInterval() returns milliseconds, and refuses what is too short or too long", () => {
  assertEquals([checkInterval(1), checkInterval("90s")], [1, 90_000]);
  for (const interval of [0, 0.5, 1e18]) {
    assertThrows(() => checkInterval(interval), RangeError, "at least 1 ms and at most 100,000 years");
  }
  assertThrows(() => checkInterval({} as never), TypeError, "The interval of a job");
});

Deno.test("doubtOf() doubts numbers that may have been meant in seconds, and nothing else", () => {
  assertEquals([doubtOf(1_000), doubtOf("60ms"), doubtOf("1s")], [undefined, undefined, undefined]);
  assertEquals(
    doubtOf(60),
    'every(60) is due every 60 milliseconds: write "60s" if seconds are meant, or "60ms" if not',
  );
});

Deno.test("checkToCome() lets through what is to come, and what has just passed", () => {
  const now = Date.parse("2026-06-01T00:00:00Z");
  for (const time of [now + 1, now, now - 59_999]) checkToCome(time, now);
  assertThrows(() => checkToCome(now - 60_000, now), RangeError, 'give a later one, or catchUp: "one"');
});
