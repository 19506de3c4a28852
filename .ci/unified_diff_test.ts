import { assertEquals } from "@std/assert";
import { unifiedDiff } from "./unified_diff.ts";

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

Deno.test("unifiedDiff() of equal strings is empty", () => {
  assertEquals(unifiedDiff("a\nb\n", "a\nb\n"), "");
  assertEquals(unifiedDiff("", ""), "");
});

Deno.test("unifiedDiff() shows removed lines before added ones, within their context", () => {
  const before = lines(1, 20);
  assertEquals(
    unifiedDiff(before.join("\n"), before.with(9, "ten").join("\n")),
    "@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13",
  );
});

Deno.test("unifiedDiff() shows distant changes apart and counts lines on both sides", () => {
  const before = lines(1, 20);
  const after = ["0", ...before].filter((line) => line !== "19");
  assertEquals(
    unifiedDiff(before.join("\n"), after.join("\n")),
    "@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -16,5 +17,4 @@\n 16\n 17\n 18\n-19\n 20",
  );
});

Deno.test("unifiedDiff() joins changes whose contexts touch", () => {
  const before = lines(1, 12);
  const diff = unifiedDiff(before.join("\n"), before.with(2, "c").with(9, "j").join("\n"));
  assertEquals(diff.match(/@@ /g)?.length, 1);
});
