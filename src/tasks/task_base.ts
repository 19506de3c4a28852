/**
 * The class form of a task.
 *
 * @module
 */

import type { Duration } from "../core/duration.ts";
import type { Backend, OnDepFailure, ResolvedTaskOptions, TaskOptions } from "../core/options.ts";
import type { TaskPermissions } from "../core/permissions.ts";
import { OPTION_NAMES } from "../core/resolve_options.ts";
import type { Backoff, Jitter, RetryOn } from "../core/retry.ts";
import { type CallSite, describeCallSite, newSiteOf } from "./call_site.ts";
import type { TaskHandle } from "./task_handle.ts";
import type { Columns, Inputs } from "./inputs.ts";
import { registerWhenNamed } from "./registry.ts";
import { SPEC, type TaskSpec } from "./spec.ts";
import { SUBMIT_WITH, type SubmitOptions } from "./submitter.ts";
import { defineSpec, type Task, type TaskMembers, taskMembers } from "./task.ts";

/**
 * A task as a class: its options are fields, its body is `run()`. An instance is a task like any other; calling its
 * `run()` calls the body, with no runner involved.
 *
 * TypeScript takes the types of such fields from their values alone, so a text that stands for a choice or a length of
 * time needs `as const`: `override timeout = "10s" as const`.
 *
 * The options are checked when they are first needed, as fields of a subclass are set after this class's constructor.
 *
 * @typeParam A The parameters of `run()`.
 * @typeParam R What `run()` returns, or what its promise yields.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TaskBase, TaskRunner } from "@workflowy/workflowy";
 *
 * class Greet extends TaskBase<[name: string], string> {
 *   override name = "greet";
 *   override retries = 2;
 *   run(name: string): string {
 *     return `Hello, ${name}!`;
 *   }
 * }
 * const greet = new Greet();
 *
 * await using runner = new TaskRunner();
 * assertEquals(await runner.submit(greet, "Ada"), "Hello, Ada!");
 * assertEquals(greet.run("Ada"), "Hello, Ada!");
 * ```
 */
export abstract class TaskBase<A extends unknown[], R> implements Task<A, R> {
  /** Default: the name of the class, or the place of the `new` for a class without one. */
  name: string;
  /** See {@linkcode TaskOptions.backend}. */
  backend?: Backend | undefined;
  /** See {@linkcode TaskOptions.pool}. */
  pool?: string | undefined;
  /** See {@linkcode TaskOptions.retries}. */
  retries?: number | undefined;
  /** See {@linkcode TaskOptions.maxAttempts}. */
  maxAttempts?: number | undefined;
  /** See {@linkcode TaskOptions.backoff}. */
  backoff?: Backoff | undefined;
  /** See {@linkcode TaskOptions.backoffBase}. */
  backoffBase?: Duration | undefined;
  /** See {@linkcode TaskOptions.backoffMax}. */
  backoffMax?: Duration | undefined;
  /** See {@linkcode TaskOptions.jitter}. */
  jitter?: Jitter | undefined;
  /** See {@linkcode TaskOptions.retryOn}. */
  retryOn?: RetryOn | undefined;
  /** See {@linkcode TaskOptions.timeout}. */
  timeout?: Duration | undefined;
  /** See {@linkcode TaskOptions.retryOnTimeout}. */
  retryOnTimeout?: boolean | undefined;
  /** See {@linkcode TaskOptions.maxRecoveries}. */
  maxRecoveries?: number | undefined;
  /** See {@linkcode TaskOptions.onDepFailure}. */
  onDepFailure?: OnDepFailure | undefined;
  /** See {@linkcode TaskOptions.priority}. */
  priority?: number | undefined;
  /** See {@linkcode TaskOptions.dedupBy}. */
  dedupBy?: ((...args: A) => string) | undefined;
  /** See {@linkcode TaskOptions.permissions}. */
  permissions?: TaskPermissions | undefined;
  /** See {@linkcode TaskOptions.memoryLimitMb}. */
  memoryLimitMb?: number | undefined;
  /** See {@linkcode TaskOptions.version}. */
  version?: string | undefined;
  /** See {@linkcode TaskOptions.module}. */
  module?: string | URL | undefined;

  /** For this package: an instance itself says nothing about submitting it. */
  readonly [SUBMIT_WITH]: undefined = undefined;

  readonly #site: CallSite | undefined;
  #members: TaskMembers<A, R> | undefined;

  /** Notes where the task is defined. */
  constructor() {
    const site = this.#site = newSiteOf(TaskBase);
    this.name = new.target.name || (site === undefined ? "anonymous" : describeCallSite(site));
    if (site !== undefined) registerWhenNamed(site, () => this[SPEC]);
  }

  /** The body of the task. */
  abstract run(...args: A): R | Promise<R>;

  /**
   * The options, checked, complete and frozen.
   *
   * @throws {TypeError} If one is of a wrong kind, or excludes another one.
   * @throws {RangeError} If a value is out of range.
   */
  get options(): ResolvedTaskOptions {
    return this.#task().options;
  }

  /** For this package: options and body. */
  get [SPEC](): TaskSpec<A, R> {
    return this.#task()[SPEC];
  }

  /** See {@linkcode Task.submit}. */
  submit(...args: Inputs<A>): TaskHandle<R> {
    return this.#task().submit(...args);
  }

  /** See {@linkcode Task.map}. */
  map(...columns: Columns<A>): TaskHandle<R>[] {
    return this.#task().map(...columns);
  }

  /** See {@linkcode Task.with}. */
  with(overrides: TaskOptions<A> & SubmitOptions): Task<A, R> {
    return this.#task().with(overrides);
  }

  #task(): TaskMembers<A, R> {
    if (this.#members !== undefined) return this.#members;
    const given = Object.fromEntries(OPTION_NAMES.map((option) => [option, this[option]])) as TaskOptions<A>;
    const spec = defineSpec(given, this.constructor.name, (...args: A) => this.run(...args), this.#site);
    return this.#members = taskMembers(given, spec, undefined);
  }
}
