/**
 * When to try again.
 *
 * @module
 */

import { type Duration, toMilliseconds } from "./duration.ts";
import { NonRetryableError, RetryAfterError } from "./errors.ts";

/**
 * How the wait before the next attempt grows: not at all (`"none"`: no wait), by `backoffBase` each time, to its
 * double each time, or as a function says, which gets the number of the attempt that failed (from 1) and its error.
 */
export type Backoff = "none" | "linear" | "exponential" | ((attempt: number, error: unknown) => Duration);

/**
 * How chance spreads the waits of tasks that failed together: `"none"`, `"full"` (anything from 0 to the wait) or
 * `"equal"` (from half of the wait to all of it).
 */
export type Jitter = "none" | "full" | "equal";

/**
 * Which errors are worth another attempt: those of a class, of one of several classes, or those for which a function
 * of the error and the number of the attempt that failed (from 1) returns `true`.
 */
export type RetryOn =
  | ErrorClass
  | readonly ErrorClass[]
  | ((error: unknown, attempt: number) => boolean);

/** A class of errors, abstract ones and those with other constructor parameters included. */
export type ErrorClass = abstract new (...args: never) => Error;

/** When a task tries again; part of its resolved options. */
export interface RetryPolicy {
  /** How the wait between attempts grows. */
  readonly backoff: Backoff;
  /** The first wait, in milliseconds. */
  readonly backoffBase: number;
  /** The longest wait, in milliseconds. */
  readonly backoffMax: number;
  /** How chance spreads the waits. */
  readonly jitter: Jitter;
  /** Whether an error is worth another attempt. */
  readonly retryOn: (error: unknown, attempt: number) => boolean;
}

/** Whether the policy wants another attempt after this error, leaving the number of attempts aside. */
export function isRetryable(policy: RetryPolicy, error: unknown, attempt: number): boolean {
  if (error instanceof NonRetryableError) return false;
  if (error instanceof RetryAfterError) return true;
  return policy.retryOn(error, attempt);
}

/**
 * Milliseconds to wait after a failed attempt.
 *
 * @param now Milliseconds since the epoch, for an error that names a date.
 * @param random A number from 0 to 1, for the jitter.
 */
export function backoffDelay(
  policy: RetryPolicy,
  error: unknown,
  attempt: number,
  now: number,
  random: () => number,
): number {
  if (error instanceof RetryAfterError) {
    const asked = error.delayAt(now);
    if (asked !== undefined) return asked;
  }
  const { backoff, backoffBase, backoffMax, jitter } = policy;
  if (backoff === "none") return 0;
  const grown = typeof backoff === "function"
    ? toMilliseconds(backoff(attempt, error), "the result of backoff")
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
 * @throws {TypeError} If it is none; `what` names it.
 */
export function toPredicate(value: unknown, what: string): RetryPolicy["retryOn"] {
  if (isErrorClass(value)) return (error) => error instanceof value;
  if (typeof value === "function") return (error, attempt) => value(error, attempt) === true;
  if (Array.isArray(value) && value.every(isErrorClass)) {
    const classes: readonly ErrorClass[] = [...value];
    return (error) => classes.some((each) => error instanceof each);
  }
  throw new TypeError(
    `${what} must be an error class, an array of error classes, or a function that says whether to retry`,
  );
}

function isErrorClass(value: unknown): value is ErrorClass {
  if (typeof value !== "function") return false;
  const prototype: unknown = value.prototype;
  return prototype instanceof Error || prototype === Error.prototype;
}
