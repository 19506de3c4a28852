import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Heap, type HeapEntry } from "../../src/core/heap.ts";

class Entry implements HeapEntry {
  heapIndex = -1;
  constructor(readonly rank: number) {}
}

const makeHeap = () => new Heap<Entry>((a, b) => a.rank < b.rank);

/** A number pushes that rank; "pop" takes the first; `{ at }` removes the entry at that place of all ever pushed. */
type Step = number | "pop" | { at: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 20 }) },
    { weight: 1, arbitrary: fc.constant("pop" as const) },
    { weight: 2, arbitrary: fc.record({ at: fc.nat(1_000) }) },
  ),
  { maxLength: 200, size: "max" },
);

Deno.test("Heap agrees with a sorted array whatever is pushed, popped and removed", () => {
  fc.assert(fc.property(steps, (all) => {
    const heap = makeHeap();
    const pushed: Entry[] = [];
    let model: Entry[] = [];
    for (const step of all) {
      if (typeof step === "number") {
        const entry = new Entry(step);
        pushed.push(entry);
        model.push(entry);
        heap.push(entry);
      } else if (step === "pop") {
        const popped = heap.pop();
        assertEquals(popped?.rank, model.toSorted((a, b) => a.rank - b.rank)[0]?.rank);
        model = model.filter((entry) => entry !== popped);
      } else if (pushed.length > 0) {
        const entry = pushed[step.at % pushed.length]!;
        heap.remove(entry);
        model = model.filter((each) => each !== entry);
      }
      assertEquals(heap.size, model.length);
      assertEquals(heap.peek()?.rank, model.length === 0 ? undefined : Math.min(...model.map(({ rank }) => rank)));
      for (const entry of pushed) assertEquals(entry.heapIndex >= 0, model.includes(entry));
    }
    const drained: number[] = [];
    for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) drained.push(entry.rank);
    assertEquals(drained, model.map(({ rank }) => rank).toSorted((a, b) => a - b));
  }));
});

Deno.test("Heap.pop() and Heap.peek() of an empty heap are undefined", () => {
  const heap = makeHeap();
  assertEquals([heap.pop(), heap.peek(), heap.size], [undefined, undefined, 0]);
});

Deno.test("Heap.remove() leaves an entry alone that is not in the heap", () => {
  const heap = makeHeap();
  const inside = new Entry(1);
  heap.push(inside);
  heap.remove(new Entry(2));
  assertEquals(heap.size, 1);
  assertStrictEquals(heap.peek(), inside);
});

Deno.test("Heap takes an entry again after it was removed", () => {
  const heap = makeHeap();
  const entry = new Entry(1);
  heap.push(entry);
  heap.remove(entry);
  assertEquals(entry.heapIndex, -1);
  heap.push(entry);
  assertStrictEquals(heap.pop(), entry);
});
