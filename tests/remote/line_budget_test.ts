import { assertEquals } from "@std/assert";
import { LineBudget } from "../../src/remote/worker/line_budget.ts";

Deno.test("an attempt may send 1,000 lines in a second, and it is counted what was left out", () => {
  const budget = new LineBudget();
  const take = (count: number, now: number) =>
    Array.from({ length: count }, () => budget.take(now)).filter(Boolean).length;
  assertEquals([take(1_500, 0), budget.skipped], [1_000, 500]);
  assertEquals([take(10, 999), budget.skipped], [0, 510]);
  budget.skipped = 0;
  assertEquals([take(1_001, 1_000), budget.skipped], [1_000, 1]);
});
