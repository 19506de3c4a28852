/**
 * The options of a task: what may be given, and the one function that checks and completes it.
 *
 * @module
 */

import {
  boolean,
  callable,
  type Check,
  finiteNumber,
  nonEmptyText,
  oneOf,
  positiveMilliseconds,
  refuseUnknown,
  toUrl,
  wholeNumberFrom,
} from "./checks.ts";
import { type Duration, toMilliseconds } from "./duration.ts";
import { checkPermissions, type TaskPermissions } from "./permissions.ts";
import { type Backoff, type Jitter, type RetryOn, type RetryPolicy, toPredicate } from "./retry.ts";

/**
 * Where the body of a task runs: on the event loop (`"async"`), on a thread, or in a subprocess of Deno. The last two import
 * the module in which `task()` was called, so the task has to be made at the top level of one, and what starts the program
 * has to stand under `if (import.meta.main)`.
 */
export type Backend = "async" | "thread" | "process";

/**
 * What becomes of a task when one it depends on does not complete: it fails too (`"fail"`), is `"skipped"`, or runs
 * all the same once every dependency is over (`"run-anyway"`), with `undefined` in place of the missing values.
 */
export type OnDepFailure = "fail" | "skip" | "run-anyway";

export type { TaskPermissions };

/**
 * What `task()`, `.with()` and the fields of a `TaskBase` take. `A` are the parameters of the task's body.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, type TaskOptions } from "@workflowy/workflowy";
 *
 * const patient: TaskOptions = { retries: 5, backoff: "linear", backoffBase: "2s", timeout: "1m" };
 * const download = task({ ...patient, name: "download" }, async (url: string) => await fetch(url));
 * assertEquals([download.options.maxAttempts, download.options.timeout], [6, 60_000]);
 * ```
 */
export interface TaskOptions<A extends unknown[] = unknown[]> {
  /** Default: the function's name, or `file:line:column` of the `task()` call. */
  readonly name?: string | undefined;
  /** Where the body runs; default: the runner's `backend`. Excludes `pool`. */
  readonly backend?: Backend | undefined;
  /** A pool of the runner's `pools` to run in. Excludes `backend`. */
  readonly pool?: string | undefined;
  /** How many more attempts follow a failed one; default 0. Excludes `maxAttempts`. */
  readonly retries?: number | undefined;
  /** `retries + 1`. Excludes `retries`. */
  readonly maxAttempts?: number | undefined;
  /** How the wait between attempts grows; default `"exponential"`. */
  readonly backoff?: Backoff | undefined;
  /** The first wait; default `"1s"`. */
  readonly backoffBase?: Duration | undefined;
  /** The longest wait; default `"30s"` or `backoffBase` if that is longer, or no limit where `backoff` is a function. */
  readonly backoffMax?: Duration | undefined;
  /** Default `"none"`. */
  readonly jitter?: Jitter | undefined;
  /** Which errors are worth another attempt; default: every `Error`. */
  readonly retryOn?: RetryOn | undefined;
  /**
   * How long an attempt may take; default: no limit. What its body submitted and is not over is cancelled with it. A body
   * that loops is ended on a thread (unless it loops after an `await`) and in a subprocess, and not on the event loop.
   */
  readonly timeout?: Duration | undefined;
  /** Whether an attempt that ran into its timeout may be retried; default `false`. */
  readonly retryOnTimeout?: boolean | undefined;
  /** Default `"fail"`. */
  readonly onDepFailure?: OnDepFailure | undefined;
  /**
   * Ready tasks of a higher priority start first; default 0. Among equals, what a running task submitted comes first,
   * then the order of submission counts.
   */
  readonly priority?: number | undefined;
  /**
   * Names the work that arguments stand for: while a task of that name and key is active, submitting returns its
   * handle, with the options of the first submission; its end, also by the first one's `signal`, is the end for all.
   * Where a handle was given for a value, the function gets the handle's id.
   */
  readonly dedupBy?: ((...args: A) => string) | undefined;
  /**
   * Rights of the subprocess, of those that the program has; default `"inherit"`. Only with `backend: "process"`, or a
   * `pool` of that backend.
   */
  readonly permissions?: TaskPermissions | undefined;
  /**
   * Memory of the subprocess in MiB: the size of V8's heap and, on Linux, of all memory beyond some 128 MiB for Deno
   * itself; default: no limit but V8's own. A task that takes more fails with a `WorkerLostError`. Only with
   * `backend: "process"`, or a `pool` of that backend.
   */
  readonly memoryLimitMb?: number | undefined;
  /**
   * Part of the key under which a checkpoint finds a result again: change it when the task's meaning changes. Without
   * effect in this version, which has no checkpoints.
   */
  readonly version?: string | undefined;
  /** URL of the module that a worker imports to find the task; default: the one in which `task()` was called. */
  readonly module?: string | URL | undefined;
}

