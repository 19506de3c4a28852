import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import { task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { Timers } from "../../src/core/timers.ts";
import { Handle } from "../../src/engine/handle.ts";
import { LimitedQueue } from "../../src/engine/limits/limited_queue.ts";
import { Limits } from "../../src/engine/limits/limits.ts";
import { ThrottleWindow } from "../../src/engine/limits/throttle_window.ts";
import { ticketOf } from "../../src/engine/limits/ticket.ts";
import { SPEC, type TaskSpec } from "../../src/tasks/spec.ts";
import { fakeHandle } from "../engine/fake_handle.ts";
import { turn } from "../support.ts";
import { assertAtRest } from "./support.ts";
import { mostWithin, onVirtualTime, untilSettled } from "./virtual_time.ts";

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
    await time.tickAsync(2_000);
    assertEquals([takeAll(), queue.size, alarms.size], [1_000, 0, 0]);
    await time.tickAsync(6_000);
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

const programs = fc.record({
  limit: fc.integer({ min: 1, max: 5 }),
  period: fc.integer({ min: 10, max: 1_000 }),
  burst: fc.nat(4),
  maxWorkers: fc.integer({ min: 1, max: 4 }),
  tasks: fc.array(
    fc.record({ key: fc.constantFrom("a", "b", "c"), workMs: fc.nat(200), fails: fc.boolean(), at: fc.nat(500) }),
    { minLength: 1, maxLength: 15 },
  ),
});

Deno.test("never more attempts start within any period than the limit of their key, and nothing waits that could run", () =>
  fc.assert(
    fc.asyncProperty(programs, ({ limit, period, burst, maxWorkers, tasks }) =>
      onVirtualTime(async (time) => {
        await using runner = new TaskRunner({ maxWorkers, onTaskError: "continue" });
        const starts: { readonly key: string; readonly at: number }[] = [];
        let atWork = 0;
        const throttle = {
          limit,
          period,
          burst: Math.min(burst + 1, limit),
          key: ({ key }: { readonly key: string }) => key,
        };
        const call = task(
          { name: "call", throttle, retries: 1, backoff: "none" },
          async ({ key, workMs, fails }: (typeof tasks)[number]) => {
            starts.push({ key, at: time.now });
            atWork++;
            if (workMs > 0) await new Promise((resolve) => setTimeout(resolve, workMs));
            atWork--;
            if (fails) throw new Error("as planned");
          },
        );
        const served = runner.serve();
        const handles = tasks.map((each) => ({ each, handle: undefined as TaskHandle<void> | undefined }));
        for (const entry of handles) {
          setTimeout(() => entry.handle = runner.submit(call, entry.each), entry.each.at);
        }
        while (handles.some(({ handle }) => handle?.done !== true)) {
          for (let turns = 0; turns < 3; turns++) await turn();
          // Nothing waits while there is a slot, and its key has had no start that would forbid it.
          for (const { handle, each: { key } } of handles) {
            if (handle?.status !== "ready" || atWork >= maxWorkers) continue;
            const window = new ThrottleWindow({ limit, period, burst: throttle.burst });
            for (const { at } of starts.filter((each) => each.key === key)) {
              window.admit(at, false);
              window.started(at);
            }
            assert(!window.isOpen(time.now), `${key} waits at ${time.now}`);
          }
          await time.nextAsync();
        }
        for (const key of ["a", "b", "c"]) {
          const times = starts.filter((each) => each.key === key).map(({ at }) => at);
          assert(mostWithin(times, period) <= limit, `${key}: ${times}`);
        }
        await untilSettled(time, runner.stop());
        await served;
        assertAtRest(runner);
      })),
    { numRuns: 60 },
  ));
