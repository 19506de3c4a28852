import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ResolvedThrottle } from "../../../src/core/limits.ts";
import { ThrottleWindow } from "../../../src/engine/limits/throttle_window.ts";

/** Starts as soon as possible, `count` times from a time on; starts happen `delayMs` after they are admitted. */
function startTimes(rule: ResolvedThrottle, count: number, from = 0): number[] {
  const window = new ThrottleWindow(rule);
  const times: number[] = [];
  let now = from;
  while (times.length < count) {
    now = Math.max(now, window.opensAt(now));
    window.admit(now, false);
    window.started(now);
    times.push(now);
  }
  return times;
}

/** The most starts within any window of that length; windows have no end of their own. */
function mostWithin(times: readonly number[], period: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let most = 0;
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while (sorted[first]! + period <= sorted[last]! + 1e-3) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

Deno.test("ThrottleWindow spaces starts evenly", () => {
  assertEquals(startTimes({ limit: 4, period: 1_000, burst: 1 }, 9), [0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000]);
});

Deno.test("ThrottleWindow lets a burst start at once, and then as many as the window allows", () => {
  assertEquals(startTimes({ limit: 4, period: 1_000, burst: 4 }, 9), [0, 0, 0, 0, 1000, 1000, 1000, 1000, 2000]);
  assertEquals(startTimes({ limit: 4, period: 1_000, burst: 2 }, 7), [0, 0, 250, 500, 1000, 1000, 1250]);
});

Deno.test("ThrottleWindow allows the next burst after a pause only", () => {
  const window = new ThrottleWindow({ limit: 10, period: 1_000, burst: 3 });
  for (const now of [0, 0, 0]) {
    assert(window.isOpen(now));
    window.admit(now, false);
    window.started(now);
  }
  assert(!window.isOpen(0));
  assertEquals(window.opensAt(0), 100);
  window.admit(100, false);
  window.started(100);
  assert(!window.isOpen(100));
  assertEquals([0, 1, 2].map(() => (window.admit(450, false), window.started(450), window.isOpen(450))), [
    true,
    true,
    false,
  ]);
});

Deno.test("ThrottleWindow counts a start that was admitted until it happens, and then from when it happened", () => {
  const window = new ThrottleWindow({ limit: 2, period: 100, burst: 2 });
  window.admit(0, false);
  window.admit(0, false);
  assertEquals([window.opensAt(0), window.opensAt(500)], [Infinity, Infinity]);
  window.started(500);
  assertEquals(window.opensAt(500), 600);
  window.withdraw();
  assert(window.isOpen(500));
});

Deno.test("ThrottleWindow keeps its distance from starts that have happened, and admits a burst before they do", () => {
  const even = new ThrottleWindow({ limit: 10, period: 1_000, burst: 1 });
  even.admit(0, false);
  assertEquals(even.opensAt(500), Infinity);
  even.started(500);
  assertEquals(even.opensAt(500), 600);
  const burst = new ThrottleWindow({ limit: 10, period: 1_000, burst: 3 });
  for (const _ of [1, 2, 3]) {
    assert(burst.isOpen(0));
    burst.admit(0, false);
  }
  assertEquals(burst.opensAt(900), Infinity);
  for (const _ of [1, 2, 3]) burst.started(200);
  assertEquals(burst.opensAt(200), 300);
});

Deno.test("ThrottleWindow catches up on late timers where starts follow each other quickly, and only there", () => {
  const quick = new ThrottleWindow({ limit: 1_000, period: 1_000, burst: 1 });
  quick.admit(0, false);
  quick.started(0);
  for (const _ of [1, 2, 3]) { // a timer that is 3 ms late
    assert(quick.isOpen(3));
    quick.admit(3, true);
    quick.started(3);
  }
  assert(!quick.isOpen(3));
  const slow = new ThrottleWindow({ limit: 10, period: 1_000, burst: 1 });
  slow.admit(0, false);
  slow.started(0);
  slow.admit(103, true);
  slow.started(103);
  assertEquals(slow.opensAt(103), 203);
});

Deno.test("ThrottleWindow is idle once its past makes no difference", () => {
  const window = new ThrottleWindow({ limit: 2, period: 100, burst: 1 });
  assert(window.isIdle(0));
  window.admit(0, false);
  assert(!window.isIdle(1_000));
  window.started(1_000);
  assertEquals([window.isIdle(1_099), window.isIdle(1_100)], [false, true]);
});

const rules = fc.record({ limit: fc.integer({ min: 1, max: 12 }), period: fc.integer({ min: 1, max: 5_000 }) })
  .chain(({ limit, period }) =>
    fc.integer({ min: 1, max: limit }).map((burst): ResolvedThrottle => ({ limit, period, burst }))
  );

Deno.test("ThrottleWindow never lets more start than its limit within any period, however late starts and timers are", () => {
  const steps = fc.array(
    fc.record({ waitMs: fc.integer({ min: 0, max: 2_000 }), delayMs: fc.nat(3_000), isLate: fc.boolean() }),
    { maxLength: 120 },
  );
  fc.assert(fc.property(rules, steps, (rule, steps) => {
    const window = new ThrottleWindow(rule);
    const due: number[] = [];
    const times: number[] = [];
    let now = 0;
    const happen = (until: number) => {
      due.sort((a, b) => a - b);
      while (due[0] !== undefined && due[0] <= until) {
        const at = due.shift()!;
        window.started(at);
        times.push(at);
      }
    };
    for (const { waitMs, delayMs, isLate } of steps) {
      now += waitMs;
      happen(now);
      if (!window.isOpen(now)) continue;
      window.admit(now, isLate);
      due.push(now + delayMs);
    }
    happen(Infinity);
    assert(mostWithin(times, rule.period) <= rule.limit);
  }));
});

Deno.test("ThrottleWindow lets as many start as its limit allows, with no time lost", () => {
  fc.assert(fc.property(rules, fc.integer({ min: 1, max: 60 }), (rule, count) => {
    const { limit, period, burst } = rule;
    const times = startTimes(rule, count);
    assert(mostWithin(times, period) <= limit);
    // Of those that it could be, each start is the earliest: the rate is met in every period.
    const last = times.at(-1)!;
    const whole = Math.floor((count - 1) / limit) * period;
    const rest = Math.max(0, (count - 1) % limit - (burst - 1)) * period / limit;
    assertAlmostEquals(last, whole + rest, 1e-6 * period * count);
  }));
});

Deno.test("ThrottleWindow spaces starts evenly from whenever they begin", () => {
  fc.assert(fc.property(rules, fc.nat(1e9), (rule, from) => {
    const times = startTimes({ ...rule, burst: 1 }, 20, from);
    for (const [index, time] of times.entries()) {
      assertAlmostEquals(time - from, index * rule.period / rule.limit, 1e-3);
    }
  }));
});
