import { assert, assertEquals } from "@std/assert";
import { roughSize } from "../../src/pools/rough_size.ts";

const MB = 1_000_000;

const LARGE: Readonly<Record<string, unknown>> = {
  "a string": "x".repeat(MB),
  "a buffer": new ArrayBuffer(MB),
  "a typed array": new Float64Array(MB / 8),
  "a string in an object in a list": [{ a: { text: "x".repeat(MB) } }],
  "a list of numbers": Array.from({ length: MB / 8 }, (_, index) => index),
  "a list of strings": Array.from({ length: 1_000 }, () => "x".repeat(1_000)),
  "a Map of strings": new Map(Array.from({ length: 1_000 }, (_, index) => [index, "x".repeat(1_000)])),
  "a Set of strings": new Set(Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(1_000, "x"))),
  "an object with many fields": Object.fromEntries(
    Array.from({ length: 1_000 }, (_, i) => [`a${i}`, "x".repeat(1_000)]),
  ),
};

for (const [name, value] of Object.entries(LARGE)) {
  Deno.test(`roughSize() is about right for ${name}`, () => {
    const size = roughSize([value]);
    assert(size > MB / 2 && size < 3 * MB, `${size}`);
  });
}

Deno.test("roughSize() is small for what is small, and ends for what contains itself", () => {
  for (const value of [1, null, undefined, true, "a", [], {}, new Map(), [[[[[[[1]]]]]]]]) {
    assert(roughSize([value]) < 200);
  }
  const ring: unknown[] = [];
  ring.push(ring, ring, ring);
  assertEquals(Number.isFinite(roughSize(ring)), true);
});
