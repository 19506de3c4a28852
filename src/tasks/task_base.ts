/**
 * The class form of a task.
 *
 * @module
 */

import type { Duration } from "../core/duration.ts";
import type { Concurrency, Throttle } from "../core/limits.ts";
import type { Backend, OnDepFailure, ResolvedTaskOptions, TaskOptions } from "../core/options.ts";
import type { TaskPermissions } from "../core/permissions.ts";
import type { TaskCache } from "../core/task_cache.ts";
import { OPTION_NAMES } from "../core/resolve_options.ts";
import type { TaskResult } from "../core/result.ts";
import type { Backoff, Jitter, RetryOn } from "../core/retry.ts";
import { type CallSite, describeCallSite, newSiteOf } from "./call_site.ts";
import type { TaskHandle } from "./task_handle.ts";
import type { Columns, Inputs } from "./inputs.ts";
import { registerWhenNamed } from "./registry.ts";
import { SPEC, type TaskSpec } from "./spec.ts";
import type { StreamItem, StreamOptions } from "./stream.ts";
import { SUBMIT_WITH, type SubmitOptions } from "./submitter.ts";
import { defineSpec, type Task, type TaskMembers, taskMembers } from "./task.ts";

/**
 * A task as a class: its options are fields, its body is the method `run()`. An instance is a task like any other. A call of
 * its `run()` calls the body directly, without a runner.
 *
 * TypeScript derives the types of such fields from their values. So a string that is one of several choices, or a duration,
 * needs `as const`: `override timeout = "10s" as const`.
 *
 * The options are checked at their first use, because the fields of a subclass are set after the constructor of this class.
 *
 * @typeParam A The parameters of `run()`.
 * @typeParam R What `run()` returns, or what its promise yields.
 *
 * @example A greeting as a class
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
  /** See {@linkcode TaskOptions.name}. Default: the name of the class, or `file:line:column` of the `new` if it has none. */
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
  /** See {@linkcode TaskOptions.startAfter}. */
  startAfter?: Duration | Date | undefined;
  /** See {@linkcode TaskOptions.deadline}. */
  deadline?: Duration | Date | undefined;
  /** See {@linkcode TaskOptions.maxRecoveries}. */
  maxRecoveries?: number | undefined;
  /** See {@linkcode TaskOptions.onDepFailure}. */
  onDepFailure?: OnDepFailure | undefined;
  /** See {@linkcode TaskOptions.priority}. */
  priority?: number | undefined;
  /** See {@linkcode TaskOptions.throttle}. */
  throttle?: Throttle<A> | undefined;
  /** See {@linkcode TaskOptions.concurrency}. */
  concurrency?: Concurrency<A> | undefined;
  /** See {@linkcode TaskOptions.cache}. */
  cache?: TaskCache<A> | undefined;
  /** See {@linkcode TaskOptions.dedupBy}. */
  dedupBy?: ((...args: A) => string) | undefined;
  /** See {@linkcode TaskOptions.label}. */
  label?: ((...args: A) => string) | undefined;
  /** See {@linkcode TaskOptions.redact}. */
  redact?: ((args: A) => readonly unknown[]) | undefined;
  /** See {@linkcode TaskOptions.tags}. */
  tags?: readonly string[] | undefined;
  /** See {@linkcode TaskOptions.permissions}. */
  permissions?: TaskPermissions | undefined;
  /** See {@linkcode TaskOptions.memoryLimitMb}. */
  memoryLimitMb?: number | undefined;
  /** See {@linkcode TaskOptions.version}. */
  version?: string | undefined;
  /** See {@linkcode TaskOptions.module}. */
  module?: string | URL | undefined;

  /**
   * No submit options: `.with()` gives them.
   *
   * @internal
   */
  readonly [SUBMIT_WITH]: undefined = undefined;

  readonly #site: CallSite | undefined;
  #members: TaskMembers<A, R> | undefined;

  /** Registers the task with the place where it is defined, so that workers find it. */
  constructor() {
    const site = this.#site = newSiteOf(TaskBase);
    this.name = new.target.name || (site === undefined ? "anonymous" : describeCallSite(site));
    if (site !== undefined) registerWhenNamed(site, () => this[SPEC]);
  }

  /**
   * The body of the task.
   *
   * @param args The arguments given at submit, with values in place of handles.
   * @returns The result of the task, or a promise of it.
   *
   * @example A body without a runner, as in a test
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { TaskBase } from "@workflowy/workflowy";
   *
   * class Greet extends TaskBase<[name: string], string> {
   *   run(name: string): string {
   *     return `hello, ${name}`;
   *   }
   * }
   * assertEquals(new Greet().run("Ann"), "hello, Ann");
   * ```
   */
  abstract run(...args: A): R | Promise<R>;

  /**
   * The options, checked, complete and frozen. Durations are in milliseconds.
   *
   * @throws {TypeError} If an option is of the wrong kind, or excludes another one.
   * @throws {RangeError} If a value is out of range.
   */
  get options(): ResolvedTaskOptions {
    return this.#task().options;
  }

  /**
   * Options and body.
   *
   * @internal
   */
  get [SPEC](): TaskSpec<A, R> {
    return this.#task()[SPEC];
  }

  /**
   * Submits the task: see {@linkcode Task.submit}.
   *
   * @param args The arguments of `run()`, or handles in place of values.
   * @returns The handle of the submitted task.
   * @throws {Error} If there is no current runner, or it does not accept submissions any more.
   * @throws {TypeError} If an option is of the wrong kind, or a handle belongs to another runner.
   * @throws {RangeError} If the value of an option is out of range.
   *
   * @example The value of a handle as an argument
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { TaskBase, TaskRunner } from "@workflowy/workflowy";
   *
   * class Double extends TaskBase<[x: number], number> {
   *   run(x: number): number {
   *     return 2 * x;
   *   }
   * }
   * await using _ = new TaskRunner().enter();
   * const double = new Double();
   * assertEquals(await double.submit(double.submit(3)), 12);
   * ```
   */
  submit(...args: Inputs<A>): TaskHandle<R> {
    return this.#task().submit(...args);
  }

  /**
   * Submits the task several times: see {@linkcode Task.map}.
   *
   * @param columns One iterable for each parameter of `run()`.
   * @returns The handles, in order.
   * @throws {TypeError} If there is no column, or one is not iterable.
   *
   * @example Three values
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { TaskBase, TaskRunner } from "@workflowy/workflowy";
   *
   * class Double extends TaskBase<[x: number], number> {
   *   run(x: number): number {
   *     return 2 * x;
   *   }
   * }
   * await using _ = new TaskRunner().enter();
   * assertEquals(await Promise.all(new Double().map([1, 2, 3])), [2, 4, 6]);
   * ```
   */
  map(...columns: Columns<A>): TaskHandle<R>[] {
    return this.#task().map(...columns);
  }

  /**
   * Submits the task for each item, a few at a time: see {@linkcode Task.stream}.
   *
   * @param items The first arguments, of an iterable or async iterable of any length.
   * @param options How far it reads ahead. Default: twice the slots of the task's pool.
   * @returns The results, in the order of the items.
   * @throws {TypeError} If `items` is not iterable, or an option is unknown or of the wrong kind.
   * @throws {RangeError} If `ahead` is less than 1 or not a whole number.
   *
   * @example Three values
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { TaskBase, TaskRunner } from "@workflowy/workflowy";
   *
   * class Double extends TaskBase<[x: number], number> {
   *   run(x: number): number {
   *     return 2 * x;
   *   }
   * }
   * await using _ = new TaskRunner().enter();
   * const results = await Array.fromAsync(new Double().stream([1, 2, 3]));
   * assertEquals(results.map(({ value }) => value), [2, 4, 6]);
   * ```
   */
  stream(
    items: Iterable<StreamItem<A>> | AsyncIterable<StreamItem<A>>,
    options?: StreamOptions,
  ): AsyncIterable<TaskResult<R>> {
    return this.#task().stream(items, options);
  }

  /**
   * Makes a variant of the task with other options: see {@linkcode Task.with}.
   *
   * @param overrides Options that replace those of the task, and {@linkcode SubmitOptions}.
   * @returns The variant.
   * @throws {TypeError} If an option is unknown, of the wrong kind, or excludes another one.
   * @throws {RangeError} If the value of an option is out of range.
   *
   * @example More retries for one submission
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { TaskBase } from "@workflowy/workflowy";
   *
   * class Load extends TaskBase<[url: string], string> {
   *   override timeout = "10s" as const;
   *   run(url: string): string {
   *     return url;
   *   }
   * }
   * const { maxAttempts, timeout } = new Load().with({ retries: 4 }).options;
   * assertEquals([maxAttempts, timeout], [5, 10_000]);
   * ```
   */
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
