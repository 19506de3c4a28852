import { assertEquals, assertThrows } from "@std/assert";
import { MAX_DATE_MS, type PointInTime, timeOf } from "../../src/schedule/point_in_time.ts";

const NOON = Date.parse("2026-06-01T12:00:00Z");

Deno.test("timeOf() reads points in time of all kinds", () => {
  const points: PointInTime[] = [
    NOON,
    new Date(NOON),
    "2026-06-01T12:00:00Z",
    "2026-06-01T14:00:00+02:00",
    "2026-06-01T14:00[Europe/Berlin]",
    Temporal.Instant.from("2026-06-01T12:00:00Z"),
    Temporal.ZonedDateTime.from("2026-06-01T14:00[Europe/Berlin]"),
  ];
  assertEquals(points.map((point) => timeOf(point)), points.map(() => NOON));
});

Deno.test("timeOf() reads a string without offset in the time zone of the computer", () => {
  assertEquals(timeOf("2026-06-01T12:00"), new Date(2026, 5, 1, 12).getTime());
  assertEquals(timeOf("2026-06-01"), new Date(2026, 5, 1).getTime());
});

Deno.test("timeOf() refuses what is not a time, with what it was", () => {
  assertEquals(timeOf(MAX_DATE_MS), MAX_DATE_MS);
  const wrong: [unknown, string][] = [
    [NaN, "NaN"],
    [Infinity, "Infinity"],
    [MAX_DATE_MS + 1, "8640000000000001"],
    [new Date(NaN), "an invalid Date"],
    ["soon", '"soon"'],
    ["12:00", '"12:00"'],
  ];
  for (const [value, described] of wrong) {
    const message = `The time of a job must be a date, such as new Date("2026-12-31T23:59:00Z"), not ${described}`;
    assertThrows(() => timeOf(value as PointInTime), RangeError, message);
  }
  for (const value of [undefined, null, {}, true]) assertThrows(() => timeOf(value as never), TypeError);
});
