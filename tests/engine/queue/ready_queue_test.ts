import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { TaskRunner } from "../../../mod.ts";
import { CANCELLED, PENDING, READY, RETRYING, RUNNING } from "../../../src/core/status.ts";
import { ReadyQueue } from "../../../src/engine/queue/ready_queue.ts";
import type { Handle } from "../../../src/engine/handle.ts";
import { fakeHandle } from "../fake_handle.ts";

const priorityOf = (handle: Handle) => handle.spec.options.priority;
const inTurn = (a: Handle, b: Handle) => priorityOf(b) - priorityOf(a) || a.seq - b.seq;

function drain(queue: ReadyQueue): Handle[] {
  const all: Handle[] = [];
  for (let handle = queue.take(); handle !== undefined; handle = queue.take()) {
    handle.code = RUNNING;
    all.push(handle);
  }
  return all;
}

type Step =
  | { readonly do: "submit"; readonly priorities: readonly number[] }
  | { readonly do: "take"; readonly count: number }
  | { readonly do: "wait" | "cancel" | "retry" | "ready"; readonly at: number; readonly count: number };

const count = fc.nat(40);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("submit" as const),
      priorities: fc.oneof(
        fc.array(fc.constantFrom(-1, 0, 0, 0, 2), { minLength: 1, maxLength: 20 }),
        fc.nat(100).map((length) => Array<number>(length).fill(0)),
      ),
    }),
    fc.record({ do: fc.constant("take" as const), count }),
    fc.record({ do: fc.constantFrom("wait" as const, "cancel" as const, "retry" as const), at: fc.nat(), count }),
    fc.record({ do: fc.constant("ready" as const), at: fc.nat(), count }),
  ),
  { maxLength: 40, size: "max" },
);

/** Up to `count` of those with a status, from a place in the order on. */
function some(all: readonly Handle[], code: number, { at, count }: { at: number; count: number }): Handle[] {
  const those = all.filter((handle) => handle.code === code);
  return those.slice(those.length === 0 ? 0 : at % those.length).slice(0, count);
}

Deno.test("ReadyQueue takes by priority, then in the order of submission, whatever comes and goes", () => {
  fc.assert(fc.property(steps, (all) => {
    const queue = new ReadyQueue();
    const handles: Handle[] = [];
    const ready = () => handles.filter(({ code }) => code === READY).sort(inTurn);
    for (const step of all) {
      switch (step.do) {
        case "submit":
          for (const priority of step.priorities) {
            const handle = fakeHandle(handles.length, { priority });
            handles.push(handle);
            queue.push(handle);
          }
          break;
        case "take":
          for (let taken = 0; taken < step.count; taken++) {
            const [expected] = ready();
            assertStrictEquals(queue.peek(), expected);
            const handle = queue.take();
            assertStrictEquals(handle, expected);
            if (handle !== undefined) handle.code = RUNNING;
          }
          break;
        case "wait":
        case "cancel":
          for (const handle of some(handles, READY, step)) {
            handle.code = step.do === "wait" ? PENDING : CANCELLED;
            queue.forget(handle);
          }
          break;
        case "retry":
          for (const handle of some(handles, RUNNING, step)) handle.code = RETRYING;
          break;
        case "ready":
          for (const handle of [...some(handles, PENDING, step), ...some(handles, RETRYING, step)]) {
            handle.code = READY;
            queue.push(handle);
          }
      }
      assertEquals(queue.size, ready().length);
    }
    const expected = ready();
    assertEquals(drain(queue).map(({ seq }) => seq), expected.map(({ seq }) => seq));
    assertEquals(queue.size, 0);
  }));
});

Deno.test("ReadyQueue puts a retried task before those submitted after it", () => {
  const queue = new ReadyQueue();
  for (const seq of [2, 3, 1]) queue.push(fakeHandle(seq));
  assertEquals(drain(queue).map(({ seq }) => seq), [1, 2, 3]);
});

Deno.test("ReadyQueue takes negative, fractional and huge priorities in order", () => {
  const queue = new ReadyQueue();
  [0, -1, 0.5, Number.MAX_VALUE, -Number.MAX_VALUE].forEach((priority, seq) =>
    queue.push(fakeHandle(seq, { priority }))
  );
  assertEquals(drain(queue).map(priorityOf), [Number.MAX_VALUE, 0.5, 0, -1, -Number.MAX_VALUE]);
});

Deno.test("ReadyQueue counts rightly after many of a long line were released", () => {
  const queue = new ReadyQueue();
  const handles = Array.from({ length: 100 }, (_, seq) => fakeHandle(seq));
  for (const handle of handles) queue.push(handle);
  const forget = (handle: Handle) => {
    handle.code = PENDING;
    queue.forget(handle);
  };
  const [again, ...rest] = handles;
  forget(again!);
  again!.code = READY;
  queue.push(again!);
  rest.slice(0, 90).forEach(forget);
  assertEquals(queue.size, 10);
  assertEquals(drain(queue).map(({ seq }) => seq), [0, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  assertEquals(queue.size, 0);
});

Deno.test("ReadyQueue is empty at first", () => {
  const queue = new ReadyQueue();
  assertEquals([queue.size, queue.peek(), queue.take()], [0, undefined, undefined]);
});

Deno.test("ReadyQueue.peek() takes nothing", () => {
  const queue = new ReadyQueue();
  const handle = fakeHandle(1);
  queue.push(handle);
  assertStrictEquals(queue.peek(), handle);
  assertStrictEquals(queue.peek(), handle);
  assertEquals(queue.size, 1);
});

Deno.test("ReadyQueue.precedes() compares whose turn it is in two queues", () => {
  const [high, low, empty] = [new ReadyQueue(), new ReadyQueue(), new ReadyQueue()];
  high.push(fakeHandle(5, { priority: 1 }));
  low.push(fakeHandle(1));
  assertEquals([high.precedes(low), low.precedes(high)], [true, false]);
  assertEquals([low.precedes(empty), empty.precedes(low), empty.precedes(empty)], [true, false, false]);
  const later = new ReadyQueue();
  later.push(fakeHandle(2));
  assertEquals([low.precedes(later), later.precedes(low)], [true, false]);
});

Deno.test("ReadyQueue counts rightly when a listener cancels what has just become ready", async () => {
  await using runner = new TaskRunner();
  runner.addEventListener("ready", ({ handle }) => void handle.cancel());
  await runner.submit(() => {}).exception();
  assertEquals(runner.statistics().pools["async"]?.queued, 0);
});

Deno.test("ReadyQueue counts rightly when a listener lets what has just become ready wait for more", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const gate = runner.submit(() => promise);
  runner.addEventListener("ready", ({ handle }) => void handle.after(gate), { once: true });
  const late = runner.submit(() => "done");
  assertEquals(late.status, "pending");
  assertEquals(runner.statistics().pools["async"]?.queued, 1);
  resolve();
  assertEquals(await late, "done");
  assertEquals(runner.statistics().pools["async"]?.queued, 0);
});
