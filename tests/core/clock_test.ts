import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { SYSTEM_CLOCK } from "../../src/core/clock.ts";
import { Timers } from "../../src/core/timers.ts";

Deno.test("SYSTEM_CLOCK shows the computer's time, and that of a test that has replaced it", async () => {
  const before = Date.now();
  const now = SYSTEM_CLOCK.now();
  assert(before <= now && now <= Date.now());
  using time = new FakeTime(5_000);
  assertEquals(SYSTEM_CLOCK.now(), 5_000);
  const start = SYSTEM_CLOCK.elapsed();
  await time.tickAsync(100);
  assertEquals([SYSTEM_CLOCK.elapsed() - start, SYSTEM_CLOCK.elapsedCoarse() - start], [100, 100]);
});

Deno.test("SYSTEM_CLOCK.set() calls a function once, unless clear() calls it off", async () => {
  using time = new FakeTime();
  const calls: string[] = [];
  const timer = SYSTEM_CLOCK.set(() => calls.push("first"), 10);
  SYSTEM_CLOCK.set(() => calls.push("second"), 20);
  SYSTEM_CLOCK.clear(timer);
  SYSTEM_CLOCK.clear(undefined);
  await time.tickAsync(50);
  assertEquals(calls, ["second"]);
});

Deno.test("Timers go by the clock that they are given", () => {
  const set: [fire: () => void, delayMs: number][] = [];
  let elapsed = 0;
  const timers = new Timers({
    now: () => 1_000 + elapsed,
    elapsed: () => elapsed,
    elapsedCoarse: () => elapsed,
    set: (fire, delayMs) => set.push([fire, delayMs]),
    clear: () => {},
    maxLookMs: Infinity,
  });
  let isFired = false;
  const timer = timers.set(500, () => isFired = true);
  assertEquals([timer.dueAt, set.map(([, delayMs]) => delayMs)], [1_500, [500]]);
  elapsed = 500;
  set[0]![0]();
  assert(isFired);
});
