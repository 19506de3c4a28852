import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { globalKey, globalSingleton } from "../../src/core/global_singleton.ts";

/** Gives back what a test put on the global object. */
function forget(name: string): Disposable {
  const key = Symbol.for(globalKey(name));
  return { [Symbol.dispose]: () => void Reflect.deleteProperty(globalThis, key) };
}

Deno.test("globalSingleton() makes the value of a name once", () => {
  using _ = forget("test-once");
  let count = 0;
  const first = globalSingleton("test-once", () => ({ count: ++count }));
  assertStrictEquals(globalSingleton("test-once", () => ({ count: ++count })), first);
  assertEquals(count, 1);
});

Deno.test("globalSingleton() keeps names apart", () => {
  using _ = forget("test-a");
  using _also = forget("test-b");
  assert(globalSingleton<object>("test-a", () => ({})) !== globalSingleton<object>("test-b", () => ({})));
});

Deno.test("globalSingleton() gives other copies of its module the same value", async () => {
  using _ = forget("test-copies");
  const source = new URL("../../src/core/global_singleton.ts", import.meta.url);
  const copies = await Promise.all(["a", "b"].map((copy) => import(`${source}?copy=${copy}`)));
  const values = copies.map((copy: { globalSingleton: typeof globalSingleton }) =>
    copy.globalSingleton<object>("test-copies", () => ({}))
  );
  assertStrictEquals(values[0], values[1]);
  assertStrictEquals(globalSingleton<object>("test-copies", () => ({})), values[0]);
  assert(copies[0] !== copies[1], "they are copies");
});

Deno.test("globalSingleton() asks again after a maker that throws", () => {
  using _ = forget("test-throws");
  const first = (() => {
    try {
      return globalSingleton("test-throws", (): number => {
        throw new RangeError("not yet");
      });
    } catch (error) {
      return (error as Error).message;
    }
  })();
  assertEquals([first, globalSingleton("test-throws", () => 2)], ["not yet", 2]);
});

Deno.test("globalSingleton() puts nothing on the global object that a program would see", () => {
  using _ = forget("test-hidden");
  const before = Object.keys(globalThis);
  globalSingleton("test-hidden", () => ({}));
  assertEquals(Object.keys(globalThis), before);
});
