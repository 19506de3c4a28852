import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { Copier } from "../../src/serialization/copier.ts";

/** Copies what it can, and describes the rest in a string. */
class DescribingCopier extends Copier {
  protected override special(value: unknown): unknown {
    return `special ${String(value)}`;
  }
  protected override atomic(object: object): unknown {
    return `atomic ${object.constructor.name}`;
  }
  protected override error(error: Error): unknown {
    return `error ${error.message}`;
  }
  protected override unsupported(object: object): unknown {
    return `unsupported ${object.constructor.name}`;
  }
  protected override tooDeep(): unknown {
    return "too deep";
  }
}

const copyOf = <T>(value: T) => new DescribingCopier().visit(value, 0) as T;

Deno.test("Copier copies all that holds other values, and replaces what JSON does not have", () => {
  const value = {
    a: [1, "b", null, { c: true }],
    map: new Map([[{ d: 1 }, new Set([2])]]),
    none: undefined,
    at: new Date(),
  };
  const copy = copyOf<unknown>(value);
  assertEquals(copy, { ...value, none: "special undefined", at: "atomic Date" });
  assertNotStrictEquals(copy, value);
});

Deno.test("Copier copies once what is reached twice, however much there is, so that cycles survive", () => {
  for (const count of [1, 50]) {
    const parts = Array.from({ length: count }, (_, index) => ({ index }));
    const value: Record<string, unknown> = { parts, again: [...parts] };
    value["self"] = value;
    const copy = copyOf(value) as { parts: object[]; again: object[]; self: unknown };
    assertStrictEquals(copy.self, copy);
    copy.parts.forEach((part, index) => assertStrictEquals(copy.again[index], part));
    assert(copy.parts.every((part, index) => part !== parts[index]));
  }
});

Deno.test("Copier makes plain objects of instances, and keeps holes and named values of arrays", () => {
  class Point {
    x = { y: 1 };
  }
  const point = copyOf(new Point());
  assertStrictEquals(Object.getPrototypeOf(point), Object.prototype);
  assertEquals(Object.entries(point), [["x", { y: 1 }]]);
  const array: unknown[] & { name?: unknown } = [1, , [3]];
  array.name = { a: 1 };
  const copy = copyOf(array);
  assertEquals([copy.length, 1 in copy, copy[2], copy.name], [3, false, [3], { a: 1 }]);
  assertNotStrictEquals(copy[2], array[2]);
});

Deno.test("Copier reads each property once, and takes __proto__ for a name like any other", () => {
  let reads = 0;
  const value = JSON.parse('{ "__proto__": { "a": 1 } }');
  Object.defineProperty(value, "counted", { enumerable: true, get: () => ++reads });
  const copy = copyOf(value);
  assertEquals([reads, Object.keys(copy)], [1, ["__proto__", "counted"]]);
  assertStrictEquals(Object.getPrototypeOf(copy), Object.prototype);
});
