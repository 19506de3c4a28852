import { assertEquals } from "@std/assert";
import {
  CLONE_LEVEL,
  encodingOf,
  isPlainArray,
  JSON_LEVEL,
  levelOfFlat,
  levelOfFormat,
  levelOfPrimitive,
  MAX_FLAT_LENGTH,
  NO_LEVEL,
  PACKED_LEVEL,
  wider,
} from "../../src/serialization/encoding.ts";

Deno.test("encodingOf() and wider() go from JSON over structured clone to what is packed", () => {
  assertEquals([JSON_LEVEL, CLONE_LEVEL, PACKED_LEVEL].map(encodingOf), ["json", "clone", "packed"]);
  assertEquals([wider("json", "clone"), wider("packed", "clone"), wider("json", "json")], ["clone", "packed", "json"]);
  assertEquals([wider(undefined, "json"), wider("json", undefined)], [undefined, undefined]);
});

Deno.test("levelOfPrimitive() is that of JSON for what JSON has", () => {
  for (const value of ["", "a", true, 0, -1.5, 1e300, null]) assertEquals(levelOfPrimitive(value), JSON_LEVEL);
  for (const value of [NaN, Infinity, -Infinity, -0, undefined, 5n]) assertEquals(levelOfPrimitive(value), CLONE_LEVEL);
  for (const value of [Symbol(), () => {}, {}, []]) assertEquals(levelOfPrimitive(value), NO_LEVEL);
});

Deno.test("levelOfFlat() is that of the values in a plain object or array, if all of them are primitive", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const cases: [value: unknown, level: number][] = [
    [{}, JSON_LEVEL],
    [{ a: 1, b: "b" }, JSON_LEVEL],
    [{ a: 1, b: undefined }, CLONE_LEVEL],
    [{ a: { b: 1 } }, NO_LEVEL],
    [[1, null], JSON_LEVEL],
    [[1, 5n], CLONE_LEVEL],
    [[[]], NO_LEVEL],
    [Array(MAX_FLAT_LENGTH).fill(0), JSON_LEVEL],
    [Array(MAX_FLAT_LENGTH + 1).fill(0), NO_LEVEL],
    [new Date(0), NO_LEVEL],
    [Object.create(null), NO_LEVEL],
    [new (class extends Array {})(), NO_LEVEL],
    [revoked.proxy, NO_LEVEL],
    [5, JSON_LEVEL],
  ];
  for (const [value, level] of cases) assertEquals(levelOfFlat(value), level);
});

Deno.test("levelOfFormat() is not that of JSON for what says itself what it is there", () => {
  assertEquals([levelOfFormat({}), levelOfFormat({ toJSON: 5 })], [JSON_LEVEL, JSON_LEVEL]);
  assertEquals(levelOfFormat({ toJSON: () => 5 }), CLONE_LEVEL);
});

Deno.test("isPlainArray() is false for holes, named values, and a class of its own, whatever the length", () => {
  for (const length of [0, 3, 100]) {
    const items: undefined[] = Array(length).fill(undefined);
    assertEquals(isPlainArray(items), true);
    assertEquals(isPlainArray(Object.assign([...items], { name: "a" })), false);
    assertEquals(isPlainArray(Array(length + 1)), false);
    assertEquals(isPlainArray(Object.setPrototypeOf([...items], class extends Array {}.prototype)), false);
  }
  const hole: unknown[] = [1, 2, 3, 4, 5, 6];
  delete hole[2];
  assertEquals(isPlainArray(hole), false);
  assertEquals(isPlainArray(Object.assign(hole, { name: undefined })), false); // as many named values as holes
});
