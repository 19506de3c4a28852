import { AsyncLocalStorage } from "node:async_hooks";
import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { contextReader } from "../../src/core/async_context.ts";

const own = new AsyncLocalStorage<string>();
const other = new AsyncLocalStorage<string>();
const inOwn = <R>(fn: () => R): R => own.run("own", fn);

Deno.test("contextReader() captures nothing where only its own storage has a value", () => {
  const { token, capture } = contextReader(inOwn);
  assertEquals(capture(token()), undefined);
  assertEquals(inOwn(() => capture(token())), undefined);
});

Deno.test("contextReader() captures the values of other storages, once for each context", () => {
  const { token, capture } = contextReader(inOwn);
  other.run("a", () => {
    const context = capture(token());
    assertInstanceOf(context, Function);
    assertStrictEquals(capture(token()), context);
    other.run("b", () => assertEquals([other.getStore(), context(() => other.getStore())], ["b", "a"]));
  });
});

for (
  const [what, read] of [
    ["nothing tells", () => undefined],
    ["is not an object", () => 1],
    ["is always the same", () => ALWAYS],
  ] as const
) {
  Deno.test(`contextReader() captures every context where what stands for one ${what}`, () => {
    const { token, capture } = contextReader(inOwn, read);
    const context = other.run("a", () => capture(token()));
    assertEquals(context?.(() => other.getStore()), "a");
    assertEquals(capture(token())?.(() => other.getStore()), undefined);
  });
}

const ALWAYS = { 1: 1 };
