import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { Handle } from "../../../src/engine/handle.ts";
import { LimitedQueue } from "../../../src/engine/limits/limited_queue.ts";
import { TaskLimits } from "../../../src/engine/limits/task_limits.ts";
import { ticketOf } from "../../../src/engine/limits/ticket.ts";
import { FakeHost, limitedHandle, type Rules } from "./fake_host.ts";

const ONE_AT_A_TIME: Rules = { throttle: undefined, concurrency: { limit: 1 } };

/** A queue with handles of these keys. */
function queueOf(keys: string, rules = ONE_AT_A_TIME) {
  const host = new FakeHost();
  let touches = 0;
  const queue = new LimitedQueue(host, () => void touches++);
  const own = new TaskLimits(host);
  const handles = [...keys].map((key, seq) => limitedHandle(own, rules, seq, key));
  for (const handle of handles) queue.push(handle, ticketOf(handle)!);
  const takeAll = () => {
    const taken: Handle[] = [];
    while (queue.peek(host.time) !== undefined) taken.push(queue.take(host.time));
    return taken;
  };
  return { host, queue, own, handles, takeAll, touches: () => touches };
}

Deno.test("LimitedQueue takes from each line in turn, as far as the limits allow", () => {
  const { queue, handles, takeAll, touches } = queueOf("aabac");
  assertEquals(takeAll(), [handles[0], handles[2], handles[4]]);
  assertEquals([queue.size, touches()], [2, 0]);
  ticketOf(handles[2]!)!.leave(0); // nothing waits for that key
  ticketOf(handles[0]!)!.leave(0);
  assertEquals(touches(), 1);
  assertEquals(takeAll(), [handles[1]]);
});

Deno.test("LimitedQueue removes tasks from any place of a line, and lines that are empty", () => {
  const { queue, handles, takeAll } = queueOf("aaab");
  for (const index of [1, 3]) {
    queue.remove(handles[index]!, ticketOf(handles[index]!)!, ticketOf(handles[index]!)!.line!);
  }
  assertEquals([takeAll(), queue.size], [[handles[0]], 1]);
  queue.remove(handles[2]!, ticketOf(handles[2]!)!, ticketOf(handles[2]!)!.line!);
  assertEquals(queue.size, 0);
  ticketOf(handles[0]!)!.leave(0);
  assertEquals(takeAll(), []);
});

Deno.test("LimitedQueue moves a line up when a task of a higher priority joins it, and down when that leaves", () => {
  const { queue, own, host, handles } = queueOf("ab");
  const urgent = limitedHandle(own, ONE_AT_A_TIME, 9, "b", 5);
  queue.push(urgent, ticketOf(urgent)!);
  assertStrictEquals(queue.peek(0), urgent);
  queue.remove(urgent, ticketOf(urgent)!, ticketOf(urgent)!.line!);
  assertStrictEquals(queue.peek(host.time), handles[0]);
});

Deno.test("LimitedQueue wakes the next line of a shared limit, when the one that it woke waits for another limit", () => {
  const host = new FakeHost();
  const queue = new LimitedQueue(host, () => {});
  const own = new TaskLimits(host);
  const rules: Rules = { throttle: { limit: 2, period: 100, burst: 2 }, concurrency: { limit: 1 } };
  // One throttle for all, and a concurrency for each key.
  const handles = [..."aabb"].map((key, seq) => {
    const handle = limitedHandle(own, rules, seq);
    const ticket = ticketOf(handle)!;
    Reflect.defineProperty(ticket, "concurrency", { get: () => own.concurrency(rules.concurrency!, key) });
    return handle;
  });
  for (const handle of handles) queue.push(handle, ticketOf(handle)!);
  const taken = [queue.peek(0) && queue.take(0), queue.peek(0) && queue.take(0), queue.peek(0)];
  assertEquals(taken, [handles[0], handles[2], undefined]);
  for (const each of [0, 2]) ticketOf(handles[each]!)!.started(0);
  host.time = 100;
  ticketOf(handles[2]!)!.leave(100);
  own.throttle(rules.throttle!, undefined).wake(100); // as its timer does
  assertStrictEquals(queue.peek(100), handles[3]);
});

