import { assertEquals } from "@std/assert";
import { fingerprint } from "./fingerprint.ts";
import { Random } from "./random.ts";
import { kindsFor, makeValue } from "./values.ts";

function cycle(depth: number): unknown {
  const inner: Record<string, unknown> = {};
  let outer = inner;
  for (let level = 0; level < depth; level++) outer = { inner: outer };
  inner["inner"] = outer;
  return outer;
}

/** Values of which no two are equal. */
const DIFFERENT: readonly unknown[] = [
  undefined,
  null,
  0,
  -0,
  NaN,
  "0",
  "",
  "\ud800",
  "\ud801",
  0n,
  true,
  [],
  {},
  [undefined],
  new Array(1),
  [[], []],
  [[[]]],
  ["ab", "c"],
  ["a", "bc"],
  { a: 1 },
  { a: 1, b: undefined },
  { a: undefined, b: 1 },
  new Map(),
  new Map([[1, 2]]),
  new Map([[2, 1]]),
  new Set(),
  new Set([1, 2]),
  new Date(0),
  new Date(NaN),
  new Uint8Array(2),
  new Uint8Array(3),
  new Int8Array(2),
  new Uint16Array(1),
  new Error("a"),
  new Error("b"),
  new RangeError("a"),
  new Error("a", { cause: 1 }),
  Object.assign(new Error("a"), { code: 1 }),
  cycle(0),
  cycle(1),
];

Deno.test("fingerprint() tells values apart", () => {
  assertEquals(new Set(DIFFERENT.map(fingerprint)).size, DIFFERENT.length);
});

Deno.test("fingerprint() is the same for equal values", () => {
  assertEquals(fingerprint({ a: 1, b: [2] }), fingerprint({ b: [2], a: 1 }));
  assertEquals(fingerprint(Object.assign(Object.create(null), { a: 1 })), fingerprint({ a: 1 }));
  const errors = [1, 2].map(() => new Error("the same, but for the stack"));
  assertEquals(fingerprint(errors[0]), fingerprint(errors[1]));
});

Deno.test("fingerprint() survives structured clone for values of all kinds but errors, which lose their class there", () => {
  const random = new Random(9);
  for (const kind of kindsFor("structured")) {
    for (let time = 0; time < 5 && kind !== "error"; time++) {
      const seed = random.seed();
      const value = makeValue(kind, seed);
      assertEquals(fingerprint(structuredClone(value)), fingerprint(value), kind);
      assertEquals(fingerprint(makeValue(kind, seed)), fingerprint(value), kind);
    }
  }
});

Deno.test("fingerprint() differs for values of different seeds", () => {
  const seeds = Array.from({ length: 200 }, (_, index) => index);
  const prints = new Set(seeds.map((seed) => fingerprint(makeValue("numbers", seed))));
  assertEquals(prints.size, seeds.length);
});
