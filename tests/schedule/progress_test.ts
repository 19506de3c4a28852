import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Progress, type Stretch } from "../../src/schedule/progress.ts";

Deno.test("Progress.begin() gives stretches that follow each other", () => {
  const progress = new Progress(100);
  assertEquals([progress.begin(110), progress.begin(120), progress.begin(115)], [[100, 110], [110, 120], [120, 120]]);
  assertEquals([progress.begun, progress.done], [120, 100]);
});

Deno.test("Progress.end() moves on when the first stretch is over, and then over all that are", () => {
  const progress = new Progress(0);
  const [a, b, c, d] = [10, 20, 30, 40].map((until) => progress.begin(until)) as [Stretch, Stretch, Stretch, Stretch];
  progress.end(c);
  assertEquals([progress.done, progress.further], [0, [[20, 30]]]);
  progress.end(b);
  assertEquals([progress.done, progress.further], [0, [[10, 30]]]);
  progress.end(a);
  assertEquals([progress.done, progress.further], [30, []]);
  progress.end(d);
  assertEquals([progress.done, progress.further], [40, []]);
  progress.end(a);
  assertEquals(progress.done, 40);
});

Deno.test("Progress.doneFrom() tells what is over, from what was put on record, too", () => {
  const progress = new Progress(10, [[20, 30], [40, 50]]);
  assertEquals([5, 10, 11, 20, 21, 30, 31, 50, 51].map((time) => progress.doneFrom(time)), [
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

Deno.test("Progress.goBack() begins again what is not over", () => {
  const progress = new Progress(0);
  const [, b] = [progress.begin(10), progress.begin(20), progress.begin(30)];
  progress.end(b!);
  progress.goBack(-5);
  assertEquals([progress.begun, progress.doneFrom(15)], [0, 20]);
  assertEquals(progress.begin(10), [0, 10]);
});

Deno.test("Progress keeps what a list of all stretches says, in whatever order they end", () => {
  const cases = fc.tuple(
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 30 }),
    fc.infiniteStream(fc.nat()),
    fc.nat(30),
  );
  const property = fc.property(cases, ([lengths, order, ends]) => {
    const progress = new Progress(0);
    let until = 0;
    const stretches = lengths.map((length) => progress.begin(until += length));
    const over = new Set<number>();
    const left = [...stretches];
    for (let count = 0; count < ends && left.length > 0; count++) {
      const [stretch] = left.splice(order.next().value! % left.length, 1) as [Stretch];
      progress.end(stretch);
      for (let time = stretch[0] + 1; time <= stretch[1]; time++) over.add(time);
    }
    for (let time = 1; time <= until; time++) {
      assertEquals(progress.doneFrom(time) !== undefined, over.has(time), `${time}`);
      const end = progress.doneFrom(time);
      assert(end === undefined || !over.has(end + 1));
    }
    const copy = new Progress(progress.done, progress.further);
    assertEquals([copy.done, copy.further], [progress.done, progress.further]);
    for (const stretch of left) progress.end(stretch);
    assertEquals([progress.done, progress.further], [until, []]);
  });
  fc.assert(property, { numRuns: 500, seed: 1 });
});
