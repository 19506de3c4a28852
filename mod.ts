/**
 * Workflow powers for plain functions: tasks, dependencies, retries, timeouts, cancellation and limits, on the event loop,
 * on threads and in subprocesses, with no server.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 *
 * const fetchPrice = task({ name: "fetch-price", retries: 3, timeout: "5s" }, async (item: string) => item.length);
 * const sum = task(function sum(prices: number[]) {
 *   return prices.reduce((a, b) => a + b, 0);
 * });
 *
 * await using runner = new TaskRunner();
 * runner.enter();
 * const total = sum.submit(fetchPrice.map(["tea", "milk"]));
 * assertEquals(await total, 7);
 * ```
 *
 * @module
 */

// Tasks
export { type AnyTask, type FunctionTask, type Task, task } from "./src/tasks/task.ts";
export { TaskBase } from "./src/tasks/task_base.ts";
export type { Columns, Input, Inputs, WithHandles } from "./src/tasks/inputs.ts";
export type { Backend, OnDepFailure, ResolvedTaskOptions, TaskOptions } from "./src/core/options.ts";
export type { Concurrency, PoolThrottle, ResolvedConcurrency, ResolvedThrottle, Throttle } from "./src/core/limits.ts";
export type { TaskPermissions } from "./src/core/permissions.ts";
export type { CacheFiles, ResolvedTaskCache, RunnerCache, TaskCache } from "./src/core/task_cache.ts";
export type { Backoff, ErrorClass, Jitter, RetryOn, RetryPolicy } from "./src/core/retry.ts";
export type { Duration } from "./src/core/duration.ts";

// Submitting
export type { SubmitOptions, Submitter } from "./src/tasks/submitter.ts";
export type { TaskHandle, WaitOptions } from "./src/tasks/task_handle.ts";
export type { StreamItem, StreamOptions } from "./src/tasks/stream.ts";
export { asCompleted, type ResultOf } from "./src/tasks/as_completed.ts";
export type { CompletedResult, IncompleteResult, TaskOutcome, TaskResult } from "./src/core/result.ts";
export type { TaskStatus } from "./src/core/status.ts";

// Running
export { TaskRunner } from "./src/runner/task_runner.ts";
export { currentRunner } from "./src/runner/current_runner.ts";
export type { ResumeOptions, StandbyOptions } from "./src/runner/resume_options.ts";
export type { OnTaskError, Retention, RunOptions, TaskRunnerOptions } from "./src/runner/options.ts";
export type { StopOptions } from "./src/runner/stop_options.ts";
export { RunReport } from "./src/engine/report.ts";
export type { RunnerJob, RunnerScheduler } from "./src/runner/schedulers.ts";
export type { LimitStatistics } from "./src/runner/limit_statistics.ts";
export type { PoolStatistics, RunnerStatistics } from "./src/runner/statistics.ts";
export {
  RunEndedEvent,
  type RunEndedListener,
  TaskEvent,
  type TaskEventListener,
  type TaskEventType,
} from "./src/runner/events.ts";
export type { LogFormat } from "./src/core/log_format.ts";
export type { Logger, LogLevel } from "./src/core/logger.ts";

// Watching
export type { Observer, RunEvent, StartingAttempt } from "./src/engine/observer.ts";
export type { AttemptStatus, LineSource, LogLine, TaskAttempt, WorkerEvent } from "./src/core/observations.ts";

// Inside of a task
export { currentTask } from "./src/tasks/current_task.ts";
export type { TaskContext, TaskLog } from "./src/tasks/context.ts";
export { sleep, waitFor, type WaitForOptions } from "./src/tasks/waiting.ts";

// Pools
export type { PoolOptions } from "./src/pools/options.ts";
export type {
  AbortListener,
  Job,
  JobTask,
  Pool,
  PoolHost,
  PoolState,
  PoolWatcher,
  RemoteWorker,
} from "./src/core/pool.ts";
export { transfer } from "./src/tasks/transfer.ts";

// Scheduling
export { Scheduler } from "./src/schedule/scheduler.ts";
export type { SchedulerOptions } from "./src/schedule/scheduler_options.ts";
export type { JobStatus, ScheduledJob } from "./src/schedule/scheduled_job.ts";
export type { DueArgs, JobEvents, JobTimes, Mapper } from "./src/schedule/job_builder.ts";
export type { CatchUp, JobOptions, Overlap } from "./src/schedule/job_options.ts";
export type { BackfillOptions } from "./src/schedule/backfill.ts";
export type { DeferOptions } from "./src/schedule/deno_cron.ts";
export type { PointInTime } from "./src/schedule/point_in_time.ts";

// Checkpoints
export type {
  CheckpointAttendant,
  Checkpointer,
  CheckpointRequest,
  CodecName,
  HandleRef,
  PastAttemptRecord,
  TaskRecord,
  ValueEncoding,
} from "./src/core/checkpointer.ts";
export type { ErrorEnvelope, ThrownEnvelope } from "./src/core/error_envelope.ts";
export type { OrphanRecord } from "./src/durability/recorder.ts";
export type { ByteCodec } from "./src/stores/byte_codec.ts";
export { FileCheckpointer, type FileCheckpointerOptions, type FsyncPolicy } from "./src/stores/file_checkpointer.ts";
export {
  KvCheckpointer,
  type KvCheckpointerOptions,
  type KvDatabase,
  type KvKeyPart,
} from "./src/stores/kv_checkpointer.ts";
export { type ReadableCheckpoint, readCheckpoint, type ReadCheckpointOptions } from "./src/stores/read_checkpoint.ts";
export { MemoryCheckpointer, type MemoryCheckpointerOptions } from "./src/stores/memory_checkpointer.ts";

// Errors
export {
  CheckpointError,
  type CheckpointErrorOptions,
  type CheckpointErrorReason,
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
} from "./src/core/errors.ts";
export {
  NonRetryableError,
  type RetryAfter,
  RetryAfterError,
  type RetryAfterErrorOptions,
  type RetryPause,
} from "./src/core/retry_errors.ts";
