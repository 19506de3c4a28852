import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CompletedRanges, type TimeRange } from "../../src/schedule/completed_ranges.ts";

Deno.test("CompletedRanges.start() returns ranges that follow each other", () => {
  const ranges = new CompletedRanges(100);
  assertEquals([ranges.start(110), ranges.start(120), ranges.start(115)], [[100, 110], [110, 120], [120, 120]]);
  assertEquals([ranges.startedUntil, ranges.completedUntil], [120, 100]);
});

Deno.test("CompletedRanges.complete() extends the completed time over the first range, and over all ranges that touch it", () => {
  const ranges = new CompletedRanges(0);
  const [a, b, c, d] = [10, 20, 30, 40].map((until) => ranges.start(until)) as [
    TimeRange,
    TimeRange,
    TimeRange,
    TimeRange,
  ];
  ranges.complete(c);
  assertEquals([ranges.completedUntil, ranges.laterRanges], [0, [[20, 30]]]);
  ranges.complete(b);
  assertEquals([ranges.completedUntil, ranges.laterRanges], [0, [[10, 30]]]);
  ranges.complete(a);
  assertEquals([ranges.completedUntil, ranges.laterRanges], [30, []]);
  ranges.complete(d);
  assertEquals([ranges.completedUntil, ranges.laterRanges], [40, []]);
  ranges.complete(a);
  assertEquals(ranges.completedUntil, 40);
});

Deno.test("CompletedRanges.completeUntil() tells which times are complete, also of ranges that were saved", () => {
  const ranges = new CompletedRanges(10, [[20, 30], [40, 50]]);
  assertEquals([5, 10, 11, 20, 21, 30, 31, 50, 51].map((time) => ranges.completeUntil(time)), [
    10,
    10,
    undefined,
    undefined,
    30,
    30,
    undefined,
    50,
    undefined,
  ]);
});

Deno.test("CompletedRanges.restartAfter() starts again what is not complete", () => {
  const ranges = new CompletedRanges(0);
  const [, b] = [ranges.start(10), ranges.start(20), ranges.start(30)];
  ranges.complete(b!);
  ranges.restartAfter(-5);
  assertEquals([ranges.startedUntil, ranges.completeUntil(15)], [0, 20]);
  assertEquals(ranges.start(10), [0, 10]);
});

Deno.test("CompletedRanges says the same as a list of all ranges, in whatever order they complete", () => {
  const cases = fc.tuple(
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 30 }),
    fc.infiniteStream(fc.nat()),
    fc.nat(30),
  );
  const property = fc.property(cases, ([lengths, order, ends]) => {
    const ranges = new CompletedRanges(0);
    let until = 0;
    const started = lengths.map((length) => ranges.start(until += length));
    const complete = new Set<number>();
    const left = [...started];
    for (let count = 0; count < ends && left.length > 0; count++) {
      const [range] = left.splice(order.next().value! % left.length, 1) as [TimeRange];
      ranges.complete(range);
      for (let time = range[0] + 1; time <= range[1]; time++) complete.add(time);
    }
    for (let time = 1; time <= until; time++) {
      assertEquals(ranges.completeUntil(time) !== undefined, complete.has(time), `${time}`);
      const end = ranges.completeUntil(time);
      assert(end === undefined || !complete.has(end + 1));
    }
    const copy = new CompletedRanges(ranges.completedUntil, ranges.laterRanges);
    assertEquals([copy.completedUntil, copy.laterRanges], [ranges.completedUntil, ranges.laterRanges]);
    for (const range of left) ranges.complete(range);
    assertEquals([ranges.completedUntil, ranges.laterRanges], [until, []]);
  });
  fc.assert(property, { numRuns: 500, seed: 1 });
});
