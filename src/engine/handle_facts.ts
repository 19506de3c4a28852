/**
 * What a handle says about its task as a whole: its result, and its attempts.
 *
 * @module
 */

import { thrownToJson, valueToJson } from "../core/error_json.ts";
import { RetryExhaustedError } from "../core/errors.ts";
import type { AttemptStatus, TaskAttempt } from "../core/observations.ts";
import type { TaskResult } from "../core/result.ts";
import {
  CANCELLED,
  COMPLETED,
  isTerminal,
  RUNNING,
  SKIPPED,
  type StatusCode,
  type TaskStatus,
} from "../core/status.ts";

/** One attempt that ended and was followed by another one, or will be. */
export interface PastAttempt {
  /** From 1. */
  readonly number: number;
  /** Milliseconds after the owner's epoch. */
  readonly startedMs: number;
  /** Milliseconds after the owner's epoch; `undefined` of one that ended with its program. */
  readonly finishedMs: number | undefined;
  readonly status: "failed" | "interrupted";
  readonly error: unknown;
  /** Where it ran. */
  readonly worker: string | undefined;
}

/** A handle, as far as this file needs it. */
export interface Facts<T = unknown> {
  readonly id: string;
  readonly name: string;
  readonly code: StatusCode;
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly value: T | undefined;
  readonly error: unknown;
  readonly label?: string | undefined;
  readonly tags: readonly string[];
  readonly cached: boolean;
  readonly worker?: string | undefined;
  readonly owner: { readonly epoch: number };
  readonly startedMs: number | undefined;
  readonly finishedMs: number | undefined;
  readonly details: { readonly history: readonly PastAttempt[] | undefined } | undefined;
}

/** All attempts at a task that are known, oldest first. */
export function historyOf(handle: Facts): readonly TaskAttempt[] {
  const { attempts, details, owner: { epoch } } = handle;
  const past = details?.history ?? [];
  const history = past.map(({ number, startedMs, finishedMs, status, error, worker }): TaskAttempt => ({
    number,
    status,
    startedAt: new Date(epoch + startedMs),
    ...(finishedMs !== undefined && { finishedAt: new Date(epoch + finishedMs) }),
    error,
    ...(worker !== undefined && { worker }),
  }));
  if (attempts > 0 && past.at(-1)?.number !== attempts) history.push(lastAttempt(handle));
  return Object.freeze(history);
}

/** The attempt that ended the task, or is under way. */
function lastAttempt(
  { attempts, code, error, worker, startedMs = 0, finishedMs, owner: { epoch } }: Facts,
): TaskAttempt {
  return {
    number: attempts,
    status: attemptStatus(code),
    startedAt: new Date(epoch + startedMs),
    ...(finishedMs !== undefined && { finishedAt: new Date(epoch + finishedMs) }),
    ...(error !== undefined && { error: error instanceof RetryExhaustedError ? error.cause : error }),
    ...(worker !== undefined && { worker }),
  };
}

function attemptStatus(code: StatusCode): AttemptStatus {
  if (code === RUNNING) return "running";
  if (code === COMPLETED) return "completed";
  if (code === CANCELLED || code === SKIPPED) return "cancelled";
  return isTerminal(code) ? "failed" : "interrupted"; // it is to run again, as its program has ended
}

/** The result of a task, as far as it has one. */
export function resultOf<T>(handle: Facts<T>): TaskResult<T> {
  const { id, name, code, status, value, error, attempts, startedMs, finishedMs, label, tags, cached } = handle;
  const { epoch } = handle.owner;
  return Object.freeze({
    __proto__: error === undefined ? Object.prototype : FAILURE,
    id,
    name,
    status,
    value,
    error,
    attempts,
    ...(startedMs !== undefined && { startedAt: new Date(epoch + startedMs) }),
    ...(finishedMs !== undefined && { finishedAt: new Date(epoch + finishedMs) }),
    ...(startedMs !== undefined && finishedMs !== undefined && { durationMs: finishedMs - startedMs }),
    ...(label !== undefined && { label }),
    ...(tags.length > 0 && { tags }),
    ...(cached && { cached: true as const }),
    ok: code === COMPLETED,
  }) as TaskResult<T>; // "ok", "status" and "value" say the same, as each comes of the code
}

/** A result as plain data, for `JSON.stringify()`. */
export function resultToJson(result: TaskResult): Record<string, unknown> {
  const { value, error, ...others } = result;
  return {
    ...others,
    ...(value !== undefined && { value: valueToJson(value) }),
    ...(error !== undefined && { error: thrownToJson(error) }),
  };
}

/** What results with an error inherit. Others are as useful in JSON without, and are plain objects, which compare as such. */
const FAILURE = {
  toJSON(this: TaskResult): Record<string, unknown> {
    return resultToJson(this);
  },
};
