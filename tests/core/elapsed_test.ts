import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { elapsed } from "../../src/core/elapsed.ts";

Deno.test("elapsed() advances as real time does", () => {
  const outerStart = performance.now();
  const before = elapsed();
  const innerStart = performance.now();
  while (performance.now() - innerStart < 5);
  const inner = performance.now() - innerStart;
  const counted = elapsed() - before;
  const outer = performance.now() - outerStart;
  assert(counted >= inner && counted <= outer, `counted ${counted} ms, of ${inner} to ${outer} ms`);
});

Deno.test("elapsed() ignores that the system's clock is put forward or back", () => {
  const { now } = Date;
  try {
    const before = elapsed();
    Date.now = () => now() + 3_600_000;
    const ahead = elapsed() - before;
    Date.now = () => now() - 3_600_000;
    const back = elapsed() - before;
    assert(ahead >= 0 && back >= ahead && back < 60_000, `${ahead} ms, then ${back} ms`);
  } finally {
    Date.now = now;
  }
});

Deno.test("elapsed() counts the time of a fake clock, and not the change to it and back", () => {
  const before = elapsed();
  {
    using time = new FakeTime(0);
    const start = elapsed();
    time.tick(1_234);
    assertEquals(elapsed() - start, 1_234);
    time.tick(0.5);
    time.tick(86_400_000);
    assertEquals(elapsed() - start, 86_401_234.5);
  }
  const after = elapsed();
  assert(after - before < 86_401_234.5 + 60_000);
  assert(elapsed() >= after);
});
