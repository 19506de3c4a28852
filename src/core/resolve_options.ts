/**
 * The one function that checks and completes the options of a task.
 *
 * @module
 */

import {
  boolean,
  callable,
  type Check,
  finiteNumber,
  nonEmptyString,
  oneOf,
  positiveMilliseconds,
  refuseUnknown,
  toUrl,
  wholeNumberFrom,
} from "./checks.ts";
import { describeValue } from "./describe.ts";
import { type Duration, toDelay, toMilliseconds } from "./duration.ts";
import { checkConcurrency, checkThrottle } from "./limits.ts";
import type { AnyTaskOptions, Backend, ResolvedTaskOptions, TaskOptions } from "./options.ts";
import { checkPermissions } from "./permissions.ts";
import { toPredicate } from "./retry.ts";
import { checkTaskCache } from "./task_cache.ts";

/** All backends. */
export const BACKENDS: readonly Backend[] = Object.freeze(["async", "thread", "process"]);

/** A {@linkcode Backend}. */
export const checkBackend: Check = oneOf(BACKENDS);

const isError = (error: unknown): boolean => error instanceof Error;

/** Often enough for machines that fail in a row, seldom enough that a task which ends its program is found out. */
const MAX_RECOVERIES = 20;

const NO_TAGS: readonly string[] = Object.freeze([]);

/** The check of each option. */
const RULES: Readonly<Record<keyof TaskOptions, Check>> = {
  name: nonEmptyString,
  backend: checkBackend,
  pool: nonEmptyString,
  retries: wholeNumberFrom(0),
  maxAttempts: wholeNumberFrom(1),
  backoff: (value, what) => typeof value === "function" ? value : oneOf(["none", "linear", "exponential"])(value, what),
  backoffBase: (value, what) => toMilliseconds(value as Duration, what),
  backoffMax: (value, what) => toMilliseconds(value as Duration, what),
  jitter: oneOf(["none", "full", "equal"]),
  retryOn: toPredicate,
  timeout: positiveMilliseconds,
  retryOnTimeout: boolean,
  startAfter: toDelay,
  deadline: aDeadline,
  maxRecoveries: wholeNumberFrom(0),
  onDepFailure: oneOf(["fail", "skip", "run-anyway"]),
  priority: finiteNumber,
  throttle: checkThrottle,
  concurrency: checkConcurrency,
  cache: checkTaskCache,
  dedupBy: callable,
  label: callable,
  redact: callable,
  tags: someStrings,
  permissions: checkPermissions,
  memoryLimitMb: wholeNumberFrom(1),
  version: nonEmptyString,
  module: toUrl,
};

/** The names of all options. */
export const OPTION_NAMES: readonly (keyof TaskOptions)[] = Object.keys(RULES) as (keyof TaskOptions)[];

/** Whether an option is one of a task. */
export function isTaskOption(option: string): boolean {
  return Object.hasOwn(RULES, option);
}

/** Pairs of options of which only one may be given. One that `.with()` gives replaces the other. */
const EXCLUSIVE: readonly (readonly [keyof TaskOptions, keyof TaskOptions])[] = [
  ["backend", "pool"],
  ["retries", "maxAttempts"],
];

/**
 * Merges `overrides` into `base`, both unchecked. `undefined` changes nothing, and an option removes the one that it
 * excludes.
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
 * Checks and completes the options of a task.
 *
 * @param name The name of the task if the options do not give one.
 * @throws {TypeError} If an option is unknown, of the wrong kind, or excludes another one.
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
    startAfter: given.startAfter,
    deadline: given.deadline,
    maxRecoveries: given.maxRecoveries ?? MAX_RECOVERIES,
    onDepFailure: given.onDepFailure ?? "fail",
    priority: given.priority ?? 0,
    throttle: given.throttle,
    concurrency: given.concurrency,
    cache: given.cache,
    dedupBy: given.dedupBy,
    label: given.label,
    redact: given.redact,
    tags: given.tags ?? NO_TAGS,
    permissions: given.permissions,
    memoryLimitMb: given.memoryLimitMb,
    version: given.version,
    module: given.module,
  });
}

/** A {@linkcode Duration} above 0, returned in milliseconds, or a `Date`, of which a copy is returned. */
function aDeadline(value: unknown, what: string): number | Date {
  const deadline = toDelay(value, what);
  return deadline instanceof Date ? deadline : positiveMilliseconds(deadline, what);
}

/** An array of strings that are not empty, of which a frozen copy is returned. */
function someStrings(value: unknown, what: string): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError(`${what} must be an array of strings, not ${describeValue(value)}`);
  return Object.freeze(value.map((each, index) => nonEmptyString(each, `[${index}] of ${what}`)));
}
