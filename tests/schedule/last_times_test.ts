import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { lastTimes } from "../../src/schedule/last_times.ts";
import { parseCron } from "../../src/schedule/cron_expression.ts";
import { cronTimeAfter } from "../../src/schedule/cron_times.ts";
import { TimeZone } from "../../src/schedule/time_zone.ts";
import { DAY } from "./support.ts";

Deno.test("lastTimes() returns the last times of a list, whatever the gaps", () => {
  const cases = fc.tuple(
    fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 200 }),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 0, max: 100_000 }),
  );
  const property = fc.property(cases, ([gaps, limit, more]) => {
    let last = 0;
    const times = gaps.map((gap) => last += gap);
    const now = times[0]! + more;
    const after = (time: number) => times.find((each) => each > time);
    const missed = times.filter((time) => time <= now);
    assertEquals(lastTimes(after, times[0]!, now, limit), missed.slice(-limit));
  });
  fc.assert(property, { numRuns: 1_000, seed: 1 });
});

Deno.test("lastTimes() does not go through ten years of minutes", () => {
  const utc = TimeZone.named("UTC", "zone");
  const now = Date.parse("2026-06-01T00:00:00Z");
  for (const expression of ["* * * * *", "* * * 1 *", "0 0 29 2 *", "*/7 3-5 * * MON"]) {
    const fields = parseCron(expression);
    let asked = 0;
    const after = (time: number) => (asked++, cronTimeAfter(fields, time, utc));
    const first = cronTimeAfter(fields, now - 3_652 * DAY, utc);
    const times = lastTimes(after, first, now, 1_000);
    assert(asked < 100_000, `${expression}: ${asked}`);
    assertEquals(times.at(-1), Math.max(...times));
    assert(cronTimeAfter(fields, times.at(-1)!, utc) > now && times.every((time) => time <= now));
  }
});
