import { assertEquals } from "@std/assert";
import { closest, didYouMean } from "../../src/cli/suggest.ts";

Deno.test("closest finds what was probably meant, and nothing that is far away", () => {
  const words = ["list", "show", "failed", "orphans", "history"];
  for (
    const [typed, meant] of [
      ["lst", "list"],
      ["lsit", "list"],
      ["List", "list"],
      ["fialed", "failed"],
      ["orphens", "orphans"],
      ["hist", "history"],
      ["x", undefined],
      ["", undefined],
    ] as const
  ) {
    assertEquals(closest(typed, words), meant, typed);
  }
});

Deno.test("closest prefers the fewest mistakes, and the first of equals", () => {
  assertEquals(closest("aab", ["aac", "aab"]), "aab");
  assertEquals(closest("aab", ["aac", "aad"]), "aac");
});

Deno.test("didYouMean is the end of a sentence", () => {
  assertEquals(didYouMean("shwo", ["show"]), '; did you mean "show"?');
  assertEquals(didYouMean("something", ["show"]), "");
});
