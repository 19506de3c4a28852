/**
 * When to retry.
 *
 * @module
 */

import { type Duration, toMilliseconds } from "./duration.ts";
import { type ErrorClass, isError, isErrorClass, isInstance } from "./error_classes.ts";
import { NonRetryableError, RetryAfterError, type RetryPause } from "./retry_errors.ts";

export type { ErrorClass } from "./error_classes.ts";

/**
 * How long to wait before the next attempt:
 *
 * - `"none"`: not at all.
 * - `"linear"`: `backoffBase` times the number of the attempt that failed.
 * - `"exponential"`: `backoffBase`, and twice as long after each further attempt.
 * - A function of the number of the attempt that failed (from 1) and its error, which returns the {@linkcode Duration}.
 */
export type Backoff = "none" | "linear" | "exponential" | ((attempt: number, error: unknown) => Duration);

/**
 * How the wait before a retry is randomized, so that tasks that failed together do not all retry at the same moment:
 *
 * - `"none"`: not at all.
 * - `"full"`: anything from 0 to the wait.
 * - `"equal"`: from half of the wait to all of it.
 */
export type Jitter = "none" | "full" | "equal";

/**
 * Which errors are retried: instances of a class, instances of one of several classes, or those for which a function of
 * the error and the number of the attempt that failed (from 1) returns `true`.
 */
export type RetryOn =
  | ErrorClass
  | readonly ErrorClass[]
  | ((error: unknown, attempt: number) => boolean);

/** When a task is retried; part of its {@linkcode ResolvedTaskOptions}. */
export interface RetryPolicy {
  /** How long to wait between attempts. */
  readonly backoff: Backoff;
  /** The first wait, in milliseconds. */
  readonly backoffBase: number;
  /** The longest wait, in milliseconds. */
  readonly backoffMax: number;
  /** How the waits are randomized. */
  readonly jitter: Jitter;
  /** Whether an error is retried; `attempt` is the number of the attempt that failed, from 1. */
  readonly retryOn: (error: unknown, attempt: number) => boolean;
}

/** Whether the policy allows a retry after this error, whatever the number of attempts. */
export function isRetryable(policy: RetryPolicy, error: unknown, attempt: number): boolean {
  if (isNonRetryable(error)) return false;
  if (isRetryAfter(error)) return true;
  return policy.retryOn(error, attempt);
}

/** Whether an attempt that failed so is one of those that the task has. */
export function countsAsAttempt(error: unknown): boolean {
  return !isRetryAfter(error) || read(error, "countsAsAttempt") !== false;
}

/**
 * What an attempt that failed so asks other attempts to wait for, if it does.
 *
 * @param now Milliseconds since the epoch.
 * @param delayMs How long the task itself waits, which counts if the error says no time.
 */
export function askedPause(
  error: unknown,
  now: number,
  delayMs: number,
): { readonly what: Exclude<RetryPause, "none">; readonly forMs: number } | undefined {
  if (!isRetryAfter(error)) return undefined;
  const what = read(error, "pause");
  if (what !== "key" && what !== "task" && what !== "pool") return undefined;
  const forMs = askedDelay(error, now) ?? delayMs;
  return forMs > 0 ? { what, forMs } : undefined;
}

/**
 * Milliseconds to wait after a failed attempt.
 *
 * @param now Milliseconds since the epoch, for an error that names a date.
 * @param random Returns a number from 0 to 1, for the jitter.
 */
export function backoffDelay(
  policy: RetryPolicy,
  error: unknown,
  attempt: number,
  now: number,
  random: () => number,
): number {
  if (isRetryAfter(error)) {
    const asked = askedDelay(error, now);
    if (asked !== undefined) return asked;
  }
  const { backoff, backoffBase, backoffMax, jitter } = policy;
  if (backoff === "none") return 0;
  const grown = typeof backoff === "function"
    ? toMilliseconds(atOnce(backoff(attempt, error), "backoff"), "the result of backoff")
    : backoff === "linear"
    ? backoffBase * attempt
    : backoffBase * 2 ** Math.min(attempt - 1, 1_000);
  const delay = Math.min(grown, backoffMax);
  if (jitter === "none") return delay;
  return jitter === "full" ? delay * random() : delay / 2 + (delay / 2) * random();
}

/**
 * Turns a {@linkcode RetryOn} into a function.
 *
 * @param what How errors name the value, such as `retryOn of task "load"`.
 * @throws {TypeError} If it is not one.
 */
export function toPredicate(value: unknown, what: string): RetryPolicy["retryOn"] {
  if (isErrorClass(value)) return (error) => isInstance(error, value);
  if (typeof value === "function") return (error, attempt) => atOnce(value(error, attempt), "retryOn") === true;
  if (Array.isArray(value) && value.every(isErrorClass)) {
    const classes: readonly ErrorClass[] = [...value];
    return (error) => classes.some((each) => isInstance(error, each));
  }
  throw new TypeError(
    `${what} must be an error class, an array of error classes, or a function that says whether to retry`,
  );
}

/**
 * What a function of a policy returned.
 *
 * @throws {TypeError} If it is a promise: the policy cannot wait for it.
 */
function atOnce<T>(result: T, option: string): T {
  if (!(result instanceof Promise)) return result;
  result.catch(() => {}); // what it rejects with must not end the program
  throw new TypeError(`${option} must return its result at once, not a Promise: do not make it an async function`);
}

/** Also by its code, as the error may come from another copy of this package: another version, or one in a bundle. */
function isNonRetryable(error: unknown): boolean {
  return error instanceof NonRetryableError || (isError(error) && read(error, "code") === "NON_RETRYABLE");
}

function isRetryAfter(error: unknown): error is Error {
  if (error instanceof RetryAfterError) return true;
  if (!isError(error) || read(error, "code") !== "RETRY_AFTER") return false;
  return typeof read(error, "delayAt") === "function" || askedDelay(error, 0) !== undefined;
}

/** The delay that a {@linkcode RetryAfterError} asks for, if it is valid: a date that went through JSON is not. */
function askedDelay(error: Error, now: number): number | undefined {
  const delayAt = read(error, "delayAt");
  const retryAfter = read(error, "retryAfter");
  const asked: unknown = typeof delayAt === "function"
    ? delayAt.call(error, now)
    : retryAfter instanceof Date
    ? Math.max(0, retryAfter.getTime() - now)
    : retryAfter;
  return typeof asked === "number" && asked >= 0 && asked < Infinity ? asked : undefined;
}

/** An error whose getters throw is treated as if it had no such property. */
function read(error: Error, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch {
    return undefined;
  }
}
