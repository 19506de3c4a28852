import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { checkDatabase, openFunction } from "../../../src/stores/kv/database.ts";

Deno.test("checkDatabase() returns a database, and refuses anything else", async () => {
  using kv = await Deno.openKv(":memory:");
  assertStrictEquals<unknown>(checkDatabase(kv, "kv"), kv);
  for (const value of [undefined, null, 5, {}, { get() {}, list() {}, atomic() {} }]) {
    assertThrows(() => checkDatabase(value as never, "kv of x"), TypeError, "kv of x must be a Deno.Kv, not ");
  }
  const promise = Promise.resolve();
  assertThrows(() => checkDatabase(promise as never, "kv"), TypeError, "not a Promise; await it first");
});

Deno.test("openFunction() is Deno's", () => {
  assertEquals<unknown>(openFunction(), Deno.openKv);
});
