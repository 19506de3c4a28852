import { assertEquals } from "@std/assert";
import { durationOf, localTime, manyLines, oneLine, shortTime } from "../../src/cli/style.ts";

Deno.test("oneLine and manyLines keep control characters away from terminals", () => {
  assertEquals(oneLine("a\n\tb\x1b[2Jc\x07"), "a b c");
  assertEquals(manyLines("a\x1b[2J\n\tb\r"), "a\n    b");
  assertEquals([oneLine("a\u202eb"), manyLines("a\n\u202eb")], ["a\ufffdb", "a\n\ufffdb"], "nor the direction");
});

Deno.test("shortTime leaves out what is known or too exact", () => {
  const [now, earlier] = [new Date(2026, 5, 5, 12, 30, 1), new Date(2026, 5, 4, 12, 30, 1)];
  assertEquals(localTime(now.toISOString()), "2026-06-05 12:30:01");
  assertEquals(shortTime(now.toISOString(), now), "12:30:01");
  assertEquals(shortTime(earlier.toISOString(), now), "2026-06-04 12:30");
  assertEquals(shortTime(undefined, now), "");
});

Deno.test("durationOf is known if both times are", () => {
  assertEquals(durationOf("2026-06-05T10:00:00.000Z", "2026-06-05T10:00:01.250Z"), 1_250);
  assertEquals([durationOf(undefined, "2026-06-05T10:00:00.000Z"), durationOf("2026-06-05T10:00:00.000Z", undefined)], [
    undefined,
    undefined,
  ]);
});
