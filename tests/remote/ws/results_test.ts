import { assertEquals } from "@std/assert";
import { Results } from "../../../src/remote/ws/results.ts";

const bytes = (length: number) => new Uint8Array(length);

Deno.test("Results lets the oldest go once there are too many bytes, and forgets what is dropped", () => {
  const results = new Results(100);
  for (const key of ["a", "b", "c"]) results.keep(key, bytes(40));
  assertEquals(["a", "b", "c"].map((key) => results.get(key)?.length), [undefined, 40, 40]);
  results.keep("b", bytes(60)); // again: it is the newest now
  assertEquals(["b", "c"].map((key) => results.get(key)?.length), [60, 40]);
  results.drop("b");
  results.drop("never");
  results.keep("d", bytes(60));
  assertEquals(["c", "d"].map((key) => results.get(key)?.length), [40, 60]);
});

Deno.test("Results has room for what is announced, as long as that is not too much", () => {
  const results = new Results(100);
  results.keep("a", bytes(50));
  assertEquals(results.reserve(60), true);
  assertEquals(results.get("a"), undefined);
  assertEquals(results.reserve(41), false);
  results.release(60);
  assertEquals(results.reserve(100), true);
});
