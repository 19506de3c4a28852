/**
 * What a failed attempt means: the one place that decides between failing and trying again.
 *
 * @module
 */

import { describeError } from "./describe.ts";
import { RetryExhaustedError, TaskError, type TaskTimeoutError } from "./errors.ts";
import type { ResolvedTaskOptions } from "./options.ts";
import { backoffDelay, isRetryable } from "./retry.ts";

/** What happens next to a task whose attempt failed. */
export type Verdict =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "fail"; readonly error: unknown };

/** How an attempt failed: by its own error, or by running out of time. */
export type Failure =
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "timed-out"; readonly error: TaskTimeoutError };

/**
 * Judges a failed attempt by its task's retry policy.
 *
 * @param attempt The number of the attempt, from 1.
 * @param now Milliseconds since the epoch.
 * @param random Numbers from 0 to 1, for the jitter.
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
  if (maxAttempts === 1) return { kind: "fail", error };
  try {
    const wanted = failure.kind === "timed-out" ? options.retryOnTimeout : isRetryable(options, error, attempt);
    if (!wanted) return { kind: "fail", error };
    if (attempt < maxAttempts) return { kind: "retry", delayMs: backoffDelay(options, error, attempt, now, random) };
  } catch (cause) {
    const message = `The retry policy of "${name}" threw ${describeError(cause)}, asked about attempt ${attempt}, ` +
      `which failed with ${describeError(error)}`;
    return { kind: "fail", error: new TaskError(message, { cause, task: name }) };
  }
  return {
    kind: "fail",
    error: new RetryExhaustedError(
      `All ${maxAttempts} attempts of "${name}" failed; the last with ${describeError(error)}`,
      {
        attempts: attempt,
        cause: error,
        task: name,
      },
    ),
  };
}
