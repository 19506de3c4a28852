import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { SpanBudget } from "../../src/observe/span_budget.ts";

Deno.test("SpanBudget keeps half for what matters more, and fills up with time", () => {
  using time = new FakeTime();
  const budget = new SpanBudget(10);
  const taken = (isMinor: boolean, tries: number) =>
    Array.from({ length: tries }, () => budget.take(isMinor)).filter((isTaken) => isTaken).length;
  assertEquals([taken(true, 20), budget.dropped], [5, 15]);
  assertEquals([taken(false, 20), budget.dropped], [5, 30]);
  time.tick(250); // enough for two and a half: differences of clock readings are rounded
  assertEquals([taken(true, 5), taken(false, 5)], [0, 2]);
  time.tick(60_000);
  assertEquals([taken(true, 20), taken(false, 20)], [5, 5]);
});
