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
  /** What was in force where this one began, and is again once its runner was shut down. */
  readonly outer: Scope | undefined;
}

const storage = new AsyncLocalStorage<Scope | Stand>();

/** Runners that were entered and not shut down, the latest last: for code that `enter()` did not flow to. */
const entered: Submitter[] = [];

/** A place that scopes take in turn. */
class Stand {
  scope: Scope | undefined = undefined;
}

/**
 * Where the engine itself runs. Entering a scope of one's own costs more than all else about a tiny task, so a scope
 * that is sure to end when the call returns stands here for the time of the call instead.
 *
 * Whatever such a call leaves running in the background finds nothing in force here afterwards, or, if a scope turns
 * out to go on and stays, that one.
 */
const stand = new Stand();
const onStand: <R>(fn: () => R) => R = storage.run(stand, () => AsyncLocalStorage.snapshot());

/** Calls a function of the engine: outside of every task, and where tasks can take the stand. */
export function runEngine(fn: () => void): void {
  onStand(fn);
}

/** Puts a scope in force for a call from the engine to the end of it; returns whether that was possible. */
export function takeStand(scope: Scope): boolean {
  if (stand.scope !== undefined || storage.getStore() !== stand) return false;
  stand.scope = scope;
  return true;
}

/** Ends what `takeStand()` began, if it did. */
export function leaveStand(scope: Scope): void {
  if (stand.scope === scope) stand.scope = undefined;
}

/** What is in force here, if anything is. */
export function ambientScope(): Scope | undefined {
  const found = storage.getStore();
  return found instanceof Stand ? found.scope : found;
}

/** Calls `fn` with `scope` in force, for it and all that it starts. */
export function runInScope<A, R>(scope: Scope, fn: (arg: A) => R, arg: A): R {
  return storage.run(scope, fn, arg);
}

/** Calls `fn` with a runner in force, for it and all that it starts. */
export function useRunner<R>(submitter: Submitter, fn: () => R): R {
  return storage.run({ submitter, outer: openScope() }, fn);
}

/**
 * Puts a runner in force from here on, for the rest of the calling function and all that it starts, and, where nothing
 * else is in force, everywhere (a test's `beforeEach()` enters on behalf of code that it does not call).
 */
export function enterRunner(submitter: Submitter): void {
  entered.push(submitter);
  storage.enterWith({ submitter, outer: openScope() });
}

/** Ends what `enterRunner()` began. */
export function leaveRunner(submitter: Submitter): void {
  for (let at = entered.indexOf(submitter); at >= 0; at = entered.indexOf(submitter)) entered.splice(at, 1);
}

/** Where a `submit()` without a runner goes, if anywhere. */
export function ambientSubmitter(): Submitter | undefined {
  return openScope()?.submitter ?? entered.findLast((submitter) => submitter.open);
}

/** The innermost scope whose runner was not shut down. */
function openScope(): Scope | undefined {
  let scope = ambientScope();
  while (scope !== undefined && !scope.submitter.open) scope = scope.outer;
  return scope;
}
