import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { Pool } from "../../mod.ts";
import { CANCELLED, PENDING, RUNNING } from "../../src/core/status.ts";
import { Lane, type Returner } from "../../src/pools/lane.ts";
import type { Handle } from "../../src/tasks/handle.ts";
import { fakeHandle } from "./fake_handle.ts";

function makeLane(maxWorkers: number, reservedSlots = 0, ...sources: string[]): Lane {
  const pool: Pool = { maxWorkers, execute() {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  return new Lane("test", pool, { reserveFor: new Set(sources), reservedSlots });
}

/** Pushes that many handles of a source. */
function push(lane: Lane, count: number, source = "manual", priority = 0): Handle[] {
  const handles = Array.from({ length: count }, () => fakeHandle(seq++, { source, priority }));
  for (const handle of handles) lane.push(handle);
  return handles;
}
let seq = 0;

/** Takes all that there are slots for. */
function takeAll(lane: Lane): Handle[] {
  const all: Handle[] = [];
  for (let handle = lane.take(); handle !== undefined; handle = lane.take()) {
    handle.code = RUNNING;
    all.push(handle);
  }
  return all;
}

class FakeReturner implements Returner {
  wanted = true;
  proceeded = 0;
  constructor(readonly handle: Handle) {}
  proceed(): void {
    this.proceeded++;
    this.wanted = false;
  }
}

Deno.test("Lane.take() takes as many as there are slots, and one more for each that is released", () => {
  const lane = makeLane(2);
  const handles = push(lane, 4);
  assertEquals(takeAll(lane), handles.slice(0, 2));
  assertEquals([lane.busy, lane.queued], [2, 2]);
  lane.release(handles[1]!);
  assertEquals(takeAll(lane), [handles[2]]);
  assertEquals([lane.busy, lane.queued], [2, 1]);
});

Deno.test("Lane.take() of an empty lane takes no slot", () => {
  const lane = makeLane(1);
  assertEquals([lane.take(), lane.busy], [undefined, 0]);
});

Deno.test("Lane takes any number at a time with slots without end", () => {
  const lane = makeLane(Infinity);
  push(lane, 1_000);
  assertEquals(takeAll(lane).length, 1_000);
});

Deno.test("Lane leaves the reserved slots free for the sources that they are kept for", () => {
  const lane = makeLane(3, 1, "api");
  const manual = push(lane, 5);
  assertEquals(takeAll(lane), manual.slice(0, 2));
  const api = push(lane, 2, "api");
  assertEquals(takeAll(lane), [api[0]]);
});

Deno.test("Lane lets the sources that slots are kept for use every slot", () => {
  const lane = makeLane(3, 1, "api", "cron");
  push(lane, 2, "api");
  push(lane, 2, "cron");
  assertEquals(takeAll(lane).length, 3);
  push(lane, 1);
  assertEquals(lane.take(), undefined);
});

Deno.test("Lane counts the reserved slots for others alone, whoever has taken slots", () => {
  const lane = makeLane(3, 1, "api");
  const [api] = push(lane, 1, "api");
  takeAll(lane);
  const manual = push(lane, 3);
  assertEquals(takeAll(lane), manual.slice(0, 2));
  lane.release(api!);
  assertEquals(lane.take(), undefined);
  lane.release(manual[0]!);
  assertStrictEquals(lane.take(), manual[2]);
});

Deno.test("Lane takes in turn across sources as long as others have slots", () => {
  const lane = makeLane(10, 1, "api");
  const [first] = push(lane, 1);
  const [second] = push(lane, 1, "api");
  const [urgent] = push(lane, 1, "manual", 5);
  assertEquals(takeAll(lane), [urgent, first, second]);
});

Deno.test("Lane lets the privileged pass by others that have no slot, even of higher priority", () => {
  const lane = makeLane(2, 1, "api");
  push(lane, 1);
  takeAll(lane);
  push(lane, 1, "manual", 9);
  const [api] = push(lane, 1, "api");
  assertStrictEquals(lane.take(), api);
  assertEquals(lane.take(), undefined);
});

Deno.test("Lane.forget() lets go of what is no longer ready", () => {
  const lane = makeLane(5, 1, "api");
  const [a, b] = push(lane, 2);
  const [c] = push(lane, 1, "api");
  for (const handle of [a!, c!]) {
    handle.code = handle === a ? PENDING : CANCELLED;
    lane.forget(handle);
  }
  assertEquals([lane.queued, takeAll(lane)], [1, [b]]);
});

Deno.test("Lane.readmit() lets a task go on at once if there is a slot", () => {
  const lane = makeLane(1);
  const returner = new FakeReturner(fakeHandle(1, { code: RUNNING }));
  lane.readmit(returner);
  assertEquals([returner.proceeded, lane.busy], [1, 1]);
});

Deno.test("Lane.grant() lets those go on in order who wait for a slot, one for each slot", () => {
  const lane = makeLane(1);
  const [busy] = push(lane, 1);
  takeAll(lane);
  const returners = [1, 2].map((seq) => new FakeReturner(fakeHandle(seq, { code: RUNNING })));
  for (const returner of returners) lane.readmit(returner);
  lane.grant();
  const proceeded = () => returners.map((returner) => returner.proceeded);
  assertEquals(proceeded(), [0, 0]);
  lane.release(busy!);
  lane.grant();
  assertEquals([proceeded(), lane.busy], [[1, 0], 1]);
  lane.release(returners[0]!.handle);
  lane.grant();
  assertEquals(proceeded(), [1, 1]);
});

Deno.test("Lane.grant() gives those their slots first who have begun", () => {
  const lane = makeLane(1);
  const [busy, queued] = push(lane, 2, "manual", 100);
  lane.take();
  const returner = new FakeReturner(fakeHandle(1_000, { code: RUNNING, priority: -1 }));
  lane.readmit(returner);
  lane.release(busy!);
  lane.grant();
  assertEquals([returner.proceeded, lane.take()], [1, undefined]);
  lane.release(returner.handle);
  assertStrictEquals(lane.take(), queued);
});

Deno.test("Lane.grant() passes over who no longer wants a slot", () => {
  const lane = makeLane(1);
  const [busy] = push(lane, 1);
  takeAll(lane);
  const [gone, next] = [1, 2].map((seq) => new FakeReturner(fakeHandle(seq, { code: RUNNING })));
  for (const returner of [gone!, next!]) lane.readmit(returner);
  gone!.wanted = false;
  lane.release(busy!);
  lane.grant();
  assertEquals([gone!.proceeded, next!.proceeded, lane.busy], [0, 1, 1]);
});

Deno.test("Lane keeps reserved slots from those who return as well", () => {
  const lane = makeLane(2, 1, "api");
  push(lane, 1);
  takeAll(lane);
  const other = new FakeReturner(fakeHandle(1, { code: RUNNING }));
  const api = new FakeReturner(fakeHandle(2, { code: RUNNING, source: "api" }));
  lane.readmit(other);
  lane.readmit(api);
  assertEquals([other.proceeded, api.proceeded], [0, 1]);
});

Deno.test("Lane never gives out more slots than it has, nor reserved ones to others", () => {
  const step = fc.record({
    do: fc.constantFrom("push" as const, "take" as const, "release" as const, "return" as const),
    isApi: fc.boolean(),
    at: fc.nat(),
  });
  const sizes = fc.integer({ min: 1, max: 5 }).chain((workers) => fc.tuple(fc.constant(workers), fc.nat(workers - 1)));
  fc.assert(fc.property(sizes, fc.array(step, { maxLength: 150, size: "max" }), ([workers, reserved], steps) => {
    const lane = makeLane(workers, reserved, "api");
    const holders: Handle[] = [];
    const returning: FakeReturner[] = [];
    for (const { do: what, isApi, at } of steps) {
      const source = isApi ? "api" : "manual";
      if (what === "push") push(lane, 1, source);
      if (what === "take") holders.push(...takeAll(lane));
      if (what === "release" && holders.length > 0) lane.release(holders.splice(at % holders.length, 1)[0]!);
      if (what === "return") {
        const returner = new FakeReturner(fakeHandle(seq++, { code: RUNNING, source }));
        returning.push(returner);
        lane.readmit(returner);
      }
      lane.grant();
      for (const each of returning.filter(({ proceeded }) => proceeded > 0)) {
        holders.push(returning.splice(returning.indexOf(each), 1)[0]!.handle);
      }
      const others = holders.filter((handle) => handle.source !== "api").length;
      assertEquals(lane.busy, holders.length);
      assert(holders.length <= workers && others <= workers - reserved, `${holders.length} taken, ${others} by others`);
      const wantsApi = returning.some(({ handle }) => handle.source === "api");
      assert(!wantsApi || holders.length === workers, "a slot is free, and one who may have it waits");
    }
  }));
});
