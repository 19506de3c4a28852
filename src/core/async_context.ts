/**
 * The async context that code runs in: the values of all `AsyncLocalStorage`s, those of other code included.
 *
 * @module
 */

import type { AsyncLocalStorage } from "node:async_hooks";
import { type ContextSlot, contextSlot, type Frame, slotReader, withFrame } from "./context_slot.ts";
import { nodeModule } from "./node_builtins.ts";
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
 * @param inOwn Calls a function while the storage has a value.
 */
export function contextReader(inOwn: <R>(fn: () => R) => R): ContextReader {
  return contextSlot === undefined ? standardReader(inOwn, slotReader()) : readerOf(contextSlot);
}

/** A reader of the slot. A storage of this package has a symbol as its key there, others have a string. */
function readerOf(slot: ContextSlot): ContextReader {
  return {
    token: slot.read,
    capture(token) {
      const frame = token as Frame;
      for (const _key in frame) return capturedOnce(frame!, () => (fn) => withFrame(slot, frame, fn));
      return undefined;
    },
  };
}

/**
 * A reader that does not write into the slot.
 *
 * To capture a context takes two microseconds, as much as a whole task, and there is no public way to ask whether it has any
 * values. So this reads a function of Deno (see `context_slot.ts`), which takes nanoseconds. Whether it returns
 * what is expected is tried out first. Without it, each context is captured.
 *
 * @param read Returns the current context, if there is a way.
 */
export function standardReader(inOwn: <R>(fn: () => R) => R, read: (() => unknown) | undefined): ContextReader {
  const { AsyncLocalStorage } = nodeModule("node:async_hooks");
  const snapshot = (): AsyncContext => AsyncLocalStorage.snapshot();
  const isEmpty = read && emptinessCheck(new AsyncLocalStorage<number>(), read, inOwn);
  if (read === undefined || isEmpty === undefined) return { token: () => ({}), capture: snapshot };
  return {
    token: read,
    capture(token) {
      if (token === undefined || isEmpty(token)) return undefined;
      return typeof token === "object" && token !== null ? capturedOnce(token, snapshot) : snapshot();
    },
  };
}

function capturedOnce(token: object, capture: () => AsyncContext): AsyncContext {
  let context = captured.get(token);
  if (context === undefined) captured.set(token, context = capture());
  return context;
}

/**
 * A function that tells whether a context has no values but those of one storage. A context is expected to be `undefined`,
 * or an object with a key for each storage; `runDetached()` has one of its own.
 *
 * @returns `undefined` if contexts are something else.
 */
function emptinessCheck(
  other: AsyncLocalStorage<number>,
  read: () => unknown,
  inOwn: <R>(fn: () => R) => R,
): ((context: unknown) => boolean) | undefined {
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
