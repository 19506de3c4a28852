/**
 * The errors that the engine itself throws. A task's own errors pass through it unchanged.
 *
 * @module
 */

/** Options of {@linkcode TaskError}: `cause`, and the task that the error is about. */
export interface TaskErrorOptions extends ErrorOptions {
  /** The name of the task that the error is about. Default: none. */
  readonly task?: string | undefined;
}

/**
 * The base class of the errors that the engine itself makes of what happens to tasks: one `instanceof` tells them from a task's
 * own errors. What is given or called in a wrong way is a `TypeError`, a `RangeError` or an `Error` instead.
 *
 * @example Tell the engine's errors apart by their code
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
  /** A constant for programs, such as `"TASK_TIMEOUT"`. The message is for people and may change. */
  readonly code: string = "TASK_ERROR";
  /** The name of the task that the error is about, if it is about one. */
  readonly task: string | undefined;

  /**
   * Makes an error of the engine.
   *
   * @param message What happened, for people.
   * @param options `cause` and `task`, the name of the task that it is about.
   */
  constructor(message: string, options?: TaskErrorOptions) {
    super(message, options);
    this.task = options?.task;
  }
}

/**
 * An attempt took longer than its `timeout`. The task's body sees this error as the reason of its `signal`.
 *
 * @example Stop working when the time is up
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
 * @example Learn why a task was cancelled
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
  /** What `cancel(reason)` was called with, or the `reason` of the aborted signal. */
  readonly reason: unknown;

  /**
   * Makes an error that carries a reason.
   *
   * @param message What happened, for people.
   * @param options `reason`, which is the `cause` too unless one is given, and `task`, the name of the task that was cancelled.
   */
  constructor(message: string, options?: TaskErrorOptions & { readonly reason?: unknown }) {
    super(message, options?.reason === undefined ? options : { cause: options.reason, ...options });
    this.reason = options?.reason;
  }
}

/**
 * A dependency would make a task wait for itself.
 *
 * @example Two tasks that would wait for each other
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
  /** The names of the tasks along the cycle. The first one is repeated at the end. */
  readonly cycle: readonly string[];

  /**
   * Makes an error that names a cycle.
   *
   * @param message What happened, for people.
   * @param options `cycle`, the names of the tasks along it, with the first one repeated at the end.
   */
  constructor(message: string, options: TaskErrorOptions & { readonly cycle: readonly string[] }) {
    super(message, options);
    this.cycle = options.cycle;
  }
}

/**
 * The body of a task was cut short too often as its program ended: see `TaskOptions.maxRecoveries`.
 *
 * @example A task that keeps killing its program
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TaskInterruptedError } from "@workflowy/workflowy";
 *
 * const error = new TaskInterruptedError('"import#1" was cut short 21 times in a row', { task: "import" });
 * assertEquals(error.code, "TASK_INTERRUPTED");
 * ```
 */
export class TaskInterruptedError extends TaskError {
  /** The name of the class. */
  override name = "TaskInterruptedError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "TASK_INTERRUPTED";
}

/**
 * All slots of a strict pool are held by tasks that wait, directly or not, for tasks that need one of these slots. The
 * message says who waits for whom.
 *
 * @example A parent that waits for a child in its own strict pool of one
 * ```ts
 * import { assertEquals, assertRejects } from "@std/assert";
 * import { PoolStalledError, task, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner({ pools: { db: { maxWorkers: 1, strict: true } }, onTaskError: "continue" });
 * runner.enter();
 * const child = task({ name: "child", pool: "db" }, () => "row");
 * const parent = task({ name: "parent", pool: "db" }, async () => await child.submit());
 * const error = await assertRejects(() => parent.submit().result(), PoolStalledError);
 * assertEquals(error.pool, "db");
 * ```
 */
export class PoolStalledError extends TaskError {
  /** The name of the class. */
  override name = "PoolStalledError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "POOL_STALLED";
  /** The name of the pool. */
  readonly pool: string;

  /**
   * Makes an error that names the pool.
   *
   * @param message Who waits for whom.
   * @param options The options of any {@linkcode TaskError}, and the name of the pool.
   */
  constructor(message: string, options: TaskErrorOptions & { readonly pool: string }) {
    super(message, options);
    this.pool = options.pool;
  }
}

/**
 * A task failed or was skipped without having run, because a task that it depends on did not complete. `cause` is the error
 * of the first task in the chain of dependencies that failed.
 *
 * @example Find the error that a chain of failures began with
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

  /**
   * Makes an error that names a dependency.
   *
   * @param message What happened, for people.
   * @param options `dependency`, the id of the task that did not complete, and `cause`, the first error.
   */
  constructor(message: string, options: TaskErrorOptions & { readonly dependency: string }) {
    super(message, options);
    this.dependency = options.dependency;
  }
}

