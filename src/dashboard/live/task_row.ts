/**
 * What a page knows of a task that it lists or draws: a row. What it shows of one task alone is asked for when it is opened.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import { RetryExhaustedError } from "../../core/errors.ts";
import { COMPLETED, type StatusCode, STATUSES } from "../../core/status.ts";
import type { Handle } from "../../engine/handle.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";

/** How many characters of an error are shown in a list. */
const MAX_ERROR = 240;
/** How many characters of a label are shown in a list. */
const MAX_LABEL = 160;
/** How many of the last attempts are drawn. */
const MAX_ATTEMPTS = 12;

/** An attempt as it is drawn: when it started and ended, in milliseconds since the epoch, and how. */
export type AttemptSpan = readonly [start: number, end: number | null, status: StatusCode, worker: string | null];

/** A task in a list or a picture. Times are in milliseconds since the epoch. */
export interface TaskRow {
  /** Its place in the order of submission. */
  readonly seq: number;
  readonly id: string;
  readonly name: string;
  readonly status: StatusCode;
  readonly attempts: number;
  /** What it depends on, by `seq`. */
  readonly dependsOn: readonly number[];
  /** The task whose body submitted it, by `seq`. */
  readonly parent: number | undefined;
  readonly label: string | undefined;
  readonly tags: readonly string[];
  readonly pool: string;
  readonly worker: string | undefined;
  readonly submittedAt: number | undefined;
  readonly readyAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly retryAt: number | undefined;
  /** From 0 to 1, as its body has reported. */
  readonly progress: number;
  readonly message: string | undefined;
  /** Whether an earlier run ended it, or a cache had its result. */
  readonly reused: boolean;
  /** Why it did not complete. */
  readonly error: string | undefined;
  /** The attempts, if there were several, or the only one did not end as the task does. */
  readonly spans: readonly AttemptSpan[];
}

/** How attempts end, as codes of statuses: what was interrupted looks as if it was cancelled. */
const ATTEMPT_CODES: Readonly<Record<string, StatusCode>> = {
  running: 2,
  completed: 4,
  failed: 5,
  cancelled: 6,
  interrupted: 6,
};

/** The row of a handle. */
export function rowOf(handle: TaskHandle<unknown>): TaskRow {
  const status = STATUSES.indexOf(handle.status) as StatusCode;
  const { startedAt, finishedAt, attempts } = handle;
  return {
    seq: handle.seq,
    id: handle.id,
    name: handle.name,
    status,
    attempts,
    dependsOn: handle.dependsOn.map(({ seq }) => seq),
    parent: handle.parent?.seq,
    label: cut(handle.label, MAX_LABEL),
    tags: handle.tags,
    pool: handle.pool ?? "waiting",
    worker: handle.worker,
    submittedAt: handle.submittedAt?.getTime(),
    readyAt: handle.readyAt?.getTime(),
    startedAt: startedAt?.getTime(),
    finishedAt: finishedAt?.getTime(),
    retryAt: handle.retryAt?.getTime(),
    progress: status === COMPLETED ? 1 : handle.progress,
    message: cut(handle.progressMessage, MAX_LABEL),
    reused: handle.restored || handle.cached,
    // Not peek(), by which a failure would count as known to the program.
    error: status > COMPLETED ? cut(inShort((handle as Handle).error), MAX_ERROR) : undefined,
    spans: isOneAttempt(handle) ? [] : spansOf(handle),
  };
}

/** Whether a task has one attempt at most, which ends as the task does: not before, as that of a task that is to be retried. */
function isOneAttempt(handle: TaskHandle<unknown>): boolean {
  const { attempts, status } = handle;
  if (attempts !== 1 || status === "completed" || status === "running") return attempts < 2;
  return handle.history[0]?.finishedAt?.getTime() === handle.finishedAt?.getTime();
}

function spansOf({ history }: TaskHandle<unknown>): AttemptSpan[] {
  return history.slice(-MAX_ATTEMPTS).map((attempt): AttemptSpan => [
    attempt.startedAt.getTime(),
    attempt.finishedAt?.getTime() ?? null,
    ATTEMPT_CODES[attempt.status] ?? 5,
    attempt.worker ?? null,
  ]);
}

/** Why a task did not complete. After several attempts, what the last one failed with says more than that there were several. */
function inShort(error: unknown): string {
  return describeError(error instanceof RetryExhaustedError && error.cause !== undefined ? error.cause : error);
}

/** A string that is not too long for a list. */
export function cut(text: string | undefined, length: number): string | undefined {
  return text === undefined || text.length <= length ? text : `${text.slice(0, length)}…`;
}
