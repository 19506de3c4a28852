/**
 * What is in force where code runs: the runner that `submit()` goes to, and the attempt whose body is running.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { globalSingleton } from "../core/global_singleton.ts";
import type { TaskContext } from "./context.ts";
import type { Submitter } from "./submitter.ts";

/** What is in force: an attempt, or a runner that was entered or is used. */
export interface Scope {
  readonly submitter: Submitter;
  /** What was in force where this one began, and is again once its runner was shut down. */
  readonly outer: Scope | undefined;
  /** What the body finds that is running here; `null` if it is over, `undefined` if this is no task's scope. */
  readonly context?: TaskContext | null | undefined;
}

const storage = globalSingleton("ambient", () => new AsyncLocalStorage<Scope>());

/** Runners that were entered and not shut down, the latest last: for code that `enter()` did not flow to. */
const entered = globalSingleton<Submitter[]>("entered", () => []);

/** What is in force here, if anything is. */
export function ambientScope(): Scope | undefined {
  return storage.getStore();
}

/** Calls `fn` with `scope` in force, for it and all that it starts. */
export function runInScope<A, R>(scope: Scope, fn: (arg: A) => R, arg: A): R {
  return storage.run(scope, fn, arg);
}

/** Takes back what a call of `runInScope()` left in force that was ended from outside, without unwinding. */
export function resetScope(): void {
  storage.enterWith(undefined as unknown as Scope);
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
