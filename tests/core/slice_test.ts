import { assertEquals } from "@std/assert";
import { beginSlice, isSliceOver, SLICE_MS } from "../../src/core/slice.ts";
import { turn } from "../support.ts";

/** Lets turns of the event loop pass in which no task starts. */
async function idle(): Promise<void> {
  await turn();
  await turn();
  await turn();
}

Deno.test("a slice is over once tasks have started for 10 ms, in one turn of the event loop or in each of several", async () => {
  await idle();
  assertEquals([isSliceOver(100), isSliceOver(100 + SLICE_MS - 1), isSliceOver(100 + SLICE_MS)], [false, false, true]);
  await idle();
  assertEquals(isSliceOver(200), false);
  await turn();
  assertEquals(isSliceOver(200 + SLICE_MS - 1), false);
  await turn();
  assertEquals(isSliceOver(200 + SLICE_MS), true);
  beginSlice(300);
  assertEquals([isSliceOver(300), isSliceOver(300 + SLICE_MS)], [false, true]);
});

Deno.test("a slice begins again after turns in which no task starts", async () => {
  await idle();
  assertEquals(isSliceOver(100), false);
  await idle();
  assertEquals(isSliceOver(200), false);
});
