import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { isOpen, refuseHidden } from "../../src/serialization/hidden.ts";
import { Refusal } from "../../src/serialization/refusal.ts";

const hide = <T extends object>(object: T, key: PropertyKey) => Object.defineProperty(object, key, { value: 5 });

Deno.test("isOpen() is true for plain objects and arrays of which nothing is hidden", () => {
  assertEquals([{}, { a: 1 }, [], [1, 2]].map(isOpen), [true, true, true, true]);
  const hidden = [hide({}, "a"), { [Symbol("a")]: 1 }, hide([1], "a"), Object.assign([1], { a: 1 }), Array(2)];
  assertEquals(hidden.map(isOpen), [false, false, false, false, false]);
});

Deno.test("refuseHidden() refuses each property that would be lost, and says which", () => {
  const cases: [object: object, copiedAs: Parameters<typeof refuseHidden>[1], message: string][] = [
    [hide({ b: 1 }, "a"), "record", 'has the property "a", which is not enumerable'],
    [{ [Symbol("a")]: 1 }, "record", "has a property under Symbol(a)"],
    [hide([1], "a"), "array", 'has the property "a", which is not enumerable'],
    [Object.assign(Array(100).fill(0), { [Symbol("a")]: 1 }), "array", "has a property under Symbol(a)"],
    [Object.assign(new Map(), { a: 1 }), "entries", 'has the property "a", which cannot be saved with it'],
    [Object.assign(new Date(), { a: 1 }), "whole", 'has the property "a", which cannot be saved with it'],
    [Object.assign(/x/, { a: 1 }), "whole", 'has the property "a"'],
  ];
  for (const [object, copiedAs, message] of cases) {
    const refusal = assertThrows(() => refuseHidden(object, copiedAs, "save"));
    assertInstanceOf(refusal, Refusal);
    assertEquals(refusal.toError("it").message.slice(0, message.length + 3), `it ${message}`);
  }
});

Deno.test("refuseHidden() accepts what has nothing more than what is copied", () => {
  refuseHidden({ a: 1 }, "record", "send");
  refuseHidden([1, 2], "array", "send");
  refuseHidden(new Map([[1, 2]]), "entries", "send");
  for (const object of [/x/g, new Date(), Object("abc"), new Uint8Array(3), new DataView(new ArrayBuffer(1))]) {
    refuseHidden(object, "whole", "send");
  }
});
