import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { copyAtomic, isSharedMemory, viewType } from "../../src/serialization/atomic.ts";

const copyOf = (buffer: object) => copyAtomic(buffer, copyOf);

Deno.test("copyAtomic() copies dates, regular expressions, and primitive values as objects", () => {
  for (const object of [new Date(5), new Date(NaN), /a\/b/giu, Object(5), Object("a"), Object(true), Object(5n)]) {
    const copy = copyAtomic(object, copyOf);
    assertNotStrictEquals(copy, object);
    assertEquals(copy, object);
    assertStrictEquals(Object.getPrototypeOf(copy), Object.getPrototypeOf(object));
  }
});

Deno.test("copyAtomic() copies memory, and of a view only what it shows", () => {
  const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
  assertEquals(copyAtomic(buffer, copyOf), buffer);
  const part = copyAtomic(new Uint8Array(buffer, 1, 2), copyOf) as Uint8Array;
  assertEquals([...part], [2, 3]);
  assertEquals(part.buffer.byteLength, 2);
  const view = copyAtomic(new DataView(buffer, 2), copyOf) as DataView;
  assertEquals([view.byteLength, view.getUint8(0)], [2, 3]);
});

Deno.test("copyAtomic() keeps the maximum of a resizable buffer", () => {
  const copy = copyAtomic(new ArrayBuffer(2, { maxByteLength: 8 }), copyOf) as ArrayBuffer;
  assertEquals([copy.byteLength, copy.resizable, copy.maxByteLength], [2, true, 8]);
});

Deno.test("copyAtomic() gives views of all of one buffer the copy that it is given", () => {
  const buffer = new ArrayBuffer(4);
  const shared = new ArrayBuffer(4);
  const copy = copyAtomic(new Uint16Array(buffer), () => shared) as Uint16Array;
  assertStrictEquals(copy.buffer, shared);
  assert(copy instanceof Uint16Array);
});

Deno.test("copyAtomic() makes a subclass of a view what it extends", () => {
  class Bytes extends Uint8Array {}
  assertStrictEquals(Object.getPrototypeOf(copyAtomic(new Bytes([1]), copyOf)), Uint8Array.prototype);
});

Deno.test("viewType() and isSharedMemory() tell what a view is and shows", () => {
  assertEquals(viewType(new Float32Array(1)), "Float32Array");
  assertEquals(viewType(new DataView(new ArrayBuffer(1))), "DataView");
  const memory = new SharedArrayBuffer(4);
  assertEquals([memory, new Uint8Array(memory), new Uint8Array(4), {}].map(isSharedMemory), [true, true, false, false]);
});
