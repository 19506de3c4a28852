import { assert, assertEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import { type Alarm, Alarms } from "../../src/core/timers.ts";

const HOUR_MS = 3_600_000;

/** Sets the wall clock, but not the timers, ahead (or back) by that much. */
function shiftClock(byMs: number): Disposable {
  const before = globalThis.Date;
  globalThis.Date = new Proxy(before, {
    get: (date, key) => key === "now" ? () => before.now() + byMs : Reflect.get(date, key),
  });
  return { [Symbol.dispose]: () => void (globalThis.Date = before) };
}

Deno.test("Alarms.set() rings once, when the delay is over and not before", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  let rings = 0;
  alarms.set(1_000, () => rings++);
  time.tick(999);
  assertEquals([rings, alarms.size], [0, 1]);
  time.tick(1);
  assertEquals([rings, alarms.size], [1, 0]);
  time.tick(HOUR_MS);
  assertEquals(rings, 1);
});

Deno.test("Alarms.set() rounds a part of a millisecond up", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  const rang: number[] = [];
  alarms.set(0.2, () => rang.push(time.now - time.start));
  alarms.set(10.5, () => rang.push(time.now - time.start));
  while (time.next());
  assertEquals(rang, [1, 11]);
});

Deno.test("Alarms.set() with no delay rings in a timer and not at once", () => {
  using time = new FakeTime();
  let rang = false;
  new Alarms().set(0, () => rang = true);
  assertEquals(rang, false);
  time.tick(0);
  assertEquals(rang, true);
});

Deno.test("Alarms ring at their time, whatever is set and cleared in whichever order", () => {
  const plans = fc.array(fc.record({ delay: fc.nat(50), cleared: fc.boolean() }), { maxLength: 30 });
  fc.assert(fc.property(plans, (all) => {
    using time = new FakeTime();
    const alarms = new Alarms();
    const rang: number[] = [];
    const set = all.map(({ delay }) =>
      alarms.set(delay, () => {
        assertEquals(time.now - time.start, delay);
        rang.push(delay);
      })
    );
    all.forEach(({ cleared }, index) => cleared && alarms.clear(set[index]!));
    const kept = all.filter(({ cleared }) => !cleared).map(({ delay }) => delay);
    assertEquals(alarms.size, kept.length);
    while (time.next());
    assertEquals(rang, kept.toSorted((a, b) => a - b));
    assertEquals(alarms.size, 0);
  }));
});

Deno.test("Alarms.clear() leaves alarms alone that rang or were cleared", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  let rings = 0;
  const rung = alarms.set(1, () => rings++);
  time.tick(1);
  const other = alarms.set(5, () => rings++);
  alarms.clear(rung);
  alarms.clear(rung);
  time.tick(5);
  alarms.clear(other);
  assertEquals([rings, alarms.size], [2, 0]);
});

Deno.test("Alarms leave no timer behind when the last one is cleared", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  const first = alarms.set(HOUR_MS, () => {});
  const second = alarms.set(2 * HOUR_MS, () => {});
  alarms.clear(first);
  alarms.clear(second);
  assertEquals(time.next(), false);
});

Deno.test("Alarms leave no timer behind when the last one has rung", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  alarms.set(1, () => {});
  time.tick(1);
  assertEquals(time.next(), false);
});

Deno.test("Alarms keep one timer, however many are set", () => {
  using _time = new FakeTime();
  let timers = 0;
  const { setTimeout, clearTimeout } = globalThis;
  using _set = stub(globalThis, "setTimeout", (...args) => {
    timers++;
    return setTimeout(...args as Parameters<typeof setTimeout>);
  });
  using _clear = stub(globalThis, "clearTimeout", (id) => {
    if (id !== undefined) timers--;
    clearTimeout(id);
  });
  const alarms = new Alarms();
  for (let delay = 100; delay > 0; delay--) alarms.set(delay, () => {});
  assertEquals(timers, 1);
});

