/**
 * The async context that code runs in: the values of all `AsyncLocalStorage`s, those of other code included.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { contextSlot, type Frame, slotReader, withFrame } from "./context_slot.ts";
import { runDetached } from "./run_detached.ts";

/** A context that was captured. Calls a function in it. */
export type AsyncContext = <R>(fn: () => R) => R;

/** What stands for the current context. Nothing but identity is known about it: the same one is the same context. */
export type ContextToken = unknown;

/** Reads the current context. */
export interface ContextReader {
  /** What stands for the current context; `undefined` if it has no values. */
  token(): ContextToken;
  /** Captures the current context, whose token is given. `undefined` if it has no values but those of one storage. */
  capture(token: ContextToken): AsyncContext | undefined;
}

/** Captured contexts by their tokens: programs submit many tasks in one context. */
const captured = new WeakMap<object, AsyncContext>();

/**
 * Makes a reader that overlooks the values of one storage.
 *
 * To capture a context takes two microseconds, as much as a whole task, and there is no public way to ask whether it has any
 * values. So this reads a function of Deno (see `context_slot.ts`), which takes nanoseconds. Whether it returns
 * what is expected is tried out first. Without it, each context is captured.
 *
 * @param inOwn Calls a function while the storage has a value.
 * @param read Returns the current context, if there is a way.
 */
export function contextReader(inOwn: <R>(fn: () => R) => R, read = slotReader()): ContextReader {
  const isEmpty = read && emptinessCheck(read, inOwn);
  if (read === undefined || isEmpty === undefined) {
    return { token: () => ({}), capture: () => AsyncLocalStorage.snapshot() };
  }
  return {
    token: read,
    capture(token) {
      if (token === undefined || isEmpty(token)) return undefined;
      if (typeof token !== "object" || token === null) return AsyncLocalStorage.snapshot();
      let context = captured.get(token);
      if (context === undefined) captured.set(token, context = captureNow(token as Frame));
      return context;
    },
  };
}

/** Captures the current context, which is what is in the slot. */
function captureNow(frame: Frame): AsyncContext {
  const slot = contextSlot;
  return slot === undefined ? AsyncLocalStorage.snapshot() : (fn) => withFrame(slot, frame, fn);
}

/**
 * A function that tells whether a context has no values but those of one storage. A context is expected to be `undefined`,
 * or an object with a key for each storage; `runDetached()` has one of its own.
 *
 * @returns `undefined` if contexts are something else.
 */
function emptinessCheck(
  read: () => unknown,
  inOwn: <R>(fn: () => R) => R,
): ((context: unknown) => boolean) | undefined {
  const other = new AsyncLocalStorage<number>();
  const trial = runDetached(() => inOwn(read));
  if (typeof trial !== "object" || trial === null) return undefined;
  const ownKeys = new Set(Object.keys(trial));
  const isEmpty = (context: unknown): boolean => {
    if (context === undefined) return true;
    if (typeof context !== "object" || context === null) return false;
    for (const key in context) if (!ownKeys.has(key)) return false;
    return true;
  };
  const empty = [read, () => runDetached(read), () => inOwn(read), () => inOwn(() => inOwn(read)), () => trial];
  const full = [
    () => other.run(1, read),
    () => runDetached(() => other.run(1, read)),
    () => other.run(1, () => inOwn(read)),
    () => inOwn(() => other.run(1, read)),
    () => other.run(1, () => (other.enterWith(2), read())),
  ];
  const works = runDetached(() => empty.every((context) => isEmpty(context())) && !full.some((it) => isEmpty(it())));
  return works ? isEmpty : undefined;
}
