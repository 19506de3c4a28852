/**
 * A task as the engine needs it: options and body.
 *
 * @module
 */

import type { ResolvedTaskOptions } from "../core/options.ts";
import { resolveOptions } from "../core/resolve_options.ts";
import type { CallSite } from "./call_site.ts";

/** A function that was made a task. All variants that `.with()` makes of the task share it. */
export interface Definition {
  readonly fn: unknown;
  /** Where it was made a task. */
  readonly site: CallSite;
  /** What it was last submitted to: an object for each runner. */
  submittedTo: object | undefined;
}

/** What a task does that has no body: the engine ends it, and no pool. */
export type WaitKind = "sleep" | "signal";

/**
 * What a task runs and how.
 *
 * @internal
 */
export interface TaskSpec<A extends unknown[] = never, R = unknown> {
  /** Checked, complete and frozen. */
  readonly options: ResolvedTaskOptions;
  /** The name under which its module defines it. `.with({ name })` changes only that in the options. */
  readonly definedAs: string;
  /** The body. */
  readonly body: (...args: A) => R | PromiseLike<R>;
  /** Of a task without a body. */
  readonly wait?: WaitKind | undefined;
  /** Of a task that `task()` has made. */
  readonly definition?: Definition | undefined;
}

/**
 * The key under which a task has its {@linkcode TaskSpec}. It is from the registry of symbols, so that two copies of this
 * package in one program recognise each other's tasks.
 *
 * @internal
 */
export const SPEC: unique symbol = Symbol.for("workflowy.task.spec");

/** The specs of functions that were submitted without `task()`, one per function. */
const specs = new WeakMap<(...args: never) => unknown, TaskSpec>();

/** The spec of a function that is submitted without `task()`: with the function's name and no options. */
export function specOfFunction(fn: (...args: never) => unknown): TaskSpec {
  let spec = specs.get(fn);
  if (spec === undefined) {
    const name = fn.name === "" ? "anonymous" : fn.name;
    spec = Object.freeze({ options: resolveOptions({}, name), definedAs: name, body: fn });
    specs.set(fn, spec);
  }
  return spec;
}
