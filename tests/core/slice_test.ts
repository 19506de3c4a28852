import { assertEquals } from "@std/assert";
import { beginSlice, SLICE_MS, sliceHasEnded, Slices } from "../../src/core/slice.ts";
import { block, oneTurn, until } from "../support.ts";

/** Lets turns of the event loop pass in which no task starts. */
async function idle(): Promise<void> {
  await oneTurn();
  await oneTurn();
  await oneTurn();
}

Deno.test("the first turn in which a task starts ends, too", async () => {
  let now = 100;
  sliceHasEnded(now);
  await until("the slice begins again", async () => {
    await idle();
    return !sliceHasEnded(now += SLICE_MS);
  });
});

Deno.test("a slice has ended once tasks have started for 10 ms, in one turn of the event loop or in each of several", async () => {
  await idle();
  assertEquals([sliceHasEnded(100), sliceHasEnded(100 + SLICE_MS - 1), sliceHasEnded(100 + SLICE_MS)], [
    false,
    false,
    true,
  ]);
  await idle();
  assertEquals(sliceHasEnded(200), false);
  await oneTurn();
  assertEquals(sliceHasEnded(200 + SLICE_MS - 1), false);
  await oneTurn();
  assertEquals(sliceHasEnded(200 + SLICE_MS), true);
  beginSlice(300);
  assertEquals([sliceHasEnded(300), sliceHasEnded(300 + SLICE_MS)], [false, true]);
});

Deno.test("a slice begins again after turns in which no task starts", async () => {
  await idle();
  assertEquals(sliceHasEnded(100), false);
  await idle();
  assertEquals(sliceHasEnded(200), false);
});

Deno.test("Slices lets others have their turn every 10 ms", async () => {
  const slices = new Slices();
  let turns = 0;
  const count = async () => {
    for (; turns < 61; turns++) await oneTurn();
  };
  const counting = count();
  await slices.next();
  assertEquals(turns, 0);
  block(SLICE_MS);
  await slices.next();
  await counting;
  assertEquals(turns, 61);
});
