import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { TimeZone } from "../../src/schedule/time_zone.ts";
import { HOUR } from "./support.ts";

const time = (text: string) => Date.parse(text);

Deno.test("TimeZone.named() has one object for each name, and by default that of the computer", () => {
  assertStrictEquals(TimeZone.named("Europe/Berlin", "zone"), TimeZone.named("Europe/Berlin", "zone"));
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  assertStrictEquals(TimeZone.named(undefined, "zone"), TimeZone.named(timeZone, "zone"));
});

Deno.test("TimeZone.named() refuses what is not a zone, and names the option", () => {
  for (const name of ["Mars/Olympus", "", "2026-06-01", "Berlin"]) {
    assertThrows(
      () => TimeZone.named(name, "timezone of a cron job"),
      RangeError,
      `timezone of a cron job must be a time zone such as "Europe/Berlin" or "UTC", not "${name}"`,
    );
  }
});

Deno.test("TimeZone.spanAt() tells the offset, and from when until when it holds", () => {
  const berlin = TimeZone.named("Europe/Berlin", "zone");
  const [spring, autumn] = [time("2026-03-29T01:00:00Z"), time("2026-10-25T01:00:00Z")];
  const summer = { start: spring, end: autumn, offset: 2 * HOUR, offsetBefore: HOUR };
  for (const at of [spring, spring + 1, time("2026-07-01T00:00:00Z"), autumn - 1]) {
    assertEquals(berlin.spanAt(at), summer);
  }
  const { start, offset, offsetBefore } = berlin.spanAt(autumn);
  assertEquals({ start, offset, offsetBefore }, { start: autumn, offset: HOUR, offsetBefore: 2 * HOUR });
  const { end } = berlin.spanAt(spring - 1);
  assertEquals(end, spring);
});

Deno.test("TimeZone.spanAt() of a zone without changes lasts for ever", () => {
  const span = { start: -Infinity, end: Infinity, offset: 0, offsetBefore: 0 };
  assertEquals(TimeZone.named("UTC", "zone").spanAt(0), span);
});

Deno.test("TimeZone.spanAt() is right for more spans than it keeps", () => {
  const zone = TimeZone.named("America/New_York", "zone");
  for (let round = 0; round < 2; round++) {
    for (let year = 1990; year < 2030; year++) {
      const offsets = ["01", "07"].map((month) => zone.spanAt(time(`${year}-${month}-15T00:00:00Z`)).offset);
      assertEquals(offsets, [-5 * HOUR, -4 * HOUR], `${year}`);
    }
  }
});
