/**
 * A task as the runner needs it: options and body, without the public face.
 *
 * @module
 */

import type { ResolvedTaskOptions } from "../core/options.ts";

/**
 * What a task runs and how. The key of tasks that holds it comes from the registry of symbols, so that two copies of
 * this package in one program recognise each other's tasks.
 */
export interface TaskSpec<A extends unknown[] = never, R = unknown> {
  /** Checked, complete and frozen. */
  readonly options: ResolvedTaskOptions;
  /** What runs. */
  readonly body: (...args: A) => R | PromiseLike<R>;
}

/** The key under which a task keeps its {@linkcode TaskSpec}. */
export const SPEC: unique symbol = Symbol.for("workflowy.task.spec");
