import { assertEquals } from "@std/assert";
import { Pace } from "../../src/pools/pace.ts";

/** What it says after each observation. */
function paceOf(...observed: number[]): number[] {
  const pace = new Pace();
  return observed.map((each) => {
    pace.observe(each);
    return pace.milliseconds;
  });
}

Deno.test("Pace knows nothing at first, and then what it was told", () => {
  assertEquals(new Pace().milliseconds, Infinity);
  assertEquals(paceOf(0.5), [0.5]);
});

Deno.test("Pace overlooks what is odd, as long as that is not usual", () => {
  assertEquals(paceOf(1, 1, 1, 9, 8, 1, 1), [1, 1, 1, 1, 1, 1, 1]);
  assertEquals(paceOf(1, 1, 1, 9, 8, 7, 6), [1, 1, 1, 1, 1, 7, 7]);
  assertEquals(paceOf(9, 1, 9, 1, 1, 1), [9, 1, 9, 1, 1, 1]);
});

Deno.test("Pace goes by a long job at once, and by quick ones after it", () => {
  assertEquals(paceOf(1, 1, 1, 1, 1, 20, 2, 2), [1, 1, 1, 1, 1, 20, 2, 2]);
});
