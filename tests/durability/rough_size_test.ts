import { assert, assertEquals } from "@std/assert";
import { roughSize } from "../../src/durability/rough_size.ts";

const MiB = 1 << 20;

const sizeOf = (value: unknown) => roughSize({ args: [], value });

Deno.test("roughSize() counts strings and bytes, wherever they are", () => {
  const large = "x".repeat(MiB);
  const values = [
    large,
    new Uint8Array(MiB),
    new ArrayBuffer(MiB),
    { a: 1, b: { c: large } },
    [[large]],
    new Map([["a", large]]),
    new Set([large]),
    Array.from({ length: 1_024 }, () => "x".repeat(1_024)),
    Object.fromEntries(Array.from({ length: 1_024 }, (_, index) => [index, "x".repeat(1_024)])),
    Array.from({ length: MiB / 8 }, (_, index) => index),
  ];
  for (const value of values) {
    for (const size of [sizeOf(value), roughSize({ args: [value] }), roughSize({ args: [], error: { value } })]) {
      assert(size >= 0.9 * MiB && size <= 1.2 * MiB, `${size} of ${Deno.inspect(value).slice(0, 40)}`);
    }
  }
});

Deno.test("roughSize() of a small record is small", () => {
  assertEquals(roughSize({ args: [] }), 16);
  assert(sizeOf({ a: 1, b: "two", c: [true, null] }) < 100);
});

Deno.test("roughSize() ends, whatever refers to what, and looks at few values", () => {
  const circle: unknown[] = [];
  circle.push(circle, circle);
  assert(Number.isFinite(sizeOf(circle)));
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  assert(sizeOf(deep) < 10_000);
});
