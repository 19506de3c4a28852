import { assert, assertEquals } from "@std/assert";
import { cut, fit, grouped, harmless, oneLine, widthOf } from "../../src/observe/printable.ts";
import { NASTY } from "./support.ts";

Deno.test("harmless() shows control characters and removes marks of direction and halves of characters", () => {
  assertEquals(harmless("\x1b[31mred\x07\0"), "␛[31mred␇␀");
  assertEquals(harmless("a\u202Eb\x9bc\x7f"), "a\ufffdb\ufffdc␡");
  assertEquals(harmless("\ud800"), "\ufffd");
  assertEquals(harmless("one\r\ntwo\rthree\tfour"), "one\ntwo\nthree\tfour");
});

Deno.test("oneLine() makes one line of several, and leaves letters of all scripts", () => {
  assertEquals(oneLine(" one\r\n  two\u2028three\t"), "one two three");
  assertEquals(oneLine("日本語 שלום"), "日本語 שלום");
  for (const text of NASTY) assert(!/[\n\r\t\u2028\u2029]/.test(oneLine(text)));
});

Deno.test("widthOf() counts two columns for wide characters and none for marks", () => {
  assertEquals(widthOf("plain text"), 10);
  assertEquals(widthOf("日本語"), 6);
  assertEquals(widthOf("한국"), 4);
  assertEquals(widthOf("e\u0301"), 1);
  assertEquals(widthOf("✓ 🚀"), 4);
  assertEquals(widthOf("שלום"), 4);
  assertEquals(widthOf(""), 0);
});

Deno.test("cut() and fit() keep to a number of columns", () => {
  assertEquals(cut("abcdef", 6), "abcdef");
  assertEquals(cut("abcdef", 4), "abc…");
  assertEquals(cut("日本語", 4), "日…");
  assertEquals(cut("abc", 0), "");
  assertEquals(fit("日本語", 4), "日… ");
  assertEquals(fit("ab", 4), "ab  ");
  for (const text of NASTY.map(oneLine)) {
    for (let columns = 1; columns < 20; columns++) assert(widthOf(cut(text, columns)) <= columns);
  }
});

Deno.test("grouped() puts commas between thousands", () => {
  assertEquals([0, 999, 1_000, 1_234_567, 1_234.5678, 0.12345].map(grouped), [
    "0",
    "999",
    "1,000",
    "1,234,567",
    "1,234.5678",
    "0.12345",
  ]);
});
