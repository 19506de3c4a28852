import { assert, assertEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import { type Timer, Timers } from "../../src/core/timers.ts";

const HOUR_MS = 3_600_000;

/** Puts the system's clock forward, or back, by that much. */
function shiftClock(byMs: number): Disposable {
  const { now } = Date;
  Date.now = () => now() + byMs;
  return { [Symbol.dispose]: () => void (Date.now = now) };
}

Deno.test("Timers.set() fires once, after the delay and not before", () => {
  using time = new FakeTime();
  const timers = new Timers();
  let fired = 0;
  timers.set(1_000, () => fired++);
  time.tick(999);
  assertEquals([fired, timers.size], [0, 1]);
  time.tick(1);
  assertEquals([fired, timers.size], [1, 0]);
  time.tick(HOUR_MS);
  assertEquals(fired, 1);
});

Deno.test("Timers.set() rounds a part of a millisecond up", () => {
  using time = new FakeTime();
  const timers = new Timers();
  const fired: number[] = [];
  timers.set(0.2, () => fired.push(time.now - time.start));
  timers.set(10.5, () => fired.push(time.now - time.start));
  while (time.next());
  assertEquals(fired, [1, 11]);
});

Deno.test("Timers.set() with no delay fires in a timeout and not at once", () => {
  using time = new FakeTime();
  let fired = false;
  new Timers().set(0, () => fired = true);
  assertEquals(fired, false);
  time.tick(0);
  assertEquals(fired, true);
});

Deno.test("Timers fire at their time, whatever is set and cleared in whatever order", () => {
  const plans = fc.array(fc.record({ delay: fc.nat(50), cleared: fc.boolean() }), { maxLength: 30 });
  fc.assert(fc.property(plans, (all) => {
    using time = new FakeTime();
    const timers = new Timers();
    const fired: number[] = [];
    const set = all.map(({ delay }) =>
      timers.set(delay, () => {
        assertEquals(time.now - time.start, delay);
        fired.push(delay);
      })
    );
    all.forEach(({ cleared }, index) => cleared && timers.clear(set[index]!));
    const kept = all.filter(({ cleared }) => !cleared).map(({ delay }) => delay);
    assertEquals(timers.size, kept.length);
    while (time.next());
    assertEquals(fired, kept.toSorted((a, b) => a - b));
    assertEquals(timers.size, 0);
  }));
});

Deno.test("Timers.clear() ignores timers that have fired or were cleared", () => {
  using time = new FakeTime();
  const timers = new Timers();
  let fired = 0;
  const done = timers.set(1, () => fired++);
  time.tick(1);
  const other = timers.set(5, () => fired++);
  timers.clear(done);
  timers.clear(done);
  time.tick(5);
  timers.clear(other);
  assertEquals([fired, timers.size], [2, 0]);
});

Deno.test("Timers leave no timeout behind when the last one is cleared", () => {
  using time = new FakeTime();
  const timers = new Timers();
  const first = timers.set(HOUR_MS, () => {});
  const second = timers.set(2 * HOUR_MS, () => {});
  timers.clear(first);
  timers.clear(second);
  assertEquals(time.next(), false);
});

Deno.test("Timers leave no timer behind when the last one has done", () => {
  using time = new FakeTime();
  const timers = new Timers();
  timers.set(1, () => {});
  time.tick(1);
  assertEquals(time.next(), false);
});

Deno.test("Timers arm one timeout, however many are set", () => {
  using _time = new FakeTime();
  let armed = 0;
  const { setTimeout, clearTimeout } = globalThis;
  using _set = stub(globalThis, "setTimeout", (...args) => {
    armed++;
    return setTimeout(...args as Parameters<typeof setTimeout>);
  });
  using _clear = stub(globalThis, "clearTimeout", (id) => {
    if (id !== undefined) armed--;
    clearTimeout(id);
  });
  const timers = new Timers();
  for (let delay = 100; delay > 0; delay--) timers.set(delay, () => {});
  assertEquals(armed, 1);
});

Deno.test("a timer may set and clear others as it fires", () => {
  using time = new FakeTime();
  const timers = new Timers();
  const fired: string[] = [];
  let doomed: Timer | undefined = undefined;
  timers.set(10, () => {
    fired.push("first");
    timers.clear(doomed!);
    timers.set(0, () => fired.push("at once"));
    timers.set(5, () => fired.push("later"));
  });
  doomed = timers.set(10, () => fired.push("doomed"));
  timers.set(12, () => fired.push("second"));
  while (time.next());
  assertEquals(fired, ["first", "at once", "second", "later"]);
});

Deno.test("Timers fire after more milliseconds than a timeout can count, and no timeout is asked for more", () => {
  using time = new FakeTime();
  const longest = 2 ** 31 - 1;
  const delays: number[] = [];
  const { setTimeout } = globalThis;
  using _stub = stub(globalThis, "setTimeout", (...args) => {
    delays.push(args[1] as number);
    return setTimeout(...args as Parameters<typeof setTimeout>);
  });
  const timers = new Timers();
  let firedAfter = 0;
  timers.set(3 * longest, () => firedAfter = time.now - time.start);
  while (time.next());
  assertEquals(firedAfter, 3 * longest);
  assertEquals(delays, [longest, longest, longest]);
});

Deno.test("Timers fire on a clock that moves by whole milliseconds, whatever fraction their time has", () => {
  using time = new FakeTime();
  const timers = new Timers();
  for (let count = 0; count < 500; count++) {
    time.tick(1 / 7); // the clock of the timers has that fraction, and more with each round
    let fired = 0;
    timers.set(3 * (2 ** 31 - 1), () => fired++);
    for (let steps = 0; fired === 0; steps++) {
      assert(steps < 10, `the timeout fired ${steps} times without the timer`);
      time.next();
    }
  }
});

Deno.test("Timers do not fire in a timeout that fires early", () => {
  using time = new FakeTime();
  const { setTimeout } = globalThis;
  using _stub = stub(globalThis, "setTimeout", (...args) => {
    const [callback, delay = 0] = args as Parameters<typeof setTimeout>;
    return setTimeout(callback, delay > 1 ? delay - 1 : delay);
  });
  const timers = new Timers();
  let firedAfter = 0;
  timers.set(100, () => firedAfter = time.now - time.start);
  while (time.next());
  assertEquals(firedAfter, 100);
});

Deno.test("Timers that are overdue after a busy event loop all fire, in order", () => {
  const timers = new Timers();
  const fired: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const set = [12, 4, 8].map((delay) =>
    timers.set(delay, () => {
      fired.push(delay);
      if (fired.length === 3) resolve();
    })
  );
  const inOrder = set.toSorted((a, b) => a.at - b.at).map(({ delayMs }) => delayMs); // 4, 8, 12, unless this took long
  const start = performance.now();
  while (performance.now() - start < 15);
  return promise.then(() => assertEquals([fired, timers.size], [inOrder, 0]));
});

Deno.test("a clock that is put forward fires no timer early", async () => {
  const timers = new Timers();
  const start = performance.now();
  const { promise, resolve } = Promise.withResolvers<number>();
  timers.set(30, () => resolve(performance.now() - start));
  const late = timers.set(HOUR_MS, () => resolve(0));
  using _ahead = shiftClock(2 * HOUR_MS);
  const after = await promise;
  assert(after >= 30, `fired after ${after} ms`);
  assertEquals(timers.size, 1);
  assert(timers.overdueMs(late) < -HOUR_MS + 10_000);
  timers.clear(late);
});

Deno.test("a clock that is put back keeps no timer waiting", async () => {
  const timers = new Timers();
  const { promise, resolve } = Promise.withResolvers<void>();
  timers.set(10, () => {});
  using _back = shiftClock(-HOUR_MS);
  timers.set(20, resolve);
  await promise;
  assertEquals(timers.size, 0);
});

Deno.test("Timer.dueAt is a time on the system's clock as it stands when the timer is set", () => {
  using time = new FakeTime(1_000_000);
  const timers = new Timers();
  assertEquals(timers.set(1_500.5, () => {}).dueAt, 1_001_501);
  time.tick(500);
  assertEquals(timers.set(0, () => {}).dueAt, 1_000_500);
  assertEquals(timers.set(0, () => {}, 7).dueAt, 7, "as it is known");
});

Deno.test("Timers.overdueMs() counts from when a timer was due", () => {
  using time = new FakeTime();
  const timers = new Timers();
  const timer = timers.set(1_000, () => {});
  assertEquals(timers.overdueMs(timer), -1_000);
  time.tick(1_250);
  assertEquals(timers.overdueMs(timer), 250);
});

Deno.test("a timer that is cleared in real time keeps no timeout for the sanitizer to find", () => {
  const timers = new Timers();
  timers.clear(timers.set(HOUR_MS, () => {}));
  assertEquals(timers.size, 0);
});
