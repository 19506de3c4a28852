import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { Pool } from "../../../mod.ts";
import { CANCELLED, PENDING, RUNNING } from "../../../src/core/status.ts";
import { PoolQueue, type Resumer } from "../../../src/engine/queue/pool_queue.ts";
import type { Handle } from "../../../src/engine/handle.ts";
import { fakeHandle } from "../fake_handle.ts";

function makeQueue(maxWorkers: number, reservedSlots = 0, ...sources: string[]): PoolQueue {
  const pool: Pool = { maxWorkers, execute() {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  return new PoolQueue("test", pool, { reserveFor: new Set(sources), reservedSlots, strict: false });
}

/** Pushes that many handles of a source. */
function push(queue: PoolQueue, count: number, source = "manual", priority = 0): Handle[] {
  const handles = Array.from({ length: count }, () => fakeHandle(seq++, { source, priority }));
  for (const handle of handles) queue.push(handle);
  return handles;
}
let seq = 0;

/** Takes all that there are slots for. */
function takeAll(queue: PoolQueue): Handle[] {
  const all: Handle[] = [];
  for (let handle = queue.take(); handle !== undefined; handle = queue.take()) {
    handle.code = RUNNING;
    all.push(handle);
  }
  return all;
}

class FakeResumer implements Resumer {
  wanted = true;
  proceeded = 0;
  constructor(readonly handle: Handle) {}
  proceed(): void {
    this.proceeded++;
    this.wanted = false;
  }
}

Deno.test("Lane.take() takes as many as there are slots, and one more for each that is released", () => {
  const queue = makeQueue(2);
  const handles = push(queue, 4);
  assertEquals(takeAll(queue), handles.slice(0, 2));
  assertEquals([queue.busy, queue.queued], [2, 2]);
  queue.release(handles[1]!);
  assertEquals(takeAll(queue), [handles[2]]);
  assertEquals([queue.busy, queue.queued], [2, 1]);
});

Deno.test("Lane.take() of an empty queue takes no slot", () => {
  const queue = makeQueue(1);
  assertEquals([queue.take(), queue.busy], [undefined, 0]);
});

Deno.test("PoolQueue takes any number at a time with slots without end", () => {
  const queue = makeQueue(Infinity);
  push(queue, 1_000);
  assertEquals(takeAll(queue).length, 1_000);
});

Deno.test("PoolQueue leaves the reserved slots free for the sources that they are kept for", () => {
  const queue = makeQueue(3, 1, "api");
  const manual = push(queue, 5);
  assertEquals(takeAll(queue), manual.slice(0, 2));
  const api = push(queue, 2, "api");
  assertEquals(takeAll(queue), [api[0]]);
});

Deno.test("PoolQueue lets the sources that slots are kept for use every slot", () => {
  const queue = makeQueue(3, 1, "api", "cron");
  push(queue, 2, "api");
  push(queue, 2, "cron");
  assertEquals(takeAll(queue).length, 3);
  push(queue, 1);
  assertEquals(queue.take(), undefined);
});

Deno.test("PoolQueue counts the reserved slots for others alone, whatever has taken slots", () => {
  const queue = makeQueue(3, 1, "api");
  const [api] = push(queue, 1, "api");
  takeAll(queue);
  const manual = push(queue, 3);
  assertEquals(takeAll(queue), manual.slice(0, 2));
  queue.release(api!);
  assertEquals(queue.take(), undefined);
  queue.release(manual[0]!);
  assertStrictEquals(queue.take(), manual[2]);
});

Deno.test("PoolQueue takes in turn across sources as long as others have slots", () => {
  const queue = makeQueue(10, 1, "api");
  const [first] = push(queue, 1);
  const [second] = push(queue, 1, "api");
  const [urgent] = push(queue, 1, "manual", 5);
  assertEquals(takeAll(queue), [urgent, first, second]);
});

Deno.test("PoolQueue lets the privileged pass by others that have no slot, even of higher priority", () => {
  const queue = makeQueue(2, 1, "api");
  push(queue, 1);
  takeAll(queue);
  push(queue, 1, "manual", 9);
  const [api] = push(queue, 1, "api");
  assertStrictEquals(queue.take(), api);
  assertEquals(queue.take(), undefined);
});

Deno.test("Lane.remove() releases what is no longer ready", () => {
  const queue = makeQueue(5, 1, "api");
  const [a, b] = push(queue, 2);
  const [c] = push(queue, 1, "api");
  for (const handle of [a!, c!]) {
    handle.code = handle === a ? PENDING : CANCELLED;
    queue.remove(handle);
  }
  assertEquals([queue.queued, takeAll(queue)], [1, [b]]);
});

Deno.test("Lane.resume() lets a task continue at once if there is a slot", () => {
  const queue = makeQueue(1);
  const returner = new FakeResumer(fakeHandle(1, { code: RUNNING }));
  queue.resume(returner);
  assertEquals([returner.proceeded, queue.busy], [1, 1]);
});

Deno.test("Lane.serveResumers() lets those continue in order who wait for a slot, one for each slot", () => {
  const queue = makeQueue(1);
  const [busy] = push(queue, 1);
  takeAll(queue);
  const returners = [1, 2].map((seq) => new FakeResumer(fakeHandle(seq, { code: RUNNING })));
  for (const returner of returners) queue.resume(returner);
  queue.serveResumers();
  const proceeded = () => returners.map((returner) => returner.proceeded);
  assertEquals(proceeded(), [0, 0]);
  queue.release(busy!);
  queue.serveResumers();
  assertEquals([proceeded(), queue.busy], [[1, 0], 1]);
  queue.release(returners[0]!.handle);
  queue.serveResumers();
  assertEquals(proceeded(), [1, 1]);
});

Deno.test("Lane.serveResumers() gives those their slots first who have begun", () => {
  const queue = makeQueue(1);
  const [busy, queued] = push(queue, 2, "manual", 100);
  queue.take();
  const returner = new FakeResumer(fakeHandle(1_000, { code: RUNNING, priority: -1 }));
  queue.resume(returner);
  queue.release(busy!);
  queue.serveResumers();
  assertEquals([returner.proceeded, queue.take()], [1, undefined]);
  queue.release(returner.handle);
  assertStrictEquals(queue.take(), queued);
});

Deno.test("Lane.serveResumers() passes over who no longer wants a slot", () => {
  const queue = makeQueue(1);
  const [busy] = push(queue, 1);
  takeAll(queue);
  const [gone, next] = [1, 2].map((seq) => new FakeResumer(fakeHandle(seq, { code: RUNNING })));
  for (const returner of [gone!, next!]) queue.resume(returner);
  gone!.wanted = false;
  queue.release(busy!);
  queue.serveResumers();
  assertEquals([gone!.proceeded, next!.proceeded, queue.busy], [0, 1, 1]);
});

Deno.test("PoolQueue keeps reserved slots from those who return as well", () => {
  const queue = makeQueue(2, 1, "api");
  push(queue, 1);
  takeAll(queue);
  const other = new FakeResumer(fakeHandle(1, { code: RUNNING }));
  const api = new FakeResumer(fakeHandle(2, { code: RUNNING, source: "api" }));
  queue.resume(other);
  queue.resume(api);
  assertEquals([other.proceeded, api.proceeded], [0, 1]);
});

Deno.test("PoolQueue never gives out more slots than it has, nor reserved ones to others", () => {
  const step = fc.record({
    do: fc.constantFrom("push" as const, "take" as const, "release" as const, "return" as const),
    isApi: fc.boolean(),
    at: fc.nat(),
  });
  const sizes = fc.integer({ min: 1, max: 5 }).chain((workers) => fc.tuple(fc.constant(workers), fc.nat(workers - 1)));
  fc.assert(fc.property(sizes, fc.array(step, { maxLength: 150, size: "max" }), ([workers, reserved], steps) => {
    const queue = makeQueue(workers, reserved, "api");
    const holders: Handle[] = [];
    const returning: FakeResumer[] = [];
    for (const { do: what, isApi, at } of steps) {
      const source = isApi ? "api" : "manual";
      if (what === "push") push(queue, 1, source);
      if (what === "take") holders.push(...takeAll(queue));
      if (what === "release" && holders.length > 0) queue.release(holders.splice(at % holders.length, 1)[0]!);
      if (what === "return") {
        const returner = new FakeResumer(fakeHandle(seq++, { code: RUNNING, source }));
        returning.push(returner);
        queue.resume(returner);
      }
      queue.serveResumers();
      for (const each of returning.filter(({ proceeded }) => proceeded > 0)) {
        holders.push(returning.splice(returning.indexOf(each), 1)[0]!.handle);
      }
      const others = holders.filter((handle) => handle.source !== "api").length;
      assertEquals(queue.busy, holders.length);
      assert(holders.length <= workers && others <= workers - reserved, `${holders.length} taken, ${others} by others`);
      const wantsApi = returning.some(({ handle }) => handle.source === "api");
      assert(!wantsApi || holders.length === workers, "a slot is free, and one who may have it waits");
    }
  }));
});
