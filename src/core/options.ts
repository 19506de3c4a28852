/**
 * The options of a task, as they are given and as the engine uses them.
 *
 * @module
 */

import type { Duration } from "./duration.ts";
import type { Concurrency, ResolvedConcurrency, ResolvedThrottle, Throttle } from "./limits.ts";
import type { TaskPermissions } from "./permissions.ts";
import type { Backoff, Jitter, RetryOn, RetryPolicy } from "./retry.ts";
import type { ResolvedTaskCache, TaskCache } from "./task_cache.ts";

/**
 * Where the body of a task runs: on the event loop (`"async"`), on a thread, or in a subprocess of Deno. Threads and
 * subprocesses import the module in which `task()` was called. So the task must be defined at the top level of a module, and
 * the code that starts the program must be inside `if (import.meta.main)`.
 */
export type Backend = "async" | "thread" | "process";

/**
 * What happens to a task when one of its dependencies does not complete: it fails (`"fail"`), is skipped (`"skip"`), or
 * runs once every dependency has finished (`"run-anyway"`), with `undefined` in place of the missing values.
 */
export type OnDepFailure = "fail" | "skip" | "run-anyway";

/**
 * The options of a task, given to `task()`, to `.with()` or as fields of a {@linkcode TaskBase}.
 *
 * @typeParam A The parameters of the task's body.
 *
 * @example Options that several tasks share
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, type TaskOptions } from "@workflowy/workflowy";
 *
 * const patient: TaskOptions = { retries: 5, backoff: "linear", backoffBase: "2s", timeout: "1m" };
 * const download = task({ ...patient, name: "download" }, async (url: string) => await fetch(url));
 * assertEquals([download.options.maxAttempts, download.options.timeout], [6, 60_000]);
 * ```
 */
export interface TaskOptions<A extends unknown[] = unknown[]> {
  /** The name of the task in ids, logs and errors. Default: the function's name, or `file:line:column` of the `task()` call. */
  readonly name?: string | undefined;
  /** Where the body runs. Default: the runner's `backend`. Excludes `pool`. */
  readonly backend?: Backend | undefined;
  /** The name of one of the runner's `pools`. Default: the pool of the `backend`. Excludes `backend`. */
  readonly pool?: string | undefined;
  /** How often a failed attempt is repeated. Default: 0. Excludes `maxAttempts`. */
  readonly retries?: number | undefined;
  /** How many attempts there are at most: `retries + 1`. Default: 1. Excludes `retries`. */
  readonly maxAttempts?: number | undefined;
  /** How long to wait between attempts. Default: `"exponential"`. */
  readonly backoff?: Backoff | undefined;
  /** The first wait. A number is milliseconds. Default: `"1s"`. */
  readonly backoffBase?: Duration | undefined;
  /**
   * The longest wait. A number is milliseconds. Default: `"30s"`, or `backoffBase` if that is longer; no limit if `backoff` is
   * a function.
   */
  readonly backoffMax?: Duration | undefined;
  /** How the waits are randomized. Default: `"none"`. */
  readonly jitter?: Jitter | undefined;
  /** Which errors are retried. An attempt that timed out goes by `retryOnTimeout` alone. Default: every `Error`. */
  readonly retryOn?: RetryOn | undefined;
  /**
   * How long an attempt may take. A number is milliseconds. Default: no limit. Unfinished tasks that its body submitted are
   * cancelled with it. A body that loops is stopped on a thread (unless it loops after an `await`) and in a subprocess, but
   * not on the event loop.
   */
  readonly timeout?: Duration | undefined;
  /** Whether an attempt that took longer than its timeout may be retried. Default: `false`. */
  readonly retryOnTimeout?: boolean | undefined;
  /**
   * When the task may start: a time, or how long after its submission. A number is milliseconds. Until then it is pending and
   * holds no slot; it waits for its dependencies meanwhile. It goes by the system's clock. With a checkpointer, the time holds
   * after a restart as well. Default: as soon as possible.
   */
  readonly startAfter?: Duration | Date | undefined;
  /**
   * Until when the task must have finished: a time, or how long after its submission. A number is milliseconds. It counts all
   * waiting (for dependencies, for a slot, for the runner to start), all attempts, and the waits between them. Then the task
   * fails with a `TaskTimeoutError`, whatever it is doing. With a checkpointer, it holds after a restart as well. Default: none.
   */
  readonly deadline?: Duration | Date | undefined;
  /**
   * How many times in a row the task is started again after its body was cut short as its program died, with a
   * checkpointer; then it fails with a `TaskInterruptedError`. A body that waits for a handle, and an orderly end of the
   * program, do not count; a child that is newly recorded starts the count again. Default: 20.
   */
  readonly maxRecoveries?: number | undefined;
  /** What happens if a dependency does not complete. Default: `"fail"`. */
  readonly onDepFailure?: OnDepFailure | undefined;
  /**
   * Ready tasks of a higher priority start first. Default: 0. Among equals, tasks that a running task submitted come first,
   * then the order of submission counts.
   */
  readonly priority?: number | undefined;
  /**
   * How often attempts start, in all or for each key: never more than `limit` within any `period`, evenly spaced unless
   * `burst` lets some start at once. What waits for it is ready and takes no slot. Default: as often as there are slots.
   */
  readonly throttle?: Throttle<A> | undefined;
  /**
   * How many bodies are at work at a time, in all or for each key. What waits for it is ready and takes no slot. A body that
   * waits for a handle does not count, unless its pool is `strict`. Default: as many as there are slots.
   */
  readonly concurrency?: Concurrency<A> | undefined;
  /**
   * Keeps results for later, and reuses them: while the task (module, name, `version`), its key or arguments, and its files are
   * the same. A task whose result is reused does not run, and takes no slot. Failures are not kept. The runner's `cache` says
   * where. Default: nothing is kept.
   */
  readonly cache?: TaskCache<A> | undefined;
  /**
   * Returns a key for the arguments. While this task is unfinished with the same key, submitting returns its handle. The options
   * of the first submission count; the task is cancelled once none of those who submitted it wants it any more. In place of a
   * handle among the arguments, the function gets the handle's id. Default: no deduplication.
   */
  readonly dedupBy?: ((...args: A) => string) | undefined;
  /**
   * Returns what a submission is about, in a few words, for people: on its handle, in results, in `explain()` and on record.
   * It is called once, when the arguments are known, with values in place of handles. If it throws, there is no label, and that
   * is logged. Default: none.
   */
  readonly label?: ((...args: A) => string) | undefined;
  /**
   * Gets the arguments as one array and returns them as they may be shown to people: on its handle as `shownArgs`, and on
   * record. Tools show these and not the arguments themselves. The array is a copy, but what is in it is not: the body gets
   * the same objects, so copy those that are changed. It is called once, when the arguments are known, with values in place of
   * handles; what JSON does not have is kept as a string. If it throws, no arguments are shown, and that is
   * logged. The arguments themselves are recorded as well, as the task needs them: to encrypt them, see `ByteCodec`. Default:
   * tools show the arguments.
   */
  readonly redact?: ((args: A) => readonly unknown[]) | undefined;
  /** Words by which to find its submissions again: on handles, in results and on record. Default: none. */
  readonly tags?: readonly string[] | undefined;
  /**
   * The permissions of the subprocess. It cannot get more than the program has. Default: `"inherit"`. Only with
   * `backend: "process"`, or a `pool` of that backend.
   */
  readonly permissions?: TaskPermissions | undefined;
  /**
   * The memory of the subprocess in MiB: of V8's heap and, on Linux, of all memory beyond some 128 MiB for Deno itself.
   * Default: only V8's own limit. A task that uses more fails with a `WorkerLostError`. Only with `backend: "process"`, or a
   * `pool` of that backend.
   */
  readonly memoryLimitMb?: number | undefined;
  /**
   * Part of the id under which a checkpoint and the `cache` know the task. Change it when the body changes its meaning: results
   * of the former version are then not reused. Default: none.
   */
  readonly version?: string | undefined;
  /** The URL of the module that a worker imports to find the task. Default: the one in which `task()` was called. */
  readonly module?: string | URL | undefined;
}

