import { assertEquals } from "@std/assert";
import { makeMarks, makeRing, RING_CAPACITY, RING_HEAD_BYTES } from "../../../src/pools/protocol/thread_memory.ts";

Deno.test("the memory of a ring has room for its numbers and its records, and a capacity that is a power of two", () => {
  assertEquals(makeRing().byteLength, RING_HEAD_BYTES + RING_CAPACITY);
  assertEquals(RING_CAPACITY & (RING_CAPACITY - 1), 0);
});

Deno.test("the memory of the marks has two numbers, and is empty", () => {
  assertEquals([...new Int32Array(makeMarks())], [0, 0]);
});
