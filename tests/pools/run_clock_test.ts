import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { RunClock } from "../../src/pools/run_clock.ts";

Deno.test("RunClock says for how long the first job has been running", () => {
  using time = new FakeTime();
  const clock = new RunClock();
  clock.start();
  time.tick(12);
  assertEquals(clock.milliseconds, 12);
  clock.start();
  assertEquals(clock.milliseconds, 0);
});

Deno.test("RunClock says how long jobs took on average since the last time", () => {
  using time = new FakeTime();
  const clock = new RunClock();
  clock.start();
  assertEquals(clock.lap(), undefined, "none has ended");
  time.tick(6);
  for (let count = 0; count < 3; count++) clock.ended();
  assertEquals(clock.lap(), 2);
  assertEquals(clock.lap(), undefined);
  time.tick(5);
  clock.ended();
  assertEquals(clock.lap(), 5, "it counts from the last time");
});

Deno.test("RunClock says how long a long job took, and leaves it out of the next average", () => {
  using time = new FakeTime();
  const clock = new RunClock();
  clock.start();
  time.tick(40);
  clock.ended();
  assertEquals([clock.restart(), clock.milliseconds, clock.lap()], [40, 0, undefined]);
});

Deno.test("RunClock knows a silence since it began to listen, until something is heard", () => {
  const clock = new RunClock();
  assertEquals(clock.isSilent, false, "it does not listen");
  for (const speak of [() => clock.wasHeard(), () => clock.ended()]) {
    clock.listen();
    clock.lap();
    assertEquals(clock.isSilent, true);
    speak();
    assertEquals(clock.isSilent, false);
  }
});
