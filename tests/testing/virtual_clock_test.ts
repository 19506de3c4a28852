import { assertEquals } from "@std/assert";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";

/** A clock whose listener notes what it is told. */
function clockAt(epoch = 0) {
  const told: string[] = [];
  const clock = new VirtualClock(epoch, { timerSet: () => told.push("set"), awaited: () => told.push("awaited") });
  return { clock, told };
}

Deno.test("VirtualClock stands still until it is moved, from timer to timer", () => {
  const { clock, told } = clockAt(1_000);
  const fired: string[] = [];
  clock.set(() => fired.push(`late ${clock.now()}`), 20.5);
  clock.set(() => fired.push(`first ${clock.now()}`), 10);
  clock.set(() => fired.push(`second ${clock.now()}`), 10);
  assertEquals([clock.now(), clock.elapsed(), clock.nextAt], [1_000, 0, 10]);
  clock.moveTo(100);
  assertEquals(clock.elapsed(), 10); // no timer is passed over
  for (let count = 0; count < 4; count++) clock.fireNext();
  assertEquals(fired, ["first 1010", "second 1010", "late 1020"]);
  assertEquals([clock.elapsed(), clock.elapsedCoarse(), clock.nextAt], [20.5, 20.5, Infinity]);
  clock.moveTo(100);
  clock.moveTo(50);
  assertEquals(clock.elapsed(), 100);
  clock.awaited(() => true);
  assertEquals(told, ["set", "set", "set", "awaited"]);
});

Deno.test("VirtualClock.clear() calls off a timer, and takes what is none", () => {
  const { clock } = clockAt();
  let calls = 0;
  const timer = clock.set(() => calls++, 5);
  clock.clear(timer);
  clock.clear(timer);
  clock.clear(undefined);
  clock.fireNext();
  assertEquals([calls, clock.elapsed()], [0, 0]);
});

Deno.test("VirtualClock calls timers at once that would be in the past", () => {
  const { clock } = clockAt();
  clock.moveTo(10);
  let at = -1;
  clock.set(() => at = clock.elapsed(), -5);
  clock.fireNext();
  assertEquals(at, 10);
});