/** The options of a task, checked, complete and frozen. Durations are in milliseconds. */
export interface ResolvedTaskOptions extends RetryPolicy {
  /** The name of the task in ids, logs and errors. */
  readonly name: string;
  /** The backend, if one was given. */
  readonly backend: Backend | undefined;
  /** The name of the pool, if one was given. */
  readonly pool: string | undefined;
  /** How many attempts may follow the first one. */
  readonly retries: number;
  /** How many attempts there are at most, the first one included. */
  readonly maxAttempts: number;
  /** How long an attempt may take, in milliseconds, if that is limited. */
  readonly timeout: number | undefined;
  /** Whether an attempt that took longer than its timeout may be retried. */
  readonly retryOnTimeout: boolean;
  /** How long after its submission it may start, in milliseconds, or when, if it may not start at once. */
  readonly startAfter: number | Date | undefined;
  /** How long after its submission it must have finished, in milliseconds, or when, if that is limited. */
  readonly deadline: number | Date | undefined;
  /** How many times in a row it is started again after its program died. */
  readonly maxRecoveries: number;
  /** What happens if a dependency does not complete. */
  readonly onDepFailure: OnDepFailure;
  /** Ready tasks of a higher priority start first. */
  readonly priority: number;
  /** How often attempts start, if that is limited. */
  readonly throttle: ResolvedThrottle | undefined;
  /** How many bodies are at work at a time, if that is limited. */
  readonly concurrency: ResolvedConcurrency | undefined;
  /** How its results are kept and reused, if they are. */
  readonly cache: ResolvedTaskCache | undefined;
  /** Returns the key by which unfinished tasks are deduplicated, if they are. */
  readonly dedupBy: ((...args: never) => string) | undefined;
  /** Returns what a submission is about, if it is given. */
  readonly label: ((...args: never) => string) | undefined;
  /** Returns the arguments as they may be shown, if these are others. */
  readonly redact: ((args: never) => readonly unknown[]) | undefined;
  /** Words by which to find its submissions again. */
  readonly tags: readonly string[];
  /** The permissions of the subprocess, if they were given. */
  readonly permissions: TaskPermissions | undefined;
  /** The memory of the subprocess in MiB, if it is limited. */
  readonly memoryLimitMb: number | undefined;
  /** Part of the id under which a checkpoint stores the task, if one was given. */
  readonly version: string | undefined;
  /** The URL of the module that defines the task, if it is known. */
  readonly module: string | undefined;
}

/** The options of any task, without the types of its parameters. */
export type AnyTaskOptions = TaskOptions<never>;