Deno.test("an alarm may set, and clear, others as it rings", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  const rang: string[] = [];
  let doomed: Alarm | undefined = undefined;
  alarms.set(10, () => {
    rang.push("first");
    alarms.clear(doomed!);
    alarms.set(0, () => rang.push("at once"));
    alarms.set(5, () => rang.push("later"));
  });
  doomed = alarms.set(10, () => rang.push("doomed"));
  alarms.set(12, () => rang.push("second"));
  while (time.next());
  assertEquals(rang, ["first", "at once", "second", "later"]);
});

Deno.test("Alarms ring after more milliseconds than a timer can count, and no timer is asked for more", () => {
  using time = new FakeTime();
  const longest = 2 ** 31 - 1;
  const delays: number[] = [];
  const { setTimeout } = globalThis;
  using _stub = stub(globalThis, "setTimeout", (...args) => {
    delays.push(args[1] as number);
    return setTimeout(...args as Parameters<typeof setTimeout>);
  });
  const alarms = new Alarms();
  let rangAfter = 0;
  alarms.set(3 * longest, () => rangAfter = time.now - time.start);
  while (time.next());
  assertEquals(rangAfter, 3 * longest);
  assertEquals(delays, [longest, longest, longest]);
});

Deno.test("Alarms do not ring in a timer that fires early", () => {
  using time = new FakeTime();
  const { setTimeout } = globalThis;
  using _stub = stub(globalThis, "setTimeout", (...args) => {
    const [callback, delay = 0] = args as Parameters<typeof setTimeout>;
    return setTimeout(callback, delay > 1 ? delay - 1 : delay);
  });
  const alarms = new Alarms();
  let rangAfter = 0;
  alarms.set(100, () => rangAfter = time.now - time.start);
  while (time.next());
  assertEquals(rangAfter, 100);
});

Deno.test("Alarms that are overdue after a suspension all ring, in order", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  const rang: number[] = [];
  for (const delay of [300, 100, 200, 10 * HOUR_MS]) alarms.set(delay, () => rang.push(delay));
  {
    using _ahead = shiftClock(HOUR_MS);
    time.tick(100);
    assertEquals(rang, [100, 200, 300]);
  }
  assertEquals(alarms.size, 1);
});

Deno.test("a clock that was set back keeps no alarm waiting for it", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  const rang: number[] = [];
  const ring = () => rang.push(time.now - time.start);
  alarms.set(2_000, ring);
  alarms.set(5_000, ring);
  time.tick(500);
  using _back = shiftClock(-HOUR_MS);
  time.tick(60_000);
  assertEquals(rang, [2_000, 5_000]);
});

Deno.test("an alarm set after the clock was set back keeps no older one waiting", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  const rang: number[] = [];
  alarms.set(10_000, () => rang.push(10_000));
  time.tick(1_000);
  using _back = shiftClock(-HOUR_MS);
  alarms.set(20_000, () => rang.push(20_000));
  time.tick(60_000);
  assertEquals(rang, [10_000, 20_000]);
});

Deno.test("an alarm set after the clock was set back does not ring early", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  const waited: number[] = [];
  alarms.set(10_000, () => {});
  time.tick(2_000);
  using _back = shiftClock(-5_000);
  alarms.set(20_000, () => waited.push(time.now - time.start - 2_000));
  time.tick(60_000);
  assertEquals(waited.length, 1);
  assert(waited[0]! >= 20_000, `rang after ${waited[0]} ms`);
});

Deno.test("a clock that is a little behind its timer is no clock that was set back", () => {
  using time = new FakeTime();
  const alarms = new Alarms();
  let rangAfter = 0;
  alarms.set(1_000, () => rangAfter = time.now - time.start);
  using _behind = shiftClock(-20);
  time.tick(1_000);
  assertEquals(rangAfter, 0);
  time.tick(20);
  assertEquals(rangAfter, 1_020);
});

Deno.test("an alarm that is cleared in real time keeps no timer for the sanitizer to find", () => {
  const alarms = new Alarms();
  alarms.clear(alarms.set(HOUR_MS, () => {}));
  assertEquals(alarms.size, 0);
});
