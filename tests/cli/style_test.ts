import { assertEquals } from "@std/assert";
import {
  cutTo,
  durationOf,
  localTime,
  manyLines,
  oneLine,
  shortTime,
  styleOf,
  table,
  widthOf,
} from "../../src/cli/style.ts";

Deno.test("widthOf counts the columns of a terminal", () => {
  for (
    const [text, width] of [["", 0], ["abc", 3], ["日本", 4], ["e\u0301", 1], ["\x1b[31mred\x1b[39m", 3], [
      "✓",
      1,
    ]] as const
  ) {
    assertEquals(widthOf(text), width, text);
  }
});

Deno.test("cutTo never exceeds the columns", () => {
  assertEquals(cutTo("abcdef", 6), "abcdef");
  assertEquals(cutTo("abcdef", 4), "abc…");
  assertEquals(cutTo("日本語", 4), "日…");
});

Deno.test("oneLine and manyLines keep control characters away from terminals", () => {
  assertEquals(oneLine("a\n\tb\x1b[2Jc\x07"), "a b c");
  assertEquals(manyLines("a\x1b[2J\n\tb\r"), "a\n    b");
});

Deno.test("table leaves out empty columns, aligns numbers to the right, and cuts the last column", () => {
  const plain = styleOf({ colours: false });
  const columns = [{ title: "NAME" }, { title: "N", right: true }, { title: "EMPTY" }, { title: "ERROR" }];
  const rows = [["one", "1", "", "a long error message"], ["three", "300", "", ""]];
  assertEquals(table(columns, rows, plain, 26), "NAME     N  ERROR\none      1  a long error …\nthree  300\n");
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
