/**
 * Entering scopes, for asynchronous code too, and the async context of a submission.
 *
 * @module
 */

import { type AsyncContext, contextReader } from "../core/async_context.ts";
import { contextSlot, type ContextStorage, slotStorage } from "../core/context_slot.ts";
import { globalKey } from "../core/global_singleton.ts";
import { nodeModule } from "../core/node_builtins.ts";
import { ambient, openScope, type Scope } from "./ambient.ts";
import type { Submitter } from "./submitter.ts";

const storage: ContextStorage<Scope> = ambient.storage ??= contextSlot === undefined
  ? new (nodeModule("node:async_hooks").AsyncLocalStorage)<Scope | undefined>()
  : slotStorage(contextSlot, Symbol.for(globalKey("scope")));

/** A scope that nothing runs in. */
const NO_SCOPE: Scope = {
  outer: undefined,
  get submitter(): never {
    throw new Error("Cannot submit in here");
  },
};

const { token, capture } = contextReader((fn) => storage.run(NO_SCOPE, fn, undefined));

/**
 * The async context of the code that is running; `undefined` if no other code than this package has put anything into it.
 * Looked at once for all submissions in a row in one scope and one context.
 */
export function submittersContext(): AsyncContext | undefined {
  const current = token();
  if (current === undefined) return undefined;
  const scope = storage.getStore();
  if (scope === undefined) return capture(current);
  if (scope.contextToken !== current) {
    scope.asyncContext = capture(current);
    scope.contextToken = current;
  }
  return scope.asyncContext;
}

/** Calls `fn` in a scope: it is current for the call and for everything that the call starts. */
export function runInScope<A, R>(scope: Scope, fn: (arg: A) => R, arg: A): R {
  return storage.run(scope, fn, arg);
}

/** Leaves the scope of a `runInScope()` whose call was stopped from outside, so that it never returned. */
export function resetScope(): void {
  storage.enterWith(undefined);
}

/** Calls `fn` with a runner as the current one, for the call and everything that it starts. */
export function useRunner<R>(submitter: Submitter, fn: () => R): R {
  return storage.run({ submitter, outer: openScope() }, fn, undefined);
}

/**
 * Makes a runner the current one from here on, for the rest of the calling function and everything that it starts. Where no
 * scope is current, it is used everywhere (a test's `beforeEach()` enters a runner for code that it does not call).
 */
export function enterRunner(submitter: Submitter): void {
  ambient.entered.push(submitter);
  storage.enterWith({ submitter, outer: openScope() });
}

/** Undoes `enterRunner()`. */
export function leaveRunner(submitter: Submitter): void {
  const { entered } = ambient;
  for (let at = entered.indexOf(submitter); at >= 0; at = entered.indexOf(submitter)) entered.splice(at, 1);
}
