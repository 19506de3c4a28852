import { assert, assertEquals, assertNotStrictEquals, assertThrows } from "@std/assert";
import { copyForJson, describeForJson } from "../../src/serialization/json_snapshot.ts";

Deno.test("copyForJson() copies what comes back equal from JSON", () => {
  const value = { a: [1, "b", null, { c: [] }], d: true };
  const copy = copyForJson(value, "it");
  assertEquals(copy, value);
  assertEquals(JSON.parse(JSON.stringify(copy)), value);
  assertNotStrictEquals(copy, value);
});

Deno.test("copyForJson() refuses what JSON would lose or change, with the path to it", () => {
  const cases: [value: unknown, start: string][] = [
    [[-0], "it[0] is -0, which JSON cannot keep; use 0"],
    [{ a: NaN }, "it.a is NaN, which JSON cannot keep; use null"],
    [{ a: 5n }, "it.a is 5n, which JSON cannot keep; use a number or a string"],
    [{ a: undefined }, "it.a is undefined, which JSON cannot keep; leave it out, use null"],
    [[new Date(0)], "it[0] is a Date, which JSON cannot keep; convert it"],
    [new Map(), "it is a Map, which JSON cannot keep; convert it"],
    [new Error("closed"), "it is an Error, which JSON cannot keep; convert it"],
    [[, 1], "it is an array with holes or named values"],
    [() => {}, "it is a function, which cannot be saved"],
    [Object.defineProperty({}, "toJSON", { value: () => 5 }), "it has a toJSON()"],
  ];
  for (const [value, start] of cases) {
    const { message } = assertThrows(() => copyForJson(value, "it"), TypeError);
    assertEquals(message.slice(0, start.length), start);
  }
});

Deno.test("copyForJson() refuses a cycle, and copies once for all what a large value holds often", () => {
  const circle: unknown[] = [];
  circle.push([circle]);
  assertThrows(() => copyForJson(circle, "it"), TypeError, "it[0][0] holds itself");
  let doubled: unknown = 1;
  for (let level = 0; level < 100; level++) doubled = [doubled, doubled]; // 2¹⁰⁰ places
  const [left, right] = copyForJson(doubled, "it") as [unknown, unknown];
  assert(left === right);
});

Deno.test("describeForJson() has a string for what JSON would lose", () => {
  const circle: Record<string, unknown> = { a: 1 };
  circle["self"] = circle;
  const described = describeForJson({
    value: { when: new Date(0), big: 5n, gone: undefined, items: [undefined, 1], circle, map: new Map([[1, 2]]) },
  });
  assert("value" in described);
  const { when, big, items, map, ...others } = described.value as Record<string, unknown>;
  assertEquals([when, big, items, map], ["1970-01-01T00:00:00.000Z", "5n", [null, 1], "Map(1) { 1 => 2 }"]);
  assertEquals(Object.keys(others), ["circle"]);
  JSON.stringify(described); // throws for a cycle
});
