import { AsyncLocalStorage } from "node:async_hooks";
import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { contextReader, standardReader } from "../../src/core/async_context.ts";
import { contextSlot, slotReader, slotStorage } from "../../src/core/context_slot.ts";

const own = new AsyncLocalStorage<string>();
const other = new AsyncLocalStorage<string>();
const inOwn = <R>(fn: () => R): R => own.run("own", fn);

const inSlot = contextSlot && slotStorage<string>(contextSlot, Symbol());
const READERS = [
  ["standardReader", standardReader(inOwn, slotReader()), inOwn],
  ["contextReader", contextReader(inOwn), inSlot ? <R>(fn: () => R): R => inSlot.run("own", fn, undefined) : inOwn],
] as const;

for (const [name, { token, capture }, within] of READERS) {
  Deno.test(`${name}() captures nothing where only its own storage has a value`, () => {
    assertEquals(capture(token()), undefined);
    assertEquals(within(() => capture(token())), undefined);
    assertEquals(within(() => within(() => capture(token()))), undefined);
  });

  Deno.test(`${name}() captures the values of other storages, once for each context`, () => {
    for (const around of [<R>(fn: () => R): R => fn(), within]) {
      around(() =>
        other.run("a", () => {
          const context = capture(token());
          assertInstanceOf(context, Function);
          assertStrictEquals(capture(token()), context);
          other.run("b", () => assertEquals([other.getStore(), context(() => other.getStore())], ["b", "a"]));
          within(() => assertEquals(capture(token())?.(() => other.getStore()), "a"));
        })
      );
    }
  });
}

for (
  const [what, read] of [
    ["nothing tells", () => undefined],
    ["is not an object", () => 1],
    ["is always the same", () => ALWAYS],
  ] as const
) {
  Deno.test(`standardReader() captures every context where what stands for one ${what}`, () => {
    const { token, capture } = standardReader(inOwn, read);
    const context = other.run("a", () => capture(token()));
    assertEquals(context?.(() => other.getStore()), "a");
    assertEquals(capture(token())?.(() => other.getStore()), undefined);
  });
}

const ALWAYS = { 1: 1 };
