/**
 * Tasks: functions with a name and options, which can be submitted to a runner.
 *
 * @module
 */

import { areOptions, refuseUnknown } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import type { ResolvedTaskOptions, TaskOptions } from "../core/options.ts";
import { isTaskOption, mergeOptions, OPTION_NAMES, resolveOptions } from "../core/resolve_options.ts";
import { ambientSubmitter } from "./ambient.ts";
import { type CallSite, callSiteOf, describeCallSite } from "./call_site.ts";
import type { TaskHandle } from "./task_handle.ts";
import type { Columns, Inputs } from "./inputs.ts";
import type { TaskResult } from "../core/result.ts";
import { registerTask } from "./registry.ts";
import { SPEC, type TaskSpec } from "./spec.ts";
import { type StreamItem, streamOf, type StreamOptions } from "./stream.ts";
import {
  checkSubmitOptions,
  isSubmitOption,
  SUBMIT,
  SUBMIT_OPTION_NAMES,
  SUBMIT_WITH,
  type SubmitOptions,
  type Submitter,
} from "./submitter.ts";

/**
 * A function or method with a name and options, which can be submitted. {@linkcode task} and {@linkcode TaskBase} make tasks.
 *
 * @typeParam A The parameters of the body.
 * @typeParam R What its handles yield.
 *
 * @example A function that takes any task of a kind
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Task, task, TaskRunner } from "@workflowy/workflowy";
 *
 * async function average(measure: Task<[sensor: string], number>, sensors: string[]): Promise<number> {
 *   const values = await Promise.all(measure.map(sensors));
 *   return values.reduce((sum, value) => sum + value, 0) / values.length;
 * }
 *
 * await using runner = new TaskRunner();
 * const length = task({ name: "length" }, (sensor: string) => sensor.length);
 * assertEquals(await runner.use(() => average(length, ["a", "bcd"])), 2);
 * ```
 */
export interface Task<A extends unknown[], R> {
  /** The name of the task in ids, logs and errors. */
  readonly name: string;
  /** Its options, checked, complete and frozen. Durations are in milliseconds. */
  readonly options: ResolvedTaskOptions;
  /**
   * Options and body.
   *
   * @internal
   */
  readonly [SPEC]: TaskSpec<A, R>;
  /**
   * The submit options given to `.with()`.
   *
   * @internal
   */
  readonly [SUBMIT_WITH]: SubmitOptions | undefined;
  /**
   * Submits the task to the current runner, or to the one given to `.with()`.
   *
   * @param args The arguments of the body. In place of a value, also of one inside an array or plain object, a handle may be
   * given: the task then waits for it and gets its value.
   * @returns The handle of the submitted task.
   * @throws {Error} If there is no current runner, or it does not accept submissions any more.
   * @throws {TypeError} If a handle belongs to another runner, or the `key` to another task.
   */
  submit(...args: Inputs<A>): TaskHandle<R>;
  /**
   * Submits the task several times, like Python's `map(f, xs, ys)`: with the first items of all columns, then with the second
   * ones, until the shortest column ends.
   *
   * @param columns One iterable for each parameter of the body.
   * @returns The handles, in order.
   * @throws {TypeError} If there is no column, or one is not iterable.
   */
  map(...columns: Columns<A>): TaskHandle<R>[];
  /**
   * Submits the task for each item, a few at a time, and yields the results in the order of the items. A failure is a result
   * with `ok: false`. Leaving the loop early cancels what was submitted and not taken, and closes the source of the items.
   * What reading the items throws is thrown once the results of those before are taken. Of a stream's handles, the runner
   * keeps only the last that have finished (see `retain`), also for a report.
   *
   * @param items The first arguments, or handles of them, of an iterable or async iterable of any length.
   * @param options How far it reads ahead. Default: twice the slots of the task's pool.
   * @returns The results. They can be iterated once; nothing is submitted before that.
   * @throws {TypeError} If `items` is not iterable, or an option is unknown or of the wrong kind.
   * @throws {RangeError} If `ahead` is less than 1 or not a whole number.
   */
  stream(
    items: Iterable<StreamItem<A>> | AsyncIterable<StreamItem<A>>,
    options?: StreamOptions,
  ): AsyncIterable<TaskResult<R>>;
  /**
   * Makes a variant of the task with other options, or with options for submitting it.
   *
   * @param overrides Options that replace those of the task, and {@linkcode SubmitOptions}. `undefined` changes nothing.
   * @returns The variant. The task itself does not change.
   * @throws {TypeError} If an option is unknown, of the wrong kind, or excludes another one.
   * @throws {RangeError} If the value of an option is out of range.
   */
  with(overrides: TaskOptions<A> & SubmitOptions): Task<A, R>;
}

