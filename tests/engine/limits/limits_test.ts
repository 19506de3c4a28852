import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { task } from "../../../mod.ts";
import { Timers } from "../../../src/core/timers.ts";
import { Handle } from "../../../src/engine/handle.ts";
import { LimitedQueue } from "../../../src/engine/limits/limited_queue.ts";
import { Limits } from "../../../src/engine/limits/limits.ts";
import { ticketOf } from "../../../src/engine/limits/ticket.ts";
import { SPEC, type TaskSpec } from "../../../src/tasks/spec.ts";
import { fakeHandle } from "../fake_handle.ts";
import { pass } from "../../runner/virtual_time.ts";

Deno.test("a throttle costs nothing for keys that are idle, and has one timer for 100,000 of them", async () => {
  const alarms = new Timers();
  const limits = new Limits(alarms, () => {});
  using time = new FakeTime();
  const queue = new LimitedQueue(limits, () => {});
  const call = task({ name: "call", throttle: { limit: 1, period: "2s", key: String } }, (x: number) => x);
  const handles = Array.from({ length: 101_000 }, (_, seq) => handleOf(call, seq, [seq % 100_000]));
  const timeout = globalThis.setTimeout;
  let timers = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof timeout>) => (timers++, timeout(...args))) as typeof timeout;
  try {
    for (const handle of handles) {
      limits.prepare(handle);
      queue.push(handle, ticketOf(handle)!);
    }
    const takeAll = () => {
      let taken = 0;
      for (; queue.peek(limits.now()) !== undefined; taken++) ticketOf(queue.take(limits.now()))!.started(limits.now());
      return taken;
    };
    assertEquals([takeAll(), queue.size, limits.throttles, alarms.size], [100_000, 1_000, 100_000, 1_000]);
    await pass(time, 2_000);
    assertEquals([takeAll(), queue.size, alarms.size], [1_000, 0, 0]);
    await pass(time, 6_000);
    assertEquals(limits.throttles, 0);
    assert(timers < 20, `${timers} timers`);
  } finally {
    globalThis.setTimeout = timeout;
    limits.dispose();
  }
});

function handleOf(what: { readonly [SPEC]: TaskSpec }, seq: number, args: readonly unknown[]): Handle {
  return new Handle(fakeHandle(0).owner, what[SPEC], seq, args);
}

Deno.test("a task without limits gets a ticket only while an attempt at it has asked for a pause", () => {
  using _ = new FakeTime();
  const limits = new Limits(new Timers(), () => {});
  const plain = task({ name: "plain" }, (x: number) => x);
  const [first, second] = [1, 2].map((seq) => handleOf(plain, seq, [seq]));
  const now = limits.now();
  assertEquals(limits.isHeld(first!, now), false);
  limits.pause(first!, "task", now + 100);
  assertEquals([limits.isHeld(second!, now), limits.isHeld(fakeHandle(3), now)], [true, false]);
  assertEquals(ticketOf(second!)!.renew().map((limit) => limit.opensAt(now)), [now + 100]);
  assertEquals(limits.isHeld(second!, now + 100), false);
});
