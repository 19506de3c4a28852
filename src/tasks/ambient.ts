/**
 * The current scope: the runner that `submit()` uses, and the attempt whose body is running.
 *
 * This file only reads it. What enters scopes is in `scopes.ts`, apart because that tries out V8's slot when it is loaded,
 * which a module with tasks does without.
 *
 * @module
 */

import type { AsyncContext, ContextToken } from "../core/async_context.ts";
import type { ContextStorage } from "../core/context_slot.ts";
import { globalSingleton } from "../core/global_singleton.ts";
import type { TaskContext } from "./context.ts";
import type { Submitter } from "./submitter.ts";

/** What is current while code runs: an attempt, or a runner that was entered or is used. */
export interface Scope {
  /** The runner, or what stands in for it. */
  readonly submitter: Submitter;
  /** The scope in which this one was entered. It becomes current again once the runner of this one was shut down. */
  readonly outer: Scope | undefined;
  /** What `currentTask()` returns; `null` once the body has ended, `undefined` if this is not a task's scope. */
  readonly context?: TaskContext | null | undefined;
  /** What stands for the async context in which something was submitted last. */
  contextToken?: ContextToken | undefined;
  /** That context; `undefined` if it has no values of other code. */
  asyncContext?: AsyncContext | undefined;
}

/** What all copies of this package in a program share. */
export interface Ambient {
  /** What keeps the scopes of asynchronous code apart. Set when `scopes.ts` is loaded. */
  storage: ContextStorage<Scope> | undefined;
  /** The only scope there is, of a worker that has not loaded `scopes.ts` yet. */
  only: Scope | undefined;
  /** Runners that were entered and not shut down, the latest last: for code that `enter()` did not flow to. */
  readonly entered: Submitter[];
}

/** What this file reads and `scopes.ts` writes. */
export const ambient: Ambient = globalSingleton(
  "ambient",
  () => ({ storage: undefined, only: undefined, entered: [] }),
);

/** The current scope, if there is one. */
export function ambientScope(): Scope | undefined {
  return ambient.storage?.getStore() ?? ambient.only;
}

/** The innermost scope whose runner was not shut down. */
export function openScope(): Scope | undefined {
  let scope = ambientScope();
  while (scope !== undefined && !scope.submitter.open) scope = scope.outer;
  return scope;
}

/** Where a `submit()` without a runner goes, if anywhere. */
export function ambientSubmitter(): Submitter | undefined {
  return openScope()?.submitter ?? ambient.entered.findLast((submitter) => submitter.open);
}
