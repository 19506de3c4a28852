import { assertEquals, assertThrows } from "@std/assert";
import {
  abortSignal,
  areOptions,
  boolean,
  callable,
  type Check,
  finiteNumber,
  nonEmptyString,
  oneOf,
  positiveMilliseconds,
  refuseUnknown,
  toUrl,
  wholeNumberFrom,
} from "../../src/core/checks.ts";

interface Case {
  check: Check;
  good: [given: unknown, returned: unknown][];
  wrongKind: unknown[];
  outOfRange: unknown[];
}

const fn = () => {};
const same = (...values: unknown[]): [unknown, unknown][] => values.map((value) => [value, value]);
const { signal } = new AbortController();

const CASES: Record<string, Case> = {
  boolean: { check: boolean, good: same(true, false), wrongKind: [0, "true", null, undefined], outOfRange: [] },
  callable: { check: callable, good: same(fn, Map), wrongKind: ["fn", {}, null], outOfRange: [] },
  oneOf: { check: oneOf(["a", "b"]), good: same("a", "b"), wrongKind: [1, null, ["a"]], outOfRange: ["c", "A", ""] },
  nonEmptyString: { check: nonEmptyString, good: same("a", " "), wrongKind: [1, null, ["a"]], outOfRange: [""] },
  finiteNumber: {
    check: finiteNumber,
    good: same(0, -1.5, Number.MAX_VALUE),
    wrongKind: ["1", 1n, null],
    outOfRange: [NaN, Infinity, -Infinity],
  },
  wholeNumberFrom: {
    check: wholeNumberFrom(2),
    good: same(2, 3, Infinity),
    wrongKind: ["3", 3n, null],
    outOfRange: [1, 2.5, NaN, -Infinity],
  },
  positiveMilliseconds: {
    check: positiveMilliseconds,
    good: [[1, 1], ["1.5s", 1_500], [0.1, 0.1]],
    wrongKind: [null, {}, true],
    outOfRange: [0, -1, "0ms", Infinity, "soon"],
  },
  toUrl: {
    check: toUrl,
    good: [["file:///a.ts", "file:///a.ts"], [new URL("https://a.b/c"), "https://a.b/c"]],
    wrongKind: [1, null, {}],
    outOfRange: ["./a.ts", "", "a b"],
  },
  abortSignal: { check: abortSignal, good: same(signal), wrongKind: [{}, null, { aborted: false }], outOfRange: [] },
};

for (const [name, { check, good, wrongKind, outOfRange }] of Object.entries(CASES)) {
  Deno.test(`${name}() returns what is right`, () => {
    for (const [given, returned] of good) assertEquals(check(given, "size"), returned);
  });
  Deno.test(`${name}() throws a TypeError for a wrong kind, and a RangeError for what is out of range`, () => {
    for (const value of wrongKind) assertThrows(() => check(value, "size of x"), TypeError, "size of x must");
    for (const value of outOfRange) assertThrows(() => check(value, "size of x"), RangeError, "size of x");
  });
}

Deno.test("areOptions() tells options from what was to be the value of one", () => {
  class Options {
    path = "a";
  }
  for (const options of [{}, { store: 1 }, Object.create(null), new Options()]) {
    assertEquals(areOptions(options, (option) => option === "path"), true);
  }
  for (const other of [undefined, null, 5, "path", ["path"], new Map(), () => {}]) {
    assertEquals(areOptions(other, (option) => option === "path"), false);
  }
});

Deno.test("refuseUnknown() accepts known options, and no options", () => {
  refuseUnknown({}, ["a", "b"], "of x");
  refuseUnknown({ b: 1 }, ["a", "b"], "of x");
});

Deno.test("refuseUnknown() names the option that is unknown and those that are known", () => {
  assertThrows(
    () => refuseUnknown({ a: 1, c: 1 }, ["a", "b"], "of x"),
    TypeError,
    'Unknown option "c" of x: the options are a, b',
  );
});

Deno.test("refuseUnknown() rejects what was to be the value of an option", () => {
  class Store {
    readonly #path = "a";
    get path() {
      return this.#path;
    }
  }
  class Options {
    readonly path = "a";
  }
  const refuse = (options: unknown) => () => refuseUnknown(options, ["path", "store"], "of x");
  assertThrows(refuse(new Store()), TypeError, "of x must be an object such as { path, store }, not a Store");
  assertThrows(refuse([]), TypeError, "not an array of 0");
  assertThrows(refuse(new Map(Object.entries({ path: "a" }))), TypeError, "not a Map");
  refuse(new Options())();
  refuse(Object.create(null))();
  refuse(Object.create({ path: "a" }))();
});

for (const options of [null, undefined, "a", 1, fn]) {
  Deno.test(`refuseUnknown() rejects ${Deno.inspect(options)}`, () => {
    assertThrows(() => refuseUnknown(options, ["a"], "of x"), TypeError, "The options of x must be an object, not");
  });
}
