/**
 * What is true of the check of any value.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import type { ValueEncoding } from "../../src/core/checkpointer.ts";
import { checkCloneable } from "../../src/serialization/cloneable.ts";
import { pack } from "../../src/serialization/packer.ts";
import { unpack } from "../../src/serialization/unpacker.ts";

class Point {
  constructor(readonly x: number, readonly y: unknown) {}
}
class Cart {
  items = [1];
  total(): number {
    return this.items.length;
  }
}
const twice = { a: 1 };
const leaf = fc.oneof(
  fc.constantFrom(undefined, -0, NaN, 1n, "\udc00", new Date(0), /x/, new Point(1, 2), "ab".match(/a/), twice),
  fc.constantFrom(() => 1, Symbol("s"), new Cart(), new URL("http://a/"), new Error("m"), new TypeError("t")),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    }),
    fc.jsonValue(),
    leaf,
    fc.array(tie("tree")),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "toJSON", "$workflowy")), tie("tree")),
    fc.array(tie("tree")).map((list) => new Set(list)),
    fc.array(fc.tuple(tie("tree"), tie("tree"))).map((list) => new Map(list)),
  ),
}));

function encodingOf(value: unknown): ValueEncoding | "none" {
  try {
    return checkCloneable(value, "args");
  } catch (error) {
    assertInstanceOf(error, TypeError);
    assert(error.message.startsWith("args"), error.message);
    return "none";
  }
}

/** With text in place of errors, whose stacks and prototypes assertEquals() does not look at, or looks at too closely. */
function withoutErrors(value: unknown): unknown {
  if (value instanceof Error) return `${value.constructor.name} ${value}`;
  if (Array.isArray(value)) {
    return Object.assign([], Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withoutErrors(v)])));
  }
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [withoutErrors(key), withoutErrors(item)]));
  if (value instanceof Set) return new Set([...value].map(withoutErrors));
  if (typeof value !== "object" || value === null || !/Object|Point|undefined/.test(String(value.constructor?.name))) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutErrors(item)]));
}

/** Makes tests with so many random values each. */
export function testCloneable(numRuns: number): void {
  Deno.test('"json" means that JSON gives back the same', () => {
    fc.assert(
      fc.property(tree, (value) => {
        if (encodingOf(value) === "json") assertEquals(JSON.parse(JSON.stringify(value)), value);
      }),
      { numRuns },
    );
  });

  Deno.test("any JSON value that has no -0 is json", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed: unknown = JSON.parse(JSON.stringify(value));
        assertEquals(checkCloneable(parsed, "args"), "json");
      }),
      { numRuns },
    );
  });

  Deno.test("what is portable survives a structured clone, with its errors packed", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const found = encodingOf(value);
        if (found === "none") return;
        if (found !== "packed") assertEquals(withoutErrors(structuredClone(value)), withoutErrors(value));
        assertEquals(withoutErrors(unpack(structuredClone(pack(value)))), withoutErrors(value));
      }),
      { numRuns },
    );
  });
}
