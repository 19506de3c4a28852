/**
 * What follows from a failed attempt: the one place that decides between failing and retrying.
 *
 * @module
 */

import { describeError } from "./describe.ts";
import { RetryExhaustedError, TaskError, type TaskTimeoutError } from "./errors.ts";
import type { ResolvedTaskOptions } from "./options.ts";
import { backoffDelay, countsAsAttempt, isRetryable } from "./retry.ts";

/** What happens next to a task whose attempt failed: it is retried after a delay, or fails. */
export type Verdict =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "fail"; readonly error: unknown };

/** How an attempt failed: with an error of its own, or by its timeout. */
export type Failure =
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "timed-out"; readonly error: TaskTimeoutError };

/**
 * Decides by the task's retry policy.
 *
 * @param attempt The number of the attempt, from 1, of those that count.
 * @param now Milliseconds since the epoch.
 * @param random Returns numbers from 0 to 1, for the jitter.
 */
export function settle(
  options: ResolvedTaskOptions,
  failure: Failure,
  attempt: number,
  now: number,
  random: () => number,
): Verdict {
  const { maxAttempts, name } = options;
  const { error } = failure;
  const isFree = failure.kind === "failed" && !countsAsAttempt(error);
  if (maxAttempts === 1 && !isFree) return { kind: "fail", error };
  try {
    const wanted = failure.kind === "timed-out" ? options.retryOnTimeout : isRetryable(options, error, attempt);
    if (!wanted) return { kind: "fail", error };
    if (attempt < maxAttempts || isFree) {
      return { kind: "retry", delayMs: backoffDelay(options, error, attempt, now, random) };
    }
  } catch (cause) {
    const message = `The retry policy of "${name}" threw ${describeError(cause)}, asked about attempt ${attempt}, ` +
      `which failed with ${describeError(error)}`;
    return { kind: "fail", error: new TaskError(message, { cause, task: name }) };
  }
  const message = `All ${maxAttempts} attempts of "${name}" failed; the last with ${describeError(error)}`;
  const exhausted = new RetryExhaustedError(message, { attempts: attempt, cause: error, task: name });
  return { kind: "fail", error: withoutFrames(exhausted) };
}

/** An error whose stack would be that of the engine; that of its cause is where it happened. */
function withoutFrames<E extends Error>(error: E): E {
  error.stack = `${error.name}: ${error.message}`;
  return error;
}
