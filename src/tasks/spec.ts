/**
 * A task as the runner needs it: options and body, without the public face.
 *
 * @module
 */

import type { ResolvedTaskOptions } from "../core/options.ts";
import { resolveOptions } from "../core/resolve_options.ts";

/**
 * What a task runs and how. The key of tasks that holds it comes from the registry of symbols, so that two copies of
 * this package in one program recognise each other's tasks.
 */
export interface TaskSpec<A extends unknown[] = never, R = unknown> {
  /** Checked, complete and frozen. */
  readonly options: ResolvedTaskOptions;
  /** The name under which its module defines it: `.with({ name })` changes that of the options only. */
  readonly definedAs: string;
  /** What runs. */
  readonly body: (...args: A) => R | PromiseLike<R>;
}

/** The key under which a task keeps its {@linkcode TaskSpec}. */
export const SPEC: unique symbol = Symbol.for("workflowy.task.spec");

/** Specs of functions that were submitted as they are: one per function. */
const specs = new WeakMap<(...args: never) => unknown, TaskSpec>();

/** The spec of a function that is submitted as it is, under its own name and with no options. */
export function specOfFunction(fn: (...args: never) => unknown): TaskSpec {
  let spec = specs.get(fn);
  if (spec === undefined) {
    const name = fn.name === "" ? "anonymous" : fn.name;
    spec = Object.freeze({ options: resolveOptions({}, name), definedAs: name, body: fn });
    specs.set(fn, spec);
  }
  return spec;
}
