/**
 * How tasks reach a runner without knowing one.
 *
 * @module
 */

import { abortSignal, type Check, nonEmptyString } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import type { TaskHandle } from "./task_handle.ts";
import type { TaskSpec } from "./spec.ts";

/**
 * The key of the method by which a runner accepts a {@linkcode TaskSpec}.
 *
 * @internal
 */
export const SUBMIT: unique symbol = Symbol.for("workflowy.runner.submit");

/**
 * The key under which a task has the submit options given to `.with()`.
 *
 * @internal
 */
export const SUBMIT_WITH: unique symbol = Symbol.for("workflowy.task.submit-with");

/**
 * The key of the method by which a runner says how many slots the pool of a task has.
 *
 * @internal
 */
export const SLOTS: unique symbol = Symbol.for("workflowy.runner.slots");

/** What accepts submissions: a `TaskRunner`. */
export interface Submitter {
  /** Whether it accepts submissions. */
  readonly open: boolean;
  /**
   * Accepts a task, its arguments and its submit options.
   *
   * @internal
   */
  [SUBMIT]<R>(
    spec: TaskSpec<never, R>,
    args: readonly unknown[],
    options: InternalSubmitOptions | undefined,
  ): TaskHandle<R>;
  /**
   * How many tasks of the pool of a task run at a time.
   *
   * @internal
   */
  [SLOTS]?(spec: TaskSpec): number;
}

/**
 * Options of one submission of a task, given to `.with()`.
 *
 * @example A submission that waits for another one
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
  /** The runner to submit to. Default: the current runner. */
  readonly runner?: Submitter | undefined;
  /** Handles that must finish first, besides those among the arguments. Default: none. */
  readonly dependsOn?: TaskHandle<unknown> | readonly TaskHandle<unknown>[] | undefined;
  /**
   * An idempotency key. Submitting the same task with the key again returns the handle of the first submission, whatever its
   * outcome and arguments, as long as that is in the checkpoint or, without one, retained by the runner. A resumed run runs
   * the task again if it failed or was cancelled. Default: none.
   */
  readonly key?: string | undefined;
  /**
   * While a task of the same name and this key is unfinished, submitting returns its handle. Default: the result of the
   * task's `dedupBy`, if it has that.
   */
  readonly dedupKey?: string | undefined;
  /** What submits it, for `PoolOptions.reserveFor` and for reports. Default: `"manual"`. */
  readonly source?: string | undefined;
  /** Cancels the task when aborted. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/** What this package itself can add besides. */
export interface InternalSubmitOptions extends SubmitOptions {
  /** The id of the handle, for runs of jobs; no key leads to such an id. */
  readonly id?: string | undefined;
  /** When it is due, in place of the task's own `startAfter`: milliseconds from now, or a time. */
  readonly delay?: number | Date | undefined;
  /** Whether it is one of a stream, of which only the last finished handles are kept. */
  readonly isStreamed?: boolean | undefined;
}

/** A check for each option. */
const CHECKS: Readonly<Record<keyof SubmitOptions, Check>> = {
  runner: checkRunner,
  dependsOn: (value) => value, // the runner tells its handles from others
  key: nonEmptyString,
  dedupKey: nonEmptyString,
  source: nonEmptyString,
  signal: abortSignal,
};

/** The names of the options. */
export const SUBMIT_OPTION_NAMES: readonly string[] = Object.keys(CHECKS);

/** Whether an option is one of {@linkcode SubmitOptions}. */
export function isSubmitOption(option: string): option is keyof SubmitOptions {
  return Object.hasOwn(CHECKS, option);
}

/**
 * Checks the options of a submission.
 *
 * @throws {TypeError} If one is of the wrong kind.
 * @throws {RangeError} If a string is empty.
 */
export function checkSubmitOptions(options: SubmitOptions, name: string): void {
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined && isSubmitOption(option)) CHECKS[option](value, `${option} of task "${name}"`);
  }
}

/**
 * A runner, also of another copy of this package.
 *
 * @param what How errors name it.
 * @throws {TypeError} If it is none.
 */
export function checkRunner(value: unknown, what: string): unknown {
  if (typeof value === "object" && value !== null && SUBMIT in value) return value;
  throw new TypeError(`${what} must be a TaskRunner, not ${describeValue(value)}`);
}
