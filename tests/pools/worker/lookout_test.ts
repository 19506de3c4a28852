import { assertEquals } from "@std/assert";
import { Lookout } from "../../../src/pools/worker/lookout.ts";

/** In which of so many calls a lookout looks, if it finds something in those listed. */
function looksOf(calls: number, finds: readonly number[]): number[] {
  const lookout = new Lookout();
  const looks: number[] = [];
  for (let call = 0; call < calls; call++) {
    const hasFound = lookout.look(() => {
      looks.push(call);
      return finds.includes(call);
    });
    assertEquals(hasFound, looks.at(-1) === call && finds.includes(call));
  }
  return looks;
}

Deno.test("Lookout looks each time, as long as it finds something", () => {
  assertEquals(looksOf(4, [0, 1, 2, 3]), [0, 1, 2, 3]);
});

Deno.test("Lookout leaves out twice as many looks after each that finds nothing, up to 64", () => {
  assertEquals(looksOf(400, []), [0, 2, 6, 14, 30, 62, 126, 191, 256, 321, 386]);
});

Deno.test("Lookout looks each time again once it has found something", () => {
  assertEquals(looksOf(12, [6, 7, 8]), [0, 2, 6, 7, 8, 9, 11]);
});
