/**
 * What a module with tasks needs. Workers import the modules of their tasks; one that imports from here instead of
 * `@workflowy/workflowy` makes them start in half the time, as they load a fraction of the package.
 *
 * @example A module of tasks that workers can import quickly
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { currentTask, task } from "@workflowy/workflowy/task";
 *
 * export const countWords = task({ name: "count-words", backend: "thread" }, (text: string) => {
 *   currentTask()?.progress(0.5);
 *   return text.split(/\s+/).length;
 * });
 * assertEquals(countWords("to be or not to be"), 6);
 * ```
 *
 * @module
 */

// Tasks
export { type AnyTask, type FunctionTask, type Task, task } from "./task.ts";
export { TaskBase } from "./task_base.ts";
export type { Columns, Input, Inputs, WithHandles } from "./inputs.ts";
export type { Backend, OnDepFailure, ResolvedTaskOptions, TaskOptions } from "../core/options.ts";
export type { Concurrency, PoolThrottle, ResolvedConcurrency, ResolvedThrottle, Throttle } from "../core/limits.ts";
export type { TaskPermissions } from "../core/permissions.ts";
export type { CacheFiles, ResolvedTaskCache, TaskCache } from "../core/task_cache.ts";
export type { Backoff, ErrorClass, Jitter, RetryOn, RetryPolicy } from "../core/retry.ts";
export type { Duration } from "../core/duration.ts";

// Submitting
export type { SubmitOptions, Submitter } from "./submitter.ts";
export type { TaskHandle, WaitOptions } from "./task_handle.ts";
export type { StreamItem, StreamOptions } from "./stream.ts";
export { asCompleted, type ResultOf } from "./as_completed.ts";
export type { CompletedResult, IncompleteResult, TaskOutcome, TaskResult } from "../core/result.ts";
export type { TaskStatus } from "../core/status.ts";

// Inside a task
export { currentTask } from "./current_task.ts";
export type { TaskContext, TaskLog } from "./context.ts";
export type { Logger, LogLevel } from "../core/logger.ts";
export { sleep, waitFor, type WaitForOptions } from "./waiting.ts";
export { transfer } from "./transfer.ts";

// Errors
export {
  CheckpointError,
  CycleError,
  DependencyFailedError,
  PoolStalledError,
  RetryExhaustedError,
  TaskCancelledError,
  TaskError,
  type TaskErrorOptions,
  TaskInterruptedError,
  TaskTimeoutError,
  WorkerLostError,
  type WorkerLostErrorOptions,
} from "../core/errors.ts";
export {
  NonRetryableError,
  type RetryAfter,
  RetryAfterError,
  type RetryAfterErrorOptions,
  type RetryPause,
} from "../core/retry_errors.ts";
