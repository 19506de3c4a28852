/**
 * How tasks reach a runner without knowing one.
 *
 * @module
 */

import { abortSignal, type Check, nonEmptyString } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import type { TaskHandle } from "./task_handle.ts";
import type { TaskSpec } from "./spec.ts";

/** The method of a runner that takes a task's spec; a symbol, as it is for this package alone. */
export const SUBMIT: unique symbol = Symbol.for("workflowy.runner.submit");

/** The key under which a task keeps what `.with()` said about submitting it. */
export const SUBMIT_WITH: unique symbol = Symbol.for("workflowy.task.submit-with");

/** What a task needs of a runner: a `TaskRunner` is one. */
export interface Submitter {
  /** Whether it still takes submissions. */
  readonly open: boolean;
  /**
   * Takes a task, its arguments and its submit options.
   *
   * @internal
   */
  [SUBMIT]<R>(
    spec: TaskSpec<never, R>,
    args: readonly unknown[],
    options: InternalSubmitOptions | undefined,
  ): TaskHandle<R>;
}

/**
 * What one submission of a task can add, given with `.with()`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const log = task({ name: "log" }, (text: string) => text);
 * const first = log.with({ runner, key: "opening" }).submit("hello");
 * const second = log.with({ runner, dependsOn: first }).submit("bye");
 * assertEquals([first.id, second.id, await second], ["opening", "log#2", "bye"]);
 * ```
 */
export interface SubmitOptions {
  /** Where to submit; default: the ambient runner. */
  readonly runner?: Submitter | undefined;
  /** What must be over first, beside the handles among the arguments. */
  readonly dependsOn?: TaskHandle<unknown> | readonly TaskHandle<unknown>[] | undefined;
  /** The id of the handle, by which a checkpoint finds its result again; a second one of the same gets `~2` after it. */
  readonly key?: string | undefined;
  /** Names the work: while a task of the same name and key is active, submitting returns its handle. */
  readonly dedupKey?: string | undefined;
  /** What submitted it, for `PoolOptions.reserveFor` and for reports; default `"manual"`. */
  readonly source?: string | undefined;
  /** Cancels the task when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What this package itself can add besides. */
export interface InternalSubmitOptions extends SubmitOptions {
  /** The id of the handle, for runs of jobs; no key leads to such an id. */
  readonly id?: string | undefined;
}

/** A check for each option. */
const CHECKS: Readonly<Record<keyof SubmitOptions, Check>> = {
  runner: aRunner,
  dependsOn: (value) => value, // the runner tells its handles from others
  key: nonEmptyString,
  dedupKey: nonEmptyString,
  source: nonEmptyString,
  signal: abortSignal,
};

/** Whether an option is one of {@linkcode SubmitOptions}. */
export function isSubmitOption(option: string): option is keyof SubmitOptions {
  return Object.hasOwn(CHECKS, option);
}

/**
 * Checks the options of a submission.
 *
 * @throws {TypeError} If one is of a wrong kind.
 * @throws {RangeError} If a text is empty.
 */
export function checkSubmitOptions(options: SubmitOptions, name: string): void {
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined && isSubmitOption(option)) CHECKS[option](value, `${option} of task "${name}"`);
  }
}

function aRunner(value: unknown, what: string): unknown {
  if (typeof value === "object" && value !== null && SUBMIT in value) return value;
  throw new TypeError(`${what} must be a TaskRunner, not ${describeValue(value)}`);
}
