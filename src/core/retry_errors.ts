/**
 * Errors that a body throws to say whether, and when, it is retried.
 *
 * @module
 */

import { boolean, oneOf, refuseUnknown } from "./checks.ts";
import { type Duration, toMilliseconds } from "./duration.ts";
import { TaskError, type TaskErrorOptions } from "./errors.ts";

/**
 * Thrown by a task to prevent retries: the task fails at once, whatever its retry policy says.
 *
 * @example Do not retry what cannot succeed
 * ```ts
 * import { assertEquals, assertRejects } from "@std/assert";
 * import { NonRetryableError, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const charge = task({ name: "charge", retries: 5 }, (card: string) => {
 *   if (card === "") throw new NonRetryableError("there is no card to charge");
 * });
 * await using runner = new TaskRunner();
 * const handle = runner.submit(charge, "");
 * await assertRejects(() => handle.result(), NonRetryableError);
 * assertEquals(handle.attempts, 1);
 * ```
 */
export class NonRetryableError extends TaskError {
  /** The name of the class. */
  override name = "NonRetryableError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "NON_RETRYABLE";
}

/**
 * When to retry: a {@linkcode Duration}, a `Date`, or the value of an HTTP `Retry-After` header, which is a number of seconds
 * or an HTTP date. `null` and `undefined` leave it to the task's own backoff.
 */
export type RetryAfter = Duration | Date | string | null | undefined;

/**
 * What starts no attempt until the time of a {@linkcode RetryAfterError}:
 *
 * - `"none"`: only the submission that threw it.
 * - `"key"`: all submissions of its task that have the same key in its throttle; without such a key, those of the task.
 * - `"task"`: all submissions of its task.
 * - `"pool"`: all tasks in its pool.
 */
export type RetryPause = "none" | "key" | "task" | "pool";

/** The options of a {@linkcode RetryAfterError}. */
export interface RetryAfterErrorOptions extends TaskErrorOptions {
  /** When to retry. Default: after the task's own backoff. */
  readonly retryAfter?: RetryAfter;
  /** What else starts no attempt until then, also if this task has no attempt left. Default: `"none"`. */
  readonly pause?: RetryPause | undefined;
  /**
   * Whether this attempt is one of those that the task has. One that does not count is retried in any case, also by a task
   * without retries. Default: `true`.
   */
  readonly countsAsAttempt?: boolean | undefined;
}

/**
 * Thrown by a task to say when to retry. It overrides the backoff once, and `retryOn`; it does not give the task more
 * attempts than it has, unless it says that this one does not count.
 *
 * @example Respect the Retry-After header of a response
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RetryAfterError } from "@workflowy/workflowy";
 *
 * const response = new Response(null, { status: 429, headers: { "retry-after": "120" } });
 * const error = new RetryAfterError("slow down", { retryAfter: response.headers.get("retry-after") });
 * assertEquals(error.delayAt(Date.now()), 120_000);
 * ```
 *
 * @example Let all requests to a host wait, until it has recovered
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RetryAfterError, task, TaskRunner } from "@workflowy/workflowy";
 *
 * let isBusy = true;
 * const throttle = { limit: 100, period: "1s", key: (host: string) => host } as const;
 * const call = task({ name: "call", throttle }, (host: string) => {
 *   if (!isBusy) return host;
 *   isBusy = false;
 *   throw new RetryAfterError("busy", { retryAfter: "20ms", pause: "key", countsAsAttempt: false });
 * });
 * await using runner = new TaskRunner();
 * const handles = [runner.submit(call, "a.example"), runner.submit(call, "a.example")];
 * assertEquals(await Promise.all(handles), ["a.example", "a.example"]);
 * ```
 */
export class RetryAfterError extends TaskError {
  /** The name of the class. */
  override name = "RetryAfterError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "RETRY_AFTER";
  /** A delay in milliseconds, the time of the retry, or `undefined` for the task's own backoff. */
  readonly retryAfter: number | Date | undefined;
  /** What else starts no attempt until then. */
  readonly pause: RetryPause;
  /** Whether this attempt is one of those that the task has. */
  readonly countsAsAttempt: boolean;

  /**
   * Makes an error that asks for a retry.
   *
   * @param message What happened, for people.
   * @param options `retryAfter`, when to retry (default: after the task's own backoff), `pause`, what else waits until then
   * (default: `"none"`), `countsAsAttempt` (default: `true`), `cause` and `task`.
   * @throws {RangeError} If `retryAfter` is not a duration, a date, or the value of a `Retry-After` header, or `pause` is
   * unknown.
   * @throws {TypeError} If an option is unknown, or `pause` or `countsAsAttempt` are of the wrong kind.
   */
  constructor(message: string, options: RetryAfterErrorOptions) {
    super(message, options);
    refuseUnknown(options, ["retryAfter", "pause", "countsAsAttempt", "cause", "task"], "of a RetryAfterError");
    const { retryAfter, pause = "none", countsAsAttempt = true } = options;
    this.retryAfter = parseRetryAfter(retryAfter);
    checkPause(pause, "pause of a RetryAfterError");
    this.pause = pause;
    this.countsAsAttempt = boolean(countsAsAttempt, "countsAsAttempt of a RetryAfterError");
  }

  /**
   * How long to wait before the retry.
   *
   * @param now The current time, in milliseconds since the epoch.
   * @returns Milliseconds, or `undefined` for the task's own backoff.
   *
   * @example Ten seconds before a date
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { RetryAfterError } from "@workflowy/workflowy";
   *
   * const error = new RetryAfterError("closed", { retryAfter: new Date("2026-06-01T08:00:00Z") });
   * assertEquals(error.delayAt(Date.parse("2026-06-01T07:59:50Z")), 10_000);
   * ```
   */
  delayAt(now: number): number | undefined {
    return this.retryAfter instanceof Date ? Math.max(0, this.retryAfter.getTime() - now) : this.retryAfter;
  }
}

const checkPause = oneOf(["none", "key", "task", "pool"]);

/** How dates of HTTP (a weekday) and of ISO 8601 begin. `Date` accepts many more formats. */
const DATE = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |\d{4}-\d\d-\d\d)/;

function parseRetryAfter(value: RetryAfter): number | Date | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Date) return checkedDate(value, value);
  if (typeof value !== "string") return toMilliseconds(value, "retryAfter");
  const trimmed = value.trim();
  if (/^\d+$/.test(trimmed)) return toMilliseconds(Number(trimmed) * 1_000, "retryAfter");
  if (/^[\d.]+[a-z]+$/.test(trimmed)) return toMilliseconds(trimmed as Duration, "retryAfter");
  return checkedDate(new Date(DATE.test(trimmed) ? trimmed : NaN), value);
}

function checkedDate(date: Date, given: unknown): Date {
  if (Number.isNaN(date.getTime())) {
    throw new RangeError(
      `retryAfter is ${given}, which is not a duration, a date, or the value of a Retry-After header`,
    );
  }
  return date;
}
