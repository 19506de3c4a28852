import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { FairTimer } from "../../src/pools/fair_timer.ts";
import { FakeWitness } from "./fake_witness.ts";

/** A timer, and how often it called back. */
function timerOf(): { timer: FairTimer; witness: FakeWitness; calls: number[]; start: (milliseconds: number) => void } {
  const witness = new FakeWitness();
  const timer = new FairTimer(witness);
  const calls: number[] = [];
  return { timer, witness, calls, start: (milliseconds) => timer.start(milliseconds, () => calls.push(milliseconds)) };
}

Deno.test("FairTimer calls back after its time and the witness's work, whichever takes longer, once", () => {
  using time = new FakeTime();
  const { witness, calls, start } = timerOf();
  start(100);
  time.tick(99);
  witness.work();
  assertEquals([calls, witness.waiting], [[], 0], "the witness begins when the time is up");
  time.tick(1);
  assertEquals([calls, witness.waiting], [[], 1]);
  time.tick(500);
  assertEquals(calls, []);
  witness.work();
  assertEquals(calls, [100]);
  time.tick(60_000);
  assertEquals([calls, witness.waiting], [[100], 0]);
});

Deno.test("FairTimer waits for a witness for ten seconds at most", () => {
  using time = new FakeTime();
  const { witness, calls, start } = timerOf();
  start(100);
  time.tick(10_099);
  assertEquals(calls, []);
  time.tick(1);
  assertEquals([calls, witness.waiting], [[100], 0]);
});

Deno.test("FairTimer that is stopped does not call back, at whichever stage", () => {
  using time = new FakeTime();
  for (const passed of [0, 99, 100, 5_000]) {
    const { timer, witness, calls, start } = timerOf();
    start(100);
    time.tick(passed);
    timer.stop();
    timer.stop();
    assertEquals(witness.waiting, 0);
    time.tick(60_000);
    assertEquals(calls, []);
  }
});

Deno.test("FairTimer that is started again calls back for the last time only", () => {
  using time = new FakeTime();
  const { witness, calls, start } = timerOf();
  start(100);
  time.tick(100);
  start(200);
  witness.work();
  time.tick(200);
  witness.work();
  assertEquals(calls, [200]);
});

Deno.test("FairTimer can be started again by what it calls", () => {
  using time = new FakeTime();
  const witness = new FakeWitness();
  const timer = new FairTimer(witness);
  const calls: string[] = [];
  timer.start(10, () => {
    calls.push("first");
    timer.start(10, () => calls.push("second"));
  });
  time.tick(10);
  witness.work();
  time.tick(10);
  witness.work();
  assertEquals(calls, ["first", "second"]);
});

Deno.test("FairTimer that is stopped does not call back, though the runtime calls back for a timer that was cleared", () => {
  const { setTimeout: real } = globalThis;
  const callbacks: (() => void)[] = [];
  globalThis.setTimeout = ((then: () => void) => callbacks.push(then)) as unknown as typeof real;
  try {
    const { timer, witness, calls, start } = timerOf();
    start(100);
    timer.stop();
    for (const callback of callbacks.splice(0)) callback();
    assertEquals([calls, witness.waiting], [[], 0]);
    start(100);
    callbacks.shift()!();
    timer.stop();
    for (const callback of callbacks.splice(0)) callback();
    assertEquals([calls, witness.waiting], [[], 0]);
  } finally {
    globalThis.setTimeout = real;
  }
});
