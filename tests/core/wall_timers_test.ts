import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Timers } from "../../src/core/timers.ts";
import { WallTimers } from "../../src/core/wall_timers.ts";

/** Timers, and those that they use. */
function makeTimers(clock?: () => number) {
  const alarms = new Timers();
  return { alarms, timers: new WallTimers(alarms, clock) };
}

Deno.test("WallTimers.set() fires once, at its time and not before", () => {
  using time = new FakeTime();
  const { alarms, timers } = makeTimers();
  let fired = 0;
  timers.set(time.now + 100_000, () => fired++);
  time.tick(99_999);
  assertEquals([fired, timers.size], [0, 1]);
  time.tick(1);
  assertEquals([fired, timers.size, alarms.size], [1, 0, 0]);
});

Deno.test("WallTimers.set() for a time that has passed fires in a timeout and not at once", () => {
  using time = new FakeTime();
  const { timers } = makeTimers();
  let fired = false;
  timers.set(time.now - 1_000, () => fired = true);
  assertEquals(fired, false);
  time.tick(0);
  assertEquals(fired, true);
});

Deno.test("WallTimers fire by time, and of one time in the order in which they were set", () => {
  using time = new FakeTime();
  const { timers } = makeTimers();
  const fired: string[] = [];
  for (const [name, inMs] of [["c", 20], ["a", 10], ["b", 10], ["d", 20]] as const) {
    timers.set(time.now + inMs, () => fired.push(name));
  }
  time.tick(20);
  assertEquals(fired, ["a", "b", "c", "d"]);
});

Deno.test("WallTimers use one timer, however many wait, and none once all were cleared", () => {
  using time = new FakeTime();
  const { alarms, timers } = makeTimers();
  const set = Array.from({ length: 10_000 }, (_, index) => timers.set(time.now + 1e7 - index, () => {}));
  assertEquals([timers.size, alarms.size], [10_000, 1]);
  for (const timer of set) timers.clear(timer);
  assertEquals([timers.size, alarms.size], [0, 0]);
});

Deno.test("WallTimers notice within half a minute that the clock was put forward, and wait if it was put back", () => {
  using time = new FakeTime();
  let shiftMs = 0;
  const { timers } = makeTimers(() => time.now + shiftMs);
  const fired: string[] = [];
  timers.set(time.now + 3_600_000, () => fired.push("one hour"));
  timers.set(time.now + 7_200_000, () => fired.push("two hours"));
  shiftMs = 3_600_000;
  time.tick(30_000);
  assertEquals(fired, ["one hour"]);
  shiftMs = -3_600_000;
  time.tick(7_200_000);
  assertEquals(fired, ["one hour"], "by the clock, almost an hour is left");
  time.tick(3_600_000);
  assertEquals(fired, ["one hour", "two hours"]);
});

Deno.test("WallTimers let other events have their turn when many are due at once", () => {
  using time = new FakeTime();
  const { timers } = makeTimers();
  let fired = 0;
  for (let count = 0; count < 5; count++) {
    timers.set(time.now + 10, () => {
      fired++;
      time.now += 6; // a callback that takes so long
    });
  }
  time.next();
  assert(fired < 5, `${fired} in one turn`);
  while (time.next());
  assertEquals(fired, 5);
});
