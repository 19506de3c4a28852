/**
 * Everything the engine itself throws at its users. A task's own errors pass through untouched.
 *
 * @module
 */

import { type Duration, toMilliseconds } from "./duration.ts";

/** Options of the engine's errors: `cause`, and the name of the task they are about. */
export interface TaskErrorOptions extends ErrorOptions {
  /** The name of the task that the error is about. */
  readonly task?: string | undefined;
}

/**
 * The base of every error that the engine itself makes, so that one `instanceof` tells them from a task's own.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { TaskError, TaskTimeoutError } from "@workflowy/workflowy";
 *
 * const error = new TaskTimeoutError("too slow", { task: "fetch-user" });
 * assert(error instanceof TaskError && error.code === "TASK_TIMEOUT");
 * ```
 */
export class TaskError extends Error {
  /** The name of the class. */
  override name = "TaskError";
  /** A constant for programs to compare, such as `"TASK_TIMEOUT"`; the message is for people and may change. */
  readonly code: string = "TASK_ERROR";
  /** The name of the task that the error is about. */
  readonly task: string | undefined;

  /** Makes an error about the task `options.task`. */
  constructor(message: string, options?: TaskErrorOptions) {
    super(message, options);
    this.task = options?.task;
  }
}

/**
 * An attempt ran into its `timeout`. The task's body sees it as the reason of its `signal`.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { currentTask, task, TaskRunner, TaskTimeoutError } from "@workflowy/workflowy";
 *
 * const slow = task({ name: "slow", timeout: "10ms" }, async () => {
 *   const { signal } = currentTask()!;
 *   await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
 * });
 * await using runner = new TaskRunner();
 * await assertRejects(() => runner.submit(slow).result(), TaskTimeoutError);
 * ```
 */
export class TaskTimeoutError extends TaskError {
  /** The name of the class. */
  override name = "TaskTimeoutError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "TASK_TIMEOUT";
}

/**
 * A task was cancelled: by its handle, a signal, its runner, or together with the task that submitted it.
 *
 * @example
 * ```ts
 * import { assertEquals, assertRejects } from "@std/assert";
 * import { TaskCancelledError, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const handle = runner.submit(function work() {});
 * handle.cancel("not needed");
 * const error = await assertRejects(() => handle.result(), TaskCancelledError);
 * assertEquals(error.reason, "not needed");
 * ```
 */
export class TaskCancelledError extends TaskError {
  /** The name of the class. */
  override name = "TaskCancelledError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "TASK_CANCELLED";
  /** What was given to `cancel(reason)`, or the `reason` of the aborted signal; `undefined` if nothing was. */
  readonly reason: unknown;

  /** Makes an error that carries the reason, which is also its `cause`. */
  constructor(message: string, options?: TaskErrorOptions & { readonly reason?: unknown }) {
    super(message, options?.reason === undefined ? options : { cause: options.reason, ...options });
    this.reason = options?.reason;
  }
}

/**
 * A dependency would make a task wait for itself.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { CycleError, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const load = runner.submit(function load() {});
 * const clean = runner.submit(function clean(_: unknown) {}, load);
 * const error = assertThrows(() => load.after(clean), CycleError);
 * assertEquals(error.cycle, ["load", "clean", "load"]);
 * ```
 */
export class CycleError extends TaskError {
  /** The name of the class. */
  override name = "CycleError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "CYCLE";
  /** The names of the tasks along the cycle; the first is also the last. */
  readonly cycle: readonly string[];

  /** Makes an error that names the cycle. */
  constructor(message: string, options: TaskErrorOptions & { readonly cycle: readonly string[] }) {
    super(message, options);
    this.cycle = options.cycle;
  }
}

/**
 * A task was not run, or skipped, as one that it depends on did not complete. `cause` is the error that it all began with,
 * however long the chain of dependencies to it.
 *
 * @example
 * ```ts
 * import { assertEquals, assertInstanceOf } from "@std/assert";
 * import { DependencyFailedError, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const load = runner.submit(function load(): number {
 *   throw new RangeError("no data");
 * });
 * const double = runner.submit((x: number) => 2 * x, load);
 * const error = await double.exception();
 * assertInstanceOf(error, DependencyFailedError);
 * assertInstanceOf(error.cause, RangeError);
 * assertEquals(error.dependency, load.id);
 * ```
 */
export class DependencyFailedError extends TaskError {
  /** The name of the class. */
  override name = "DependencyFailedError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "DEPENDENCY_FAILED";
  /** The id of the dependency that did not complete. */
  readonly dependency: string;

  /** Makes an error that names the dependency. */
  constructor(message: string, options: TaskErrorOptions & { readonly dependency: string }) {
    super(message, options);
    this.dependency = options.dependency;
  }
}

/**
 * All attempts failed; `cause` is the last one's error. Tasks without retries fail with their own error instead.
 *
 * @example
 * ```ts
 * import { assertEquals, assertRejects } from "@std/assert";
 * import { RetryExhaustedError, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const flaky = task({ name: "flaky", retries: 2, backoff: "none" }, () => {
 *   throw new Error("try again");
 * });
 * await using runner = new TaskRunner();
 * const error = await assertRejects(() => runner.submit(flaky).result(), RetryExhaustedError);
 * assertEquals([error.attempts, (error.cause as Error).message], [3, "try again"]);
 * ```
 */
