/**
 * What flows along with asynchronous code.
 *
 * @module
 */

import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { ContextStorage } from "../../src/core/context_slot.ts";

const oneTurn = () => new Promise((resolve) => setImmediate(resolve));

/** What is seen of a storage by all kinds of code that is started while it has a value, beside a storage of other code. */
export async function seenBy(storage: ContextStorage<string>): Promise<string[]> {
  const seen: string[] = [];
  const other = new AsyncLocalStorage<string>();
  const see = (where: string) => void seen.push(`${where}: ${storage.getStore()} ${other.getStore()}`);
  const all: Promise<unknown>[] = [];
  const events = new EventTarget();
  const { port1, port2 } = new MessageChannel();
  const body = async (name: string): Promise<void> => {
    see(`${name} starts`);
    await null;
    see(`${name} after await`);
    queueMicrotask(() => see(`${name} microtask`));
    all.push(new Promise((done) => setTimeout(() => done(see(`${name} timer`)), 1)));
    all.push(new Promise((done) => setImmediate(() => done(see(`${name} immediate`)))));
    await new Promise((resolve) => setTimeout(resolve, 1));
    see(`${name} after timer`);
    await other.run(`${name}'s`, async () => {
      see(`${name} in other`);
      await oneTurn();
      see(`${name} in other later`);
      await storage.run("inner", async () => {
        see(`${name} in inner`);
        await oneTurn();
        see(`${name} in inner later`);
      }, undefined);
      see(`${name} after inner`);
    });
    see(`${name} after other`);
    other.enterWith("entered");
    await null;
    see(`${name} entered`);
    const snapshot = AsyncLocalStorage.snapshot();
    const bound = AsyncResource.bind(() => see(`${name} bound`));
    all.push(oneTurn().then(() => storage.run("elsewhere", () => snapshot(see, `${name} snapshot`), undefined)));
    all.push(oneTurn().then(() => storage.run("elsewhere", bound, undefined)));
    await { then: (resolve: (value: unknown) => void) => resolve(see(`${name} thenable`)) };
    for await (const each of [oneTurn(), oneTurn()]) see(`${name} for await ${each}`);
    const generated = (function* () {
      see(`${name} generator`);
      yield 1;
      see(`${name} generator`);
    })();
    generated.next();
    storage.run("elsewhere", () => generated.next(), undefined);
    other.exit(() => see(`${name} exit`));
    events.addEventListener("x", () => see(`${name} event`), { once: true });
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => see(`${name} abort`));
    storage.run("aborting", () => controller.abort(), undefined);
    await Promise.all([oneTurn(), oneTurn()]);
    try {
      await storage.run("failing", () => Promise.reject(new Error("no")), undefined);
    } catch {
      see(`${name} after failure`);
    }
    all.push((async () => {
      for await (const chunk of ReadableStream.from(["chunk"])) see(`${name} ${chunk}`);
    })());
    storage.enterWith("own");
    await null;
    see(`${name} own`);
  };
  see("before");
  all.push(storage.run("a", () => body("a"), undefined));
  see("between");
  all.push(other.run("outer", () => storage.run("b", () => body("b"), undefined)));
  see("between");
  storage.run("c", () => all.push(other.run("outer", () => body("c"))), undefined);
  const received = new Promise((done) => port2.onmessage = () => done(see("message")));
  storage.run("sender", () => port1.postMessage(1), undefined);
  await received;
  port1.close();
  port2.close();
  for (let settled = 0; settled < all.length; settled = all.length) await Promise.all(all);
  await Promise.all(all);
  storage.run("dispatcher", () => events.dispatchEvent(new Event("x")), undefined);
  see("after");
  return seen.sort();
}
