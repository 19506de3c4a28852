/**
 * What is in force where code runs: the runner that `submit()` goes to, and the attempt whose body is running.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Submitter } from "./submitter.ts";

/** What is in force: an attempt, or a runner that was entered or is used. */
export interface Scope {
  readonly submitter: Submitter;
}

const storage = new AsyncLocalStorage<Scope>();

/** Runners that were entered and not disposed of, the latest last: for code that `enter()` did not flow to. */
const entered: Scope[] = [];

/** What is in force here, if anything is. */
export function ambientScope(): Scope | undefined {
  return storage.getStore();
}

/** Calls `fn` with `scope` in force, for it and all that it starts. */
export function runInScope<A, R>(scope: Scope, fn: (arg: A) => R, arg: A): R {
  return storage.run(scope, fn, arg);
}

/**
 * Puts a runner in force from here on, for the rest of the calling function and all that it starts, and, where nothing
 * else is in force, everywhere (a test's `beforeEach()` enters on behalf of code that it does not call).
 */
export function enterScope(scope: Scope): void {
  entered.push(scope);
  storage.enterWith(scope);
}

/** Ends what `enterScope()` began. */
export function leaveScope(scope: Scope): void {
  for (let index = entered.indexOf(scope); index >= 0; index = entered.indexOf(scope)) entered.splice(index, 1);
}

/** Where a `submit()` without a runner goes, if anywhere. */
export function ambientSubmitter(): Submitter | undefined {
  const submitter = storage.getStore()?.submitter;
  if (submitter?.open) return submitter;
  return entered.findLast((scope) => scope.submitter.open)?.submitter;
}