/**
 * A task made of a function. A call of the task calls the function directly, without a runner.
 *
 * @typeParam A The parameters of the function.
 * @typeParam R What the function returns.
 */
export interface FunctionTask<A extends unknown[], R> extends Task<A, Awaited<R>> {
  /**
   * Calls the function.
   *
   * @param args The arguments of the function.
   * @returns What the function returns.
   */
  (...args: A): R;
}

/** Any task, whatever its parameters and result. */
export interface AnyTask {
  /** The name of the task in ids, logs and errors. */
  readonly name: string;
  /**
   * Options and body.
   *
   * @internal
   */
  readonly [SPEC]: TaskSpec<never, unknown>;
}

/** The members that every task has, whatever it is made of. */
export type TaskMembers<A extends unknown[], R> = Omit<Task<A, R>, "name">;

/**
 * Makes a task of a function.
 *
 * Inside a function expression with a name, that name means the function and not the task. A task that submits itself is an
 * arrow function with the option `name`.
 *
 * @typeParam A The parameters of the function.
 * @typeParam R What the function returns.
 * @param fn The body of the task.
 * @returns The task, which can also be called like the function.
 *
 * @example A function as a task
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 *
 * const add = task(function add(a: number, b: number) {
 *   return a + b;
 * });
 * assertEquals(add(1, 2), 3); // a plain call
 *
 * await using runner = new TaskRunner();
 * runner.enter();
 * const three = add.submit(1, 2);
 * assertEquals(await add.submit(three, 4), 7); // `three` is a dependency
 * ```
 *
 * @example With options
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task } from "@workflowy/workflowy";
 *
 * const fetchPage = task({ name: "fetch-page", retries: 3, timeout: "10s" }, async (url: string) => {
 *   const response = await fetch(url);
 *   return await response.text();
 * });
 * assertEquals(fetchPage.options.timeout, 10_000);
 * ```
 *
 * @throws {TypeError} If `fn` is not a function.
 */
export function task<A extends unknown[], R>(fn: (...args: A) => R): FunctionTask<A, R>;
/**
 * Makes a task of a function, with options.
 *
 * @typeParam A The parameters of the function.
 * @typeParam R What the function returns.
 * @param options The options of the task.
 * @param fn The body of the task.
 * @returns The task, which can also be called like the function.
 * @throws {TypeError} If an option is unknown, of the wrong kind, or excludes another one, or `fn` is not a function.
 * @throws {RangeError} If the value of an option is out of range.
 */
export function task<A extends unknown[], R>(
  options: NoInfer<TaskOptions<A>>,
  fn: (...args: A) => R,
): FunctionTask<A, R>;
export function task<A extends unknown[], R>(
  first: TaskOptions<A> | ((...args: A) => R),
  second?: (...args: A) => R,
): FunctionTask<A, R> {
  const [options, fn] = typeof first === "function" ? [{}, first] : [first, second];
  if (typeof first === "function" && second !== undefined) {
    throw new TypeError("task() takes its options first: task({ … }, fn)");
  }
  if (typeof fn !== "function") {
    throw new TypeError(`task() needs a function to make a task of, not ${describeValue(fn)}`);
  }
  if (!areOptions(options, isOption)) {
    throw new TypeError(`The options of a task must be an object, not ${describeValue(options)}: task({ … }, fn)`);
  }
  const spec = defineSpec(options, fn.name, fn as TaskSpec<A, Awaited<R>>["body"], callSiteOf(task), fn);
  registerTask(spec);
  // A wrapper: the same function may be made a task several times, under several names.
  const call = function (this: unknown, ...args: A): R {
    return fn.apply(this, args);
  };
  Object.defineProperty(call, "name", { value: spec.options.name });
  return Object.assign(call, taskMembers({ ...options }, spec, undefined));
}

/**
 * Checks the options of a task and gives it a name.
 *
 * @param name The name if the options do not have one. If it is empty, the place of the call is the name.
 * @param site Where the user defined it.
 * @param fn The function by which it can be told from another one of that name.
 */
export function defineSpec<A extends unknown[], R>(
  options: TaskOptions<A>,
  name: string,
  body: TaskSpec<A, R>["body"],
  site: CallSite | undefined,
  fn?: unknown,
): TaskSpec<A, R> {
  const fallback = name !== "" ? name : site === undefined ? "anonymous" : describeCallSite(site);
  for (const option of Object.keys(options)) {
    if (!isSubmitOption(option)) continue;
    throw new TypeError(
      `Unknown option "${option}" of task "${fallback}": it belongs to a submission, .with({ ${option}: … })`,
    );
  }
  const located = site === undefined ? options : mergeOptions({ module: site.module }, options);
  const resolved = resolveOptions(located, fallback);
  const definition = site === undefined || fn === undefined ? undefined : { fn, site, submittedTo: undefined };
  return Object.freeze({ options: resolved, definedAs: resolved.name, body, definition });
}