/**
 * All attempts of a task failed. `cause` is the error of the last one. A task without retries fails with its own error
 * instead.
 *
 * @example Two retries that do not help
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
  /** How many attempts were made, without those that do not count: see `RetryAfterErrorOptions.countsAsAttempt`. */
  readonly attempts: number;

  /**
   * Makes an error for a number of attempts.
   *
   * @param message What happened, for people.
   * @param options `attempts`, how many were made, and `cause`, the error of the last one.
   */
  constructor(message: string, options: TaskErrorOptions & { readonly attempts: number }) {
    super(message, options);
    this.attempts = options.attempts;
  }
}

/**
 * Why a checkpoint cannot be used:
 *
 * - `"in use"`: another runner has it; see `standby` of `TaskRunner.resume()`.
 * - `"lost"`: this runner had it and has it no more: another one has taken it over, or its file was moved or replaced.
 * - `"unavailable"`: it cannot be reached, opened, read or written: no permission, a full disk, a server that does not answer.
 * - `"damaged"`: what is there is not what was written.
 * - `"incompatible"`: it was written with another codec, or by a newer version of this package.
 * - `"unsavable"`: a value cannot be stored in it.
 */
export type CheckpointErrorReason = "in use" | "lost" | "unavailable" | "damaged" | "incompatible" | "unsavable";

/** Options of {@linkcode CheckpointError}. */
export interface CheckpointErrorOptions extends TaskErrorOptions {
  /** Why the checkpoint cannot be used. Default: none, or `"unsavable"` with `unsavable`. */
  readonly reason?: CheckpointErrorReason | undefined;
  /** The ids of records that cannot be kept. Default: none. */
  readonly unsavable?: readonly string[] | undefined;
}

/**
 * A checkpoint could not be written or read, or a value cannot be stored in it.
 *
 * @example A result that JSON cannot represent
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { CheckpointError, MemoryCheckpointer, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer() });
 * const handle = runner.submit(function today() {
 *   return new Map([["day", new Date()]]);
 * });
 * await assertRejects(() => handle.result(), CheckpointError, "Map");
 * ```
 */
export class CheckpointError extends TaskError {
  /** The name of the class. */
  override name = "CheckpointError";
  /** See {@linkcode TaskError.code}. */
  override readonly code: string = "CHECKPOINT";
  /**
   * The ids of records that a checkpointer cannot keep, as they are too large for it, say. It has saved nothing then; the
   * runner fails the tasks of these records and saves the others.
   */
  readonly unsavable: readonly string[] | undefined;
  /** Why the checkpoint cannot be used, for programs; `undefined` if a checkpointer does not say. */
  readonly reason: CheckpointErrorReason | undefined;

  /**
   * Makes an error about a checkpoint.
   *
   * @param message What could not be done, and why.
   * @param options The options of any {@linkcode TaskError}; `reason`, why the checkpoint cannot be used; and `unsavable`, the
   * ids of records that cannot be kept.
   */
  constructor(message: string, options?: CheckpointErrorOptions) {
    super(message, options);
    const reason = options?.reason ?? (options?.unsavable === undefined ? undefined : "unsavable");
    if (reason !== undefined) this.reason = reason;
    if (options?.unsavable !== undefined) this.unsavable = options.unsavable;
  }
}

/** Options of {@linkcode WorkerLostError}. */
export interface WorkerLostErrorOptions extends TaskErrorOptions {
  /** The name of the worker, if it was a program of its own. Default: none. */
  readonly worker?: string | undefined;
  /** The exit code of the subprocess. Default: none. */
  readonly exitCode?: number | undefined;
  /** The signal that ended the subprocess. Default: none. */
  readonly signal?: string | undefined;
  /** The last lines that the subprocess wrote to standard error. Default: none. */
  readonly stderr?: string | undefined;
}

/**
 * A worker ended while it ran a task, which may have done part of its work: the task called `Deno.exit()`, crashed, ran out
 * of memory or was killed, or its module could not be imported. A task with retries is retried in another worker.
 *
 * @example What the error tells
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
  /** The name of the worker, if it was a program of its own. */
  readonly worker: string | undefined;
  /** The exit code of the subprocess, if it was one. */
  readonly exitCode: number | undefined;
  /** The signal that ended the subprocess, if one did, such as `"SIGKILL"`. */
  readonly signal: string | undefined;
  /** The last lines that the subprocess wrote to standard error. */
  readonly stderr: string | undefined;

  /**
   * Makes an error that says how a worker ended.
   *
   * @param message What happened, for people.
   * @param options `exitCode`, `signal` and `stderr` of a subprocess, the name of a remote `worker`, `cause` and `task`.
   */
  constructor(message: string, options?: WorkerLostErrorOptions) {
    super(message, options);
    this.worker = options?.worker;
    this.exitCode = options?.exitCode;
    this.signal = options?.signal;
    this.stderr = options?.stderr;
  }
}
