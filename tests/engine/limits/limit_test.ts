import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  ConcurrencyLimit,
  TaskPause,
  ThrottleLimit,
  type Waiting,
  type WaitingQueue,
} from "../../../src/engine/limits/limit.ts";
import { elapsed } from "../../../src/core/elapsed.ts";
import { FakeHost } from "./fake_host.ts";

/** A queue that notes which of its lines continue. */
class FakeQueue implements WaitingQueue {
  readonly continued: Waiting[] = [];
  /** Whether a line that continues may start. */
  mayStart = true;

  line(): Waiting {
    return { heapIndex: -1, queue: this };
  }

  precedes(): boolean {
    return false;
  }

  reconsider(line: Waiting): boolean {
    this.continued.push(line);
    return this.mayStart;
  }
}

Deno.test("Limit wakes one line of each queue, and the next one only if that may not start", () => {
  const limit = new ConcurrencyLimit(new FakeHost(), 1, { limit: 1 }, undefined, () => {});
  limit.admit();
  const [a, b] = [new FakeQueue(), new FakeQueue()];
  const lines = [a.line(), a.line(), b.line()];
  for (const line of lines) limit.wait(line, 0);
  limit.leave(0);
  assertEquals([a.continued, b.continued], [[lines[0]], [lines[2]]]);
  a.mayStart = false;
  a.continued.length = 0;
  limit.wait(lines[0]!, 0);
  limit.wake(0);
  assertEquals(a.continued.length, 2);
});

Deno.test("ThrottleLimit has one timer while something waits for it", () => {
  using time = new FakeTime();
  const host = new FakeHost();
  const now = () => host.time = elapsed();
  const limit = new ThrottleLimit(host, 1, { limit: 1, period: 100, burst: 1 }, "k");
  const queue = new FakeQueue();
  limit.admit(now());
  limit.started(now());
  const lines = [queue.line(), queue.line()];
  for (const line of lines) limit.wait(line, now());
  assertEquals(host.alarms.size, 1);
  host.time += 100;
  time.tick(100);
  assertEquals([queue.continued, host.openings], [[lines[0]], 1]);
  limit.forget(lines[1]!);
  assertEquals(host.alarms.size, 0);
});

Deno.test("ThrottleLimit that is paused opens when the pause ends, and not before its window does", () => {
  const limit = new ThrottleLimit(new FakeHost(), 1, { limit: 1, period: 100, burst: 1 }, undefined);
  limit.extend(40);
  limit.extend(20);
  assertEquals([limit.opensAt(0), limit.isPaused(39), limit.isPaused(40)], [40, true, false]);
  limit.admit(40);
  limit.started(40);
  limit.extend(90);
  assertEquals([limit.opensAt(50), limit.isIdle(100), limit.isIdle(140)], [140, false, true]);
});

Deno.test("TaskPause opens when it ends", () => {
  const pause = new TaskPause(new FakeHost(), 1);
  assert(pause.isOpen(0));
  pause.extend(50);
  assertEquals([pause.isOpen(49), pause.isOpen(50), pause.isIdle(49), pause.isIdle(50)], [false, true, false, true]);
});

Deno.test("ConcurrencyLimit lets parked bodies ask again before it wakes lines, those that still want to", () => {
  const limit = new ConcurrencyLimit(new FakeHost(), 1, { limit: 1 }, undefined, () => {});
  const order: string[] = [];
  const park = (name: string, wanted = true) => limit.park({ wanted, unpark: () => order.push(name) });
  limit.admit();
  park("a", false);
  park("b");
  park("c");
  limit.leave(0);
  assertEquals(order, ["b"]);
  limit.passOn(); // "b" does not want to any more
  assertEquals(order, ["b", "c"]);
});

Deno.test("ConcurrencyLimit can be dropped once nothing is at work and nothing waits", () => {
  let dropped = 0;
  const limit = new ConcurrencyLimit(new FakeHost(), 1, { limit: 2 }, "k", () => void dropped++);
  limit.retain();
  limit.admit();
  limit.release();
  assertEquals(dropped, 0);
  limit.leave(0);
  assertEquals(dropped, 1);
});