Deno.test("LimitedQueue tells its pool if the limit of a line has opened by the time that its first task leaves", () => {
  const rules: Rules = { throttle: { limit: 1, period: 100, burst: 1 }, concurrency: undefined };
  const { host, queue, handles, touches } = queueOf("aaa", rules);
  assertStrictEquals(queue.peek(0) && queue.take(0), handles[0]);
  ticketOf(handles[0]!)!.started(0);
  host.time = 100; // and the timer of the throttle is late
  queue.remove(handles[1]!, ticketOf(handles[1]!)!, ticketOf(handles[1]!)!.line!);
  assertEquals([touches(), queue.peek(100)], [1, handles[2]]);
});

Deno.test("LimitedQueue wakes the next line of a shared limit, when the one that it woke gets another first task", () => {
  const host = new FakeHost();
  const queue = new LimitedQueue(host, () => {});
  const own = new TaskLimits(host);
  const rules: Rules = { throttle: { limit: 2, period: 100, burst: 2 }, concurrency: { limit: 1 } };
  const handleOf = (seq: number, key: string, priority?: number) => {
    const handle = limitedHandle(own, rules, seq, undefined, priority);
    Reflect.defineProperty(ticketOf(handle)!, "concurrency", { get: () => own.concurrency(rules.concurrency!, key) });
    return handle;
  };
  const throttle = own.throttle(rules.throttle!, undefined);
  for (let start = 0; start < 2; start++) throttle.admit(0);
  for (let start = 0; start < 2; start++) throttle.started(0);
  const [, next, urgent] = [handleOf(0, "a"), handleOf(1, "b"), handleOf(2, "a", 1)].map((handle, index) => {
    if (index < 2) queue.push(handle, ticketOf(handle)!);
    return handle;
  });
  host.time = 100;
  throttle.wake(100); // as its timer does: the first line may start
  own.concurrency(rules.concurrency!, "a").admit(); // a body that has waited for a handle continues
  queue.push(urgent!, ticketOf(urgent!)!);
  assertStrictEquals(queue.peek(100), next);
});

Deno.test("LimitedQueue gives each task once, in the order of its line, whatever is removed", () => {
  const steps = fc.array(fc.oneof(
    fc.record({ push: fc.constantFrom("a", "b", "c") }),
    fc.record({ remove: fc.nat(40) }),
    fc.constant("take" as const),
    fc.record({ leave: fc.nat(40) }),
  ));
  fc.assert(fc.property(steps, fc.integer({ min: 1, max: 2 }), (steps, limit) => {
    const host = new FakeHost();
    const queue = new LimitedQueue(host, () => {});
    const own = new TaskLimits(host);
    const rules: Rules = { throttle: undefined, concurrency: { limit } };
    const waiting: { handle: Handle; key: string }[] = [];
    const atWork: { handle: Handle; key: string }[] = [];
    let seq = 0;
    for (const step of steps) {
      if (step === "take") {
        const handle = queue.peek(0);
        const free = waiting.filter(({ key }) => atWork.filter((each) => each.key === key).length < limit);
        assertEquals(handle === undefined, free.length === 0);
        if (handle === undefined) continue;
        assertStrictEquals(queue.take(0), handle);
        const index = waiting.findIndex((each) => each.handle === handle);
        assertEquals(waiting.findIndex(({ key }) => key === waiting[index]!.key), index);
        atWork.push(...waiting.splice(index, 1));
      } else if ("push" in step) {
        const handle = limitedHandle(own, rules, seq++, step.push);
        queue.push(handle, ticketOf(handle)!);
        waiting.push({ handle, key: step.push });
      } else if ("remove" in step) {
        const [entry] = waiting.splice(step.remove, 1);
        if (entry === undefined) continue;
        const ticket = ticketOf(entry.handle)!;
        queue.remove(entry.handle, ticket, ticket.line!);
      } else {
        const [entry] = atWork.splice(step.leave, 1);
        if (entry !== undefined) ticketOf(entry.handle)!.leave(0);
      }
      assertEquals(queue.size, waiting.length);
    }
  }));
});
