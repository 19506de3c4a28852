import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { pack } from "../../src/serialization/packer.ts";
import { unpack } from "../../src/serialization/unpacker.ts";

const twice = { a: 1 };
const named = (list: unknown[], name = "named", value: unknown = 1) => Object.assign(list, { [name]: value });

Deno.test("pack() and unpack() bring errors through a structured clone", () => {
  class Odd extends RangeError {
    code = 7;
  }
  const value = [{ error: new Odd("a") }, new Map([[new TypeError("key"), new Set([new Error("b", { cause: 1 })])]])];
  const [first, second] = unpack(structuredClone(pack(value))) as [{ error: Odd }, Map<Error, Set<Error>>];
  assertInstanceOf(first.error, RangeError);
  assertEquals([first.error.constructor.name, first.error.message, first.error.code], ["Odd", "a", 7]);
  const [[key, set]] = [...second] as [[Error, Set<Error>]];
  const [inner] = [...set] as [Error];
  assertInstanceOf(key, TypeError);
  assertEquals([key.message, inner.message, inner.cause], ["key", "b", 1]);
});

Deno.test("pack() and unpack() keep identity and cycles", () => {
  const error = new Error("m");
  const value: Record<string, unknown> = { error, list: [error], twice: [twice, twice] };
  value["self"] = value;
  const back = unpack(structuredClone(pack(value))) as typeof value;
  assertInstanceOf(back["error"], Error);
  assertStrictEquals((back["list"] as unknown[])[0], back["error"]);
  assertStrictEquals(back["self"], back);
  const [one, other] = back["twice"] as unknown[];
  assertStrictEquals(one, other);
});

Deno.test("pack() leaves its argument as it was, and so does unpack()", () => {
  const value = { error: new Error("m"), list: [{ a: 1 }] };
  const packed = pack(value);
  const copy = structuredClone(packed);
  assertInstanceOf(unpack(packed), Object);
  assertEquals([packed, value.error instanceof Error, value.list], [copy, true, [{ a: 1 }]]);
});

Deno.test("pack() keeps holes and named values of arrays", () => {
  const value = named([1, , new Error("m")]); // deno-lint-ignore-line no-sparse-arrays
  const back = unpack(structuredClone(pack(value))) as unknown[];
  assertEquals([back.length, Object.keys(back)], [3, ["0", "2", "named"]]);
});

Deno.test("pack() tells what looks like a packed error from one", () => {
  const self: Record<string, unknown> = {};
  self["$workflowy"] = self;
  const packed = pack([new Error("m")]);
  const lookalikes = [
    packed,
    pack(packed),
    { $workflowy: 1 },
    { $workflowy: { value: { $workflowy: { value: 1 } } } },
    { $workflowy: { error: 1 } },
    { $workflowy: {}, other: 1 },
    [{ $workflowy: [{ $workflowy: undefined }] }],
    self,
  ];
  for (const value of lookalikes) assertEquals(unpack(structuredClone(pack(value))), value);
});

Deno.test("unpack() rejects what is not an envelope", () => {
  for (const bad of [1, {}, { error: 1 }, null]) {
    assertThrows(() => unpack([{ $workflowy: bad }]), TypeError, "This is not an envelope of an error: $workflowy");
  }
});
