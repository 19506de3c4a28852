import { assert, assertEquals } from "@std/assert";
import { endLimits } from "../../src/runner/end_limits.ts";

Deno.test("endLimits() of `true` are some seconds", () => {
  assertEquals(endLimits(), { bodies: 1_000, workers: 1_000, save: 5_000 });
});

Deno.test("endLimits() gives bodies all but a second, and never more than there is", () => {
  assertEquals(endLimits(5_000), { bodies: 4_000, workers: 1_000, save: 1_000 });
  assertEquals(endLimits(1_000), { bodies: 500, workers: 500, save: 500 });
  for (const within of [1, 700, 1_999, 2_000, 60_000]) {
    const { bodies, workers, save } = endLimits(within);
    assert(bodies > 0 && workers > 0 && bodies + Math.max(workers, save) <= within);
  }
});