/** The options of a task, checked, complete and frozen. Lengths of time are in milliseconds. */
export interface ResolvedTaskOptions extends RetryPolicy {
  /** What the task is called in ids, logs and errors. */
  readonly name: string;
  /** The backend, if the task names one. */
  readonly backend: Backend | undefined;
  /** The named pool, if the task names one. */
  readonly pool: string | undefined;
  /** Attempts after the first one. */
  readonly retries: number;
  /** All attempts, at least 1. */
  readonly maxAttempts: number;
  /** The limit of an attempt in milliseconds, if there is one. */
  readonly timeout: number | undefined;
  /** Whether a timeout may be retried. */
  readonly retryOnTimeout: boolean;
  /** What a failed dependency means. */
  readonly onDepFailure: OnDepFailure;
  /** Higher first. */
  readonly priority: number;
  /** Names the work that arguments stand for. */
  readonly dedupBy: ((...args: never) => string) | undefined;
  /** Rights of the subprocess, if they are not the program's. */
  readonly permissions: TaskPermissions | undefined;
  /** Memory of the subprocess in MiB, if it is limited. */
  readonly memoryLimitMb: number | undefined;
  /** Part of the key under which a result is found again. */
  readonly version: string | undefined;
  /** URL of the module that a worker imports, where known. */
  readonly module: string | undefined;
}

/** Options of any task: those of the parameters' types are forgotten. */
export type AnyTaskOptions = TaskOptions<never>;

/** All backends. */
export const BACKENDS: readonly Backend[] = Object.freeze(["async", "thread", "process"]);

/** A {@linkcode Backend}. */
export const checkBackend: Check = oneOf(BACKENDS);
const isError = (error: unknown): boolean => error instanceof Error;

/** A rule for each option, in the order of {@linkcode TaskOptions}. */
const RULES: Readonly<Record<keyof TaskOptions, Check>> = {
  name: nonEmptyText,
  backend: checkBackend,
  pool: nonEmptyText,
  retries: wholeNumberFrom(0),
  maxAttempts: wholeNumberFrom(1),
  backoff: (value, what) => typeof value === "function" ? value : oneOf(["none", "linear", "exponential"])(value, what),
  backoffBase: (value, what) => toMilliseconds(value as Duration, what),
  backoffMax: (value, what) => toMilliseconds(value as Duration, what),
  jitter: oneOf(["none", "full", "equal"]),
  retryOn: toPredicate,
  timeout: positiveMilliseconds,
  retryOnTimeout: boolean,
  onDepFailure: oneOf(["fail", "skip", "run-anyway"]),
  priority: finiteNumber,
  dedupBy: callable,
  permissions: checkPermissions,
  memoryLimitMb: wholeNumberFrom(1),
  version: nonEmptyText,
  module: toUrl,
};

/** The names of all options. */
export const OPTION_NAMES: readonly (keyof TaskOptions)[] = Object.keys(RULES) as (keyof TaskOptions)[];

/** Options of which only one may be given; `.with()` one of them replaces the other. */
const EXCLUSIVE: readonly (readonly [keyof TaskOptions, keyof TaskOptions])[] = [
  ["backend", "pool"],
  ["retries", "maxAttempts"],
];

/**
 * Lays `overrides` over `base`, neither of them checked: what is given replaces, `undefined` leaves as it was, and an
 * option takes the place of the one that it excludes.
 */
export function mergeOptions<A extends unknown[]>(base: TaskOptions<A>, overrides: TaskOptions<A>): TaskOptions<A> {
  const merged: Record<string, unknown> = { ...base };
  for (const pair of EXCLUSIVE) {
    if (pair.some((option) => overrides[option] !== undefined)) { for (const option of pair) delete merged[option]; }
  }
  for (const [option, value] of Object.entries(overrides)) if (value !== undefined) merged[option] = value;
  return merged;
}

/**
 * Checks the options of a task and completes them.
 *
 * @param name The name that the task has if the options give none.
 * @throws {TypeError} If an option is unknown, of a wrong kind, or excludes another one.
 * @throws {RangeError} If a value is out of range.
 */
export function resolveOptions(options: AnyTaskOptions, name: string): ResolvedTaskOptions {
  const label = `of task "${options?.name || name}"`;
  refuseUnknown(options, OPTION_NAMES, label);
  const checked: { [option: string]: unknown } = {};
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined) checked[option] = RULES[option as keyof TaskOptions](value, `${option} ${label}`);
  }
  const given = checked as Partial<ResolvedTaskOptions>;
  for (const [a, b] of EXCLUSIVE) {
    if (given[a] !== undefined && given[b] !== undefined) {
      throw new TypeError(`Give ${a} or ${b} ${label}, not both`);
    }
  }
  for (const option of ["permissions", "memoryLimitMb"] as const) {
    if (given[option] !== undefined && given.backend !== "process" && given.pool === undefined) {
      throw new TypeError(`${option} ${label} needs backend: "process", the only one that can hold a task to it`);
    }
  }
  const maxAttempts = given.maxAttempts ?? (given.retries ?? 0) + 1;
  const backoff = given.backoff ?? "exponential";
  const backoffBase = given.backoffBase ?? 1_000;
  return Object.freeze({
    name: given.name ?? name,
    backend: given.backend,
    pool: given.pool,
    retries: maxAttempts - 1,
    maxAttempts,
    backoff,
    backoffBase,
    backoffMax: given.backoffMax ?? (typeof backoff === "function" ? Infinity : Math.max(30_000, backoffBase)),
    jitter: given.jitter ?? "none",
    retryOn: given.retryOn ?? isError,
    timeout: given.timeout,
    retryOnTimeout: given.retryOnTimeout ?? false,
    onDepFailure: given.onDepFailure ?? "fail",
    priority: given.priority ?? 0,
    dedupBy: given.dedupBy,
    permissions: given.permissions,
    memoryLimitMb: given.memoryLimitMb,
    version: given.version,
    module: given.module,
  });
}