/** The members of a task. `given` are its unchecked options, which `.with()` merges with others. */
export function taskMembers<A extends unknown[], R>(
  given: TaskOptions<A>,
  spec: TaskSpec<A, R>,
  submitOptions: SubmitOptions | undefined,
): TaskMembers<A, R> {
  return {
    options: spec.options,
    [SPEC]: spec,
    [SUBMIT_WITH]: submitOptions,
    submit: (...args) => submitSpec(spec, args, submitOptions),
    map: (...columns) => rows(columns, spec.options.name).map((row) => submitSpec(spec, row, submitOptions)),
    stream: (items, options = {}) =>
      streamOf(spec, items, options, () => submitterFor(spec, submitOptions), submitOptions),
    with: (overrides) => derive(given, spec, submitOptions, overrides),
  };
}

function derive<A extends unknown[], R>(
  given: TaskOptions<A>,
  spec: TaskSpec<A, R>,
  submitOptions: SubmitOptions | undefined,
  overrides: TaskOptions<A> & SubmitOptions,
): Task<A, R> {
  if (!areOptions(overrides, isOption)) {
    throw new TypeError(`with() of task "${spec.options.name}" needs options, not ${describeValue(overrides)}`);
  }
  const forSubmit: Record<string, unknown> = { ...submitOptions };
  const forTask: Record<string, unknown> = {};
  for (const [option, value] of Object.entries(overrides)) {
    if (value !== undefined) (isSubmitOption(option) ? forSubmit : forTask)[option] = value;
  }
  const { name, module } = spec.options;
  checkSubmitOptions(forSubmit, name);
  if (Object.keys(forTask).length === 0) return { name, ...taskMembers(given, spec, forSubmit) };
  refuseUnknown(forTask, WITH_OPTION_NAMES, `of task "${name}"`);
  const merged: TaskOptions<A> = mergeOptions(given, forTask);
  const options = resolveOptions(mergeOptions({ module }, merged), name);
  return { name: options.name, ...taskMembers(merged, Object.freeze({ ...spec, options }), forSubmit) };
}

/** What `.with()` takes: those of a submission first, which nothing else takes. */
const WITH_OPTION_NAMES: readonly string[] = [...SUBMIT_OPTION_NAMES, ...OPTION_NAMES];

function isOption(option: string): boolean {
  return isTaskOption(option) || isSubmitOption(option);
}

function submitSpec<A extends unknown[], R>(
  spec: TaskSpec<A, R>,
  args: readonly unknown[],
  options: SubmitOptions | undefined,
): TaskHandle<R> {
  return submitterFor(spec, options)[SUBMIT](spec, args, options);
}

/**
 * The runner in the options, or else the current one.
 *
 * @throws {Error} If there is no runner.
 */
function submitterFor<A extends unknown[], R>(
  { options: { name } }: TaskSpec<A, R>,
  options: SubmitOptions | undefined,
): Submitter {
  const submitter = options?.runner ?? ambientSubmitter();
  if (submitter !== undefined) return submitter;
  throw new Error(
    `Cannot submit "${name}" as no runner is active: enter one first (await using runner = new TaskRunner(); ` +
      `runner.enter();) or name it (runner.submit(task, …))`,
  );
}

/** Converts columns to rows, as many as the shortest column has. */
function rows(columns: readonly unknown[], name: string): unknown[][] {
  if (columns.length === 0) throw new TypeError(`Cannot map "${name}" over nothing: give one iterable per parameter`);
  const iterators: Iterator<unknown>[] = columns.map((column, index) => {
    const make = (column as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator];
    if (typeof make === "function") return make.call(column);
    throw new TypeError(`Cannot map "${name}": argument ${index + 1} is ${describeValue(column)}, not an iterable`);
  });
  const all: unknown[][] = [];
  let asked: Iterator<unknown> | undefined; // closes itself if it ends or throws
  try {
    while (true) {
      const row: unknown[] = [];
      for (const iterator of iterators) {
        asked = iterator;
        const step = iterator.next();
        if (step.done) return all;
        row.push(step.value);
      }
      all.push(row);
    }
  } finally {
    for (const iterator of iterators) if (iterator !== asked) iterator.return?.();
  }
}
