import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Fifo } from "../../src/core/fifo.ts";

function drain<T>(line: Fifo<T>): T[] {
  const all: T[] = [];
  while (line.size > 0) all.push(line.shift()!);
  return all;
}

Deno.test("Fifo agrees with an array whatever is pushed, shifted and filtered", () => {
  const step = fc.oneof(fc.nat(9), fc.constantFrom("shift" as const, "filter" as const));
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const line = new Fifo<number>();
    let model: number[] = [];
    for (const each of steps) {
      if (each === "shift") assertEquals(line.shift(), model.shift());
      else if (each === "filter") {
        line.filter((entry) => entry % 2 === 0);
        model = model.filter((entry) => entry % 2 === 0);
      } else {
        line.push(each);
        model.push(each);
      }
      assertEquals([line.size, line.first, line.last], [model.length, model[0], model.at(-1)]);
    }
    assertEquals(drain(line), model);
  }));
});

Deno.test("Fifo keeps its order when it closes up after many were taken", () => {
  const line = new Fifo<number>();
  const taken: number[] = [];
  for (let n = 0; n < 10_000; n++) {
    line.push(n);
    if (n % 3 > 0) taken.push(line.shift()!);
  }
  taken.push(...drain(line));
  assertEquals(taken, Array.from({ length: 10_000 }, (_, n) => n));
});

Deno.test("Fifo counts rightly after most of a long line was taken", () => {
  const line = new Fifo<object>();
  for (let n = 0; n < 3_000; n++) line.push({ n });
  for (let n = 0; n < 2_000; n++) line.shift();
  assertEquals([line.size, line.first], [1_000, { n: 2_000 }]);
});

Deno.test("Fifo is empty at first and after the last was taken", () => {
  const line = new Fifo<string>();
  assertEquals([line.size, line.first, line.last, line.shift()], [0, undefined, undefined, undefined]);
  line.push("a");
  line.shift();
  assertEquals([line.size, line.first, line.last, line.shift()], [0, undefined, undefined, undefined]);
});

Deno.test("Fifo is empty once it was cleared, and takes more", () => {
  const line = new Fifo<number>();
  for (let n = 0; n < 5; n++) line.push(n);
  line.shift();
  line.clear();
  assertEquals([line.size, line.first, line.last, line.shift()], [0, undefined, undefined, undefined]);
  line.push(7);
  assertEquals(drain(line), [7]);
});