export class RetryExhaustedError extends TaskError {
  /** The name of the class. */
  override name = "RetryExhaustedError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "RETRY_EXHAUSTED";
  /** How many attempts were made. */
  readonly attempts: number;

  /** Makes an error for that many attempts. */
  constructor(message: string, options: TaskErrorOptions & { readonly attempts: number }) {
    super(message, options);
    this.attempts = options.attempts;
  }
}

/** State could not be saved, or what was saved cannot be read. Nothing in this version throws it. */
export class CheckpointError extends TaskError {
  /** The name of the class. */
  override name = "CheckpointError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "CHECKPOINT";
}

/** Options of {@linkcode WorkerLostError}. */
export interface WorkerLostErrorOptions extends TaskErrorOptions {
  /** The exit code of a subprocess. */
  readonly exitCode?: number | undefined;
  /** The signal that ended a subprocess. */
  readonly signal?: string | undefined;
  /** The last lines of a subprocess's standard error output. */
  readonly stderr?: string | undefined;
}

/**
 * A worker died under a task, which may have run in part: it called `Deno.exit()`, crashed, ran out of memory, or was
 * killed; or its module could not be imported. Tasks with retries are tried again, on another worker.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { WorkerLostError } from "@workflowy/workflowy";
 *
 * const error = new WorkerLostError("A subprocess was lost", { signal: "SIGKILL" });
 * assertEquals([error.code, error.signal], ["WORKER_LOST", "SIGKILL"]);
 * ```
 */
export class WorkerLostError extends TaskError {
  /** The name of the class. */
  override name = "WorkerLostError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "WORKER_LOST";
  /** The exit code of the subprocess, if it was one. */
  readonly exitCode: number | undefined;
  /** The signal that ended the subprocess, if one did. */
  readonly signal: string | undefined;
  /** The last lines of the subprocess's standard error output. */
  readonly stderr: string | undefined;

  /** Makes an error that says how the worker ended. */
  constructor(message: string, options?: WorkerLostErrorOptions) {
    super(message, options);
    this.exitCode = options?.exitCode;
    this.signal = options?.signal;
    this.stderr = options?.stderr;
  }
}

/**
 * Thrown by a task to say that trying again is of no use: it fails at once, whatever its retry policy says.
 *
 * @example
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
 * When to try again: a {@linkcode Duration}, a `Date`, or the text of an HTTP `Retry-After` header, which is a number
 * of whole seconds or an HTTP date. Nothing (`null`, `undefined`) leaves it to the task's own backoff.
 */
export type RetryAfter = Duration | Date | string | null | undefined;

/**
 * Thrown by a task to say when to try again; it overrides the backoff once. It asks for a retry whatever `retryOn`
 * says, but not for more attempts than the task has.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RetryAfterError } from "@workflowy/workflowy";
 *
 * const response = new Response(null, { status: 429, headers: { "retry-after": "120" } });
 * const error = new RetryAfterError("slow down", { retryAfter: response.headers.get("retry-after") });
 * assertEquals(error.delayAt(Date.now()), 120_000);
 * ```
 */
export class RetryAfterError extends TaskError {
  /** The name of the class. */
  override name = "RetryAfterError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "RETRY_AFTER";
  /** The delay from now in milliseconds, the time to wait for, or `undefined` for the task's own backoff. */
  readonly retryAfter: number | Date | undefined;

  /**
   * Makes an error that asks for a retry.
   *
   * @throws {RangeError} If `retryAfter` is no length of time, date, or value of a `Retry-After` header.
   */
  constructor(message: string, options: TaskErrorOptions & { readonly retryAfter?: RetryAfter }) {
    super(message, options);
    this.retryAfter = parseRetryAfter(options.retryAfter);
  }

  /** How long to wait from `now` (milliseconds since the epoch), or `undefined` for the task's own backoff. */
  delayAt(now: number): number | undefined {
    return this.retryAfter instanceof Date ? Math.max(0, this.retryAfter.getTime() - now) : this.retryAfter;
  }
}

/** How a date begins that people and servers write: an HTTP date's weekday, or ISO 8601. `Date` takes much more. */
const DATE = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |\d{4}-\d\d-\d\d)/;

function parseRetryAfter(value: RetryAfter): number | Date | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Date) return checkedDate(value, value);
  if (typeof value !== "string") return toMilliseconds(value, "retryAfter");
  const text = value.trim();
  if (/^\d+$/.test(text)) return toMilliseconds(Number(text) * 1_000, "retryAfter");
  if (/^[\d.]+[a-z]+$/.test(text)) return toMilliseconds(text as Duration, "retryAfter");
  return checkedDate(new Date(DATE.test(text) ? text : NaN), value);
}

function checkedDate(date: Date, given: unknown): Date {
  if (Number.isNaN(date.getTime())) {
    throw new RangeError(`retryAfter is ${given}, which is no length of time, date, or value of a Retry-After header`);
  }
  return date;
}
