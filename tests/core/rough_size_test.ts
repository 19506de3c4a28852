import { assert } from "@std/assert";
import { roughSize } from "../../src/core/rough_size.ts";

const MB = 1_000_000;

const LARGE: Readonly<Record<string, unknown>> = {
  "a string": "x".repeat(MB),
  "a buffer": new ArrayBuffer(MB),
  "a typed array": new Float64Array(MB / 8),
  "a string in an object in a list": [{ a: { text: "x".repeat(MB) } }],
  "a list of numbers": Array.from({ length: MB / 8 }, (_, index) => index),
  "a list of strings": Array.from({ length: 1_000 }, () => "x".repeat(1_000)),
  "a Map of strings": new Map(Array.from({ length: 1_000 }, (_, index) => [index, "x".repeat(1_000)])),
  "a Map of one string": new Map([["a", "x".repeat(MB)]]),
  "a Set of strings": new Set(Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(1_000, "x"))),
  "an object with many fields": Object.fromEntries(
    Array.from({ length: 1_000 }, (_, i) => [`a${i}`, "x".repeat(1_000)]),
  ),
};

for (const [name, value] of Object.entries(LARGE)) {
  Deno.test(`roughSize() is about right for ${name}`, () => {
    for (const size of [roughSize(value), roughSize([value])]) assert(size > 0.9 * MB && size < 1.2 * MB, `${size}`);
  });
}

Deno.test("roughSize() is small for what is small", () => {
  const values = [1, null, undefined, true, "a", [], {}, new Map(), new Set(), [[[[[[[1]]]]]]], { a: 1, b: "two" }];
  for (const value of values) assert(roughSize([value]) < 200);
});

Deno.test("roughSize() ends, whatever refers to what, and looks at few parts", () => {
  const ring: unknown[] = [];
  ring.push(ring, ring, ring);
  assert(Number.isFinite(roughSize(ring)));
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  assert(roughSize(deep) < 10_000);
});
