import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { canonicalString } from "../../src/serialization/canonical.ts";
import { deserialize, serialize } from "../../src/serialization/clone_bytes.ts";
import { pack } from "../../src/serialization/packer.ts";
import { unpack } from "../../src/serialization/unpacker.ts";
import { smallValue } from "./arbitrary.ts";
import { same } from "./same.ts";

function through(value: unknown): unknown {
  return deserialize(serialize(value));
}

Deno.test("deserialize() gives back what serialize() was given", () => {
  fc.assert(
    fc.property(smallValue, (value) => {
      const copy = unpack(through(pack(value)));
      assert(same(copy, value, "plain"), canonicalString(copy));
      assertEquals(canonicalString(copy), canonicalString(value));
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("serialize() keeps holes, undefined, -0 and the order of Maps and Sets", () => {
  const copy = through([, undefined, -0, new Map([["b", 1], ["a", 2]]), new Set(["d", "c"])]) as unknown[];
  assertEquals([0 in copy, 1 in copy, Object.is(copy[2], -0)], [false, true, true]);
  assertEquals([...copy[3] as Map<string, number>], [["b", 1], ["a", 2]]);
  assertEquals([...copy[4] as Set<string>], ["d", "c"]);
});

Deno.test("serialize() keeps what is reached twice one object, and what holds itself", () => {
  const shared = { date: new Date(0) };
  const [a, b, c] = through([shared, shared, shared.date]) as [typeof shared, typeof shared, Date];
  assertStrictEquals(a, b);
  assertStrictEquals(a.date, c);
  const cycle: unknown[] = [];
  cycle.push(new Map([[cycle, cycle]]));
  const copy = through(cycle) as [Map<unknown, unknown>];
  assertEquals([...copy[0]].flat().map((each) => each === copy), [true, true]);
});

Deno.test("serialize() keeps typed arrays of each type, and those of one buffer together", () => {
  for (
    const type of [Int8Array, Uint8ClampedArray, Uint16Array, Float16Array, Float32Array, Float64Array, BigInt64Array]
  ) {
    const array = new type(4);
    const copy = through({ odd: "x", array }) as { array: typeof array };
    assertEquals(copy.array, array);
    assertStrictEquals(copy.array.constructor, type);
    assertEquals(copy.array.byteOffset % type.BYTES_PER_ELEMENT, 0);
  }
  const { buffer } = new Uint8Array([1, 2, 3, 4]);
  const [whole, part] = through([new Uint8Array(buffer), new DataView(buffer, 1, 2)]) as [Uint8Array, DataView];
  assertStrictEquals(whole.buffer, part.buffer);
  part.setUint8(0, 9);
  assertEquals([...whole], [1, 9, 3, 4]);
});

Deno.test("what deserialize() gives does not change with the bytes", () => {
  const bytes = serialize(Uint8Array.of(1, 2, 3));
  const copy = deserialize(bytes) as Uint8Array;
  bytes.fill(0);
  assertEquals(copy, Uint8Array.of(1, 2, 3));
  const value = Uint8Array.of(1);
  assertNotStrictEquals((through(value) as Uint8Array).buffer, value.buffer);
});

Deno.test("serialize() reaches a depth of 1,000", () => {
  let value: unknown = 1;
  for (let level = 0; level < 1_000; level++) value = level % 2 === 0 ? [value] : new Map([["inner", value]]);
  assertEquals(canonicalString(through(value)), canonicalString(value));
});

Deno.test("serialize() refuses functions, symbols and shared memory", () => {
  for (const value of [() => 1, Symbol("s"), new SharedArrayBuffer(1), [new Uint8Array(new SharedArrayBuffer(1))]]) {
    assertThrows(() => serialize(value), Error, "could not be cloned");
  }
});

Deno.test("deserialize() of damaged bytes throws or gives a value, and ends", () => {
  const bytes = serialize({
    list: [1, "two", 3n, new Date(0), new Map([["a", Uint8Array.of(1, 2)]])],
    text: "é".repeat(20),
  });
  for (let at = 0; at < bytes.length; at++) {
    for (const change of [1, 0x80, 0xff]) {
      const damaged = bytes.slice();
      damaged[at]! ^= change;
      tryTo(() => deserialize(damaged));
    }
    tryTo(() => deserialize(bytes.slice(0, at)));
  }
  assertThrows(() => deserialize(new Uint8Array()), Error);
});

function tryTo(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    assert(error instanceof Error);
  }
}
