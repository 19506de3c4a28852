import { assertEquals, assertRejects } from "@std/assert";
import { HandlePromise, isAwait, type PromiseRoot, type WaitEnd } from "../../src/engine/handle_promise.ts";

/** A root that counts the waits for its handle. */
function makeRoot(done = false) {
  const waits: WaitEnd<unknown>[] = [];
  const root: PromiseRoot = {
    handle: { done },
    isLimited: true,
    reject: () => {},
    wait: <T>(end: WaitEnd<T>) => {
      waits.push(end);
      return end.promise;
    },
  };
  return { root, waits };
}

/** What `then()` of a thenable is called with by an action. */
async function callbacksOf(action: (thenable: PromiseLike<unknown>) => unknown) {
  const { promise, resolve } = Promise.withResolvers<[unknown, unknown]>();
  const thenable = {
    then(onFulfilled: (value: unknown) => unknown, onRejected: unknown) {
      resolve([onFulfilled, onRejected]);
      onFulfilled(undefined);
    },
  };
  action(thenable as PromiseLike<unknown>);
  return await promise as [Parameters<typeof isAwait>[0], Parameters<typeof isAwait>[1]];
}

Deno.test("isAwait() is true for await and combinators, and false for a listener", async () => {
  for (
    const action of [
      async (each: PromiseLike<unknown>) => await each,
      (each: PromiseLike<unknown>) => Promise.resolve(each),
      (each: PromiseLike<unknown>) => Promise.all([each]),
    ]
  ) {
    assertEquals(isAwait(...await callbacksOf(action)), true);
  }
  assertEquals(isAwait(() => {}, undefined), false);
  assertEquals(isAwait(undefined, () => {}), false);
  assertEquals(isAwait(null, null), false);
});

Deno.test("HandlePromise waits for its handle when it is awaited, with the limits of its root", async () => {
  const { root, waits } = makeRoot();
  assertEquals(await HandlePromise.of(root, Promise.resolve(5)), 5);
  assertEquals(waits.map(({ isLimited, reject }) => [isLimited, reject]), [[true, root.reject]]);
});

Deno.test("HandlePromise does not wait for its handle for a listener, until what the listener gave is awaited", async () => {
  const { root, waits } = makeRoot();
  const derived = HandlePromise.of(root, Promise.resolve(5)).then((value) => value + 1);
  assertEquals(waits.length, 0);
  assertEquals(await derived, 6);
  assertEquals(waits.length, 1);
});

Deno.test("HandlePromise is an ordinary promise once its handle has finished", async () => {
  const { root, waits } = makeRoot(true);
  assertEquals(await HandlePromise.of(root, Promise.resolve(5)), 5);
  await assertRejects(async () => await HandlePromise.of(root, Promise.reject(new Error("closed"))), Error, "closed");
  assertEquals(waits.length, 0);
});

Deno.test("HandlePromise rejects its listeners as its base does", async () => {
  const { root } = makeRoot();
  const caught = HandlePromise.of(root, Promise.reject(new Error("closed"))).catch((error: Error) => error.message);
  assertEquals(await caught, "closed");
});
