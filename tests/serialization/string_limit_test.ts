import { assert, assertEquals, assertThrows } from "@std/assert";
import { isTooLong, tooLong } from "../../src/serialization/string_limit.ts";

Deno.test("isTooLong() knows what V8 throws for a string that would be too long, and nothing else", () => {
  const error = assertThrows(() => "x".repeat(1 << 28).padEnd(1 << 30, "xy"), RangeError);
  assert(isTooLong(error), error.message);
  assert(isTooLong(tooLong()));
  assertEquals(tooLong().message, error.message);
  for (const other of [new RangeError("no"), new Error(error.message), error.message, undefined]) {
    assert(!isTooLong(other));
  }
});
