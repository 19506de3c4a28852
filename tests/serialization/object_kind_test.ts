import { assertEquals, assertThrows } from "@std/assert";
import { kindOf, type ObjectKind } from "../../src/serialization/object_kind.ts";

class Point {
  x = 1;
}
class Vector {
  length() {
    return 1;
  }
}
class Names extends Map<string, string> {}
class Registry extends Map<string, string> {
  register() {}
}
class Bytes extends Uint8Array {}

const CASES: readonly [object: object, kind: ObjectKind][] = [
  [{}, "record"],
  [Object.create(null), "record"],
  [new Point(), "record"],
  [[], "array"],
  [new (class extends Array {})(), "array"],
  [new Map(), "map"],
  [new Names(), "map"],
  [new Set(), "set"],
  [new Date(), "atomic"],
  [/x/, "atomic"],
  [Object(5), "atomic"],
  [Object("a"), "atomic"],
  [Object(true), "atomic"],
  [Object(5n), "atomic"],
  [new ArrayBuffer(1), "atomic"],
  [new SharedArrayBuffer(1), "atomic"],
  [new Float64Array(1), "atomic"],
  [new DataView(new ArrayBuffer(1)), "atomic"],
  [new Bytes(1), "atomic"],
  [new TypeError(), "error"],
  [new DOMException(), "error"],
  [new Vector(), "unsupported"],
  [new Registry(), "unsupported"],
  [new URL("https://deno.com"), "unsupported"],
  [Promise.resolve(), "unsupported"],
  [new WeakMap(), "unsupported"],
];

for (const [object, kind] of CASES) {
  Deno.test(`kindOf() of ${Deno.inspect(object)} is "${kind}"`, () => assertEquals(kindOf(object), kind));
}

Deno.test("kindOf() does not take an object for what its prototype alone says", () => {
  for (const { prototype } of [Map, Set, Date, ArrayBuffer, Uint8Array]) {
    assertEquals(kindOf(Object.create(prototype)), "unsupported");
  }
  const detached = new ArrayBuffer(1);
  structuredClone(detached, { transfer: [detached] });
  assertEquals(kindOf(detached), "unsupported");
});

Deno.test("kindOf() throws what the trap of a proxy throws", () => {
  const proxy = new Proxy({}, {
    getPrototypeOf() {
      throw new Error("closed");
    },
  });
  assertThrows(() => kindOf(proxy), Error, "closed");
});
