import { assertEquals, assertRejects } from "@std/assert";
import { Timers } from "../../src/core/timers.ts";
import {
  HandlePromise,
  isAwait,
  type PromiseRoot,
  settledWithin,
  type Unfinished,
  type WaitEnd,
} from "../../src/engine/handle_promise.ts";

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

/** A handle that has not finished, and who waits for it. */
function unfinished() {
  const listeners = new Set<() => void>();
  const handle: Unfinished<number> = {
    id: "work#1",
    owner: { alarms: new Timers() },
    explain: () => "it runs",
    settle: ({ resolve }) => resolve(7),
    onDone: (listener) => void listeners.add(listener),
    offDone: (listener) => void listeners.delete(listener),
  };
  return { handle, listeners };
}

Deno.test("settledWithin() ends with the task, after a time, or by the signal, and then waits for nothing more", async () => {
  const { handle, listeners } = unfinished();
  const { signal } = new AbortController();
  const ended = settledWithin(handle, 60_000, signal);
  assertEquals([ended.isLimited, handle.owner.alarms.size], [true, 1]);
  for (const listener of listeners) listener();
  assertEquals([await ended.promise, handle.owner.alarms.size], [7, 0]);
  listeners.clear();
  await assertRejects(() => settledWithin(handle, 1, undefined).promise, DOMException, "after 1 ms: it runs");
  const controller = new AbortController();
  const aborted = settledWithin(handle, undefined, controller.signal);
  controller.abort(new RangeError("enough"));
  await assertRejects(() => aborted.promise, RangeError, "enough");
  assertEquals(listeners.size, 0);
});
