/**
 * The options of a runner.
 *
 * @module
 */

import { formatting, LOG_FORMATS, type LogFormat } from "../core/log_format.ts";
import { checkLogger, type Logger, unfailing } from "../core/logger.ts";
import { FileCheckpointer } from "../stores/file_checkpointer.ts";
import { checkCodecName } from "../stores/record_codec.ts";
import type { Checkpointer } from "../core/checkpointer.ts";
import {
  abortSignal,
  callable,
  nonEmptyString,
  oneOf,
  positiveMilliseconds,
  refuseUnknown,
  wholeNumberFrom,
} from "../core/checks.ts";
import type { Clock } from "../core/clock.ts";
import { describeValue, isPlain } from "../core/describe.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import { globalSingleton } from "../core/global_singleton.ts";
import type { Backend } from "../core/options.ts";
import { BACKENDS, checkBackend } from "../core/resolve_options.ts";
import type { Pool } from "../core/pool.ts";
import { type ResolvedRunnerCache, resolveRunnerCache, type RunnerCache } from "../core/task_cache.ts";
import { createPool } from "../pools/create_pool.ts";
import { Recorder } from "../durability/recorder.ts";
import type { ResolvedRetention } from "../durability/retention.ts";
import { type Durability, NO_DURABILITY } from "../engine/durability.ts";
import { PoolQueue } from "../engine/queue/pool_queue.ts";
import { type PoolOptions, resolvePoolOptions } from "../pools/options.ts";
import { type EndLimits, endLimits } from "./end_limits.ts";
import { type Surroundings, surroundingsOf } from "./surroundings.ts";

/**
 * What the failure of a task means for `run()`:
 *
 * - `"raise"`: everything else is cancelled, and `run()` rejects with the error of the task.
 * - `"log"`: it is logged, and everything else runs.
 * - `"continue"`: it stays with the handle, and everything else runs.
 *
 * @example A run with a failure
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type OnTaskError, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const onTaskError: OnTaskError = "continue";
 * await using runner = new TaskRunner({ onTaskError });
 * runner.submit(task({ name: "fail" }, () => {
 *   throw new Error("as always");
 * }));
 * assertEquals((await runner.run()).ok, false);
 * ```
 */
export type OnTaskError = "raise" | "log" | "continue";

/**
 * The options of a `TaskRunner`.
 *
 * @example Failures that do not end the run
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner({ maxWorkers: 4, onTaskError: "continue" });
 * runner.submit(function boom() {
 *   throw new Error("boom");
 * });
 * const report = await runner.run(); // does not reject
 * assertEquals(report.counts.failed, 1);
 * ```
 */
export interface TaskRunnerOptions {
  /** What tools call the runner. Default: `"runner-1"`, and so on, in the order in which the program makes its runners. */
  readonly name?: string | undefined;
  /**
   * How many tasks run at a time in each pool that does not say otherwise. Default: 100 for `"async"`, and the number of
   * processors for `"thread"` and `"process"`.
   */
  readonly maxWorkers?: number | undefined;
  /** Where tasks run that name neither a backend nor a pool. Default: `"async"`. */
  readonly backend?: Backend | undefined;
  /**
   * Pools by name, for `TaskOptions.pool`: options, a pool, or a function that makes one, which the runner then disposes of. A
   * pool with the name of a backend replaces that of the backend. Default: none.
   */
  readonly pools?: Readonly<Record<string, PoolOptions | Pool | (() => Pool)>> | undefined;
  /** What the failure of a task means. Default: `"raise"`. */
  readonly onTaskError?: OnTaskError | undefined;
  /**
   * How many finished handles are kept for `handles()` and `results()`: by `serve()`, and whenever everything has finished
   * that was started by awaiting handles. `run()` keeps all of its run. Default: 1,000.
   */
  readonly retain?: number | undefined;
  /**
   * A file that keeps the state of all tasks, for {@linkcode TaskRunner.resume} to continue from: short for
   * `checkpointer: new FileCheckpointer(checkpointPath)`. What an earlier run has left in it is removed before the first
   * task starts. Default: none.
   */
  readonly checkpointPath?: string | URL | undefined;
  /**
   * Keeps the state of all tasks. What an earlier run has left in it is removed before the first task starts. The runner
   * closes it at its shutdown. Excludes `checkpointPath`. Default: none.
   */
  readonly checkpointer?: Checkpointer | undefined;
  /**
   * How often outcomes are saved at most. With 0, what a body returned or threw is saved before anything can see it.
   * Otherwise it is seen at once, and also saved at the end of `run()`, of `serve()` and at the shutdown. Default: 0.
   */
  readonly checkpointInterval?: Duration | undefined;
  /**
   * How long records of finished tasks stay in the checkpoint, to about a minute. Records that an unfinished task depends on,
   * or belongs to, stay in any case. Default: `"all"`.
   */
  readonly retention?: Retention | undefined;
  /** Where results are kept of tasks with a `cache`. Default: at most 1 GiB in `.workflowy/cache`. */
  readonly cache?: RunnerCache | undefined;
  /**
   * Whether SIGINT and SIGTERM end the program with care: nothing more is started, running bodies are told by their signal
   * and get a second, workers are ended, everything is saved, and the program exits with code 130 or 143. What had not
   * finished is not cancelled but orphaned, for `resubmitOrphans()`. A second signal ends the program at once.
   * `{ within: "5s" }` says how long all of that may take, of which bodies get all but a second; at most half of it is kept
   * for the rest. Default: `false`.
   */
  readonly handleSignals?: boolean | { readonly within: Duration } | undefined;
  /**
   * Where failures and warnings are written, and what tasks log. A logger that is given also gets lines at level "debug" for
   * retries and for what waits for a limit, and at level "info" for pauses and for tasks that are started again after their
   * program died; `console` would write these to the standard output of the program. Default: `console`.
   */
  readonly logger?: Logger | undefined;
  /** How it is written to the logger: see {@linkcode LogFormat}. Default: `"text"`. */
  readonly logFormat?: LogFormat | undefined;
  /** Cancels everything when aborted, and everything that is submitted later. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How long records of finished tasks stay in the checkpoint: for good (`"all"`), or for a while, by how the tasks ended.
 * Skipped tasks count as cancelled.
 *
 * @example What completed stays for a day, and failures for a week
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MemoryCheckpointer, type Retention, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const retention: Retention = { completed: "1d", failed: "7d" };
 * await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer(), retention });
 * assertEquals(await runner.submit(task({ name: "answer" }, () => 42)), 42);
 * ```
 */
export type Retention = "all" | {
  /** For how long those of completed tasks stay. Default: for good. */
  readonly completed?: Duration | undefined;
  /** For how long those of failed tasks stay. Default: for good. */
  readonly failed?: Duration | undefined;
  /** For how long those of cancelled and skipped tasks stay. Default: for good. */
  readonly cancelled?: Duration | undefined;
};

/**
 * The options of `run()` and `serve()`.
 *
 * @example A run that may take a minute
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type RunOptions, TaskRunner } from "@workflowy/workflowy";
 *
 * const options: RunOptions = { signal: AbortSignal.timeout(60_000) };
 * await using runner = new TaskRunner();
 * assertEquals((await runner.run(options)).ok, true);
 * ```
 */
export interface RunOptions {
  /** Cancels everything that has not finished. `run()` then rejects with its `reason`, `serve()` resolves. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The signal in the options of `run()` and `serve()`.
 *
 * @param owner What the options belong to, as errors say it, such as `of run()`.
 * @throws {TypeError} If an option is unknown, or it is not an `AbortSignal`.
 */
export function signalOf(options: RunOptions, owner: string): AbortSignal | undefined {
  refuseUnknown(options, ["signal"], owner);
  return options.signal === undefined ? undefined : abortSignal(options.signal, `signal ${owner}`);
}

/** The options of a runner, checked and complete. */
export interface ResolvedRunnerOptions {
  readonly name: string;
  readonly queues: ReadonlyMap<string, PoolQueue>;
  /** Pools that the runner made, and therefore ends. */
  readonly ownPools: readonly Pool[];
  readonly defaultQueue: string;
  readonly onTaskError: OnTaskError;
  readonly retain: number;
  /** Of a runner with a checkpointer. */
  readonly recorder: Recorder | undefined;
  /** The recorder, or what stands for one. */
  readonly durability: Durability;
  /** Where results of tasks with a cache are kept. */
  readonly cache: ResolvedRunnerCache;
  readonly clock: Clock;
  readonly random: () => number;
  readonly surroundings: Surroundings;
  /** How the program ends by signals, if the runner handles them. */
  readonly endLimits: EndLimits | undefined;
  readonly logger: Logger;
  /** The logger, if it is a given one: `console` would write details to the standard output of the program. */
  readonly detailLogger: Logger | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Their names. */
export const RUNNER_OPTIONS: readonly string[] = [
  "name",
  "maxWorkers",
  "backend",
  "pools",
  "onTaskError",
  "retain",
  "checkpointPath",
  "checkpointer",
  "checkpointInterval",
  "retention",
  "cache",
  "handleSignals",
  "logger",
  "logFormat",
  "signal",
];
const WHOSE = "of the runner";

/** How many runners had no name; counted by all copies of this package in a program. */
const unnamed = globalSingleton("unnamed-runners", () => ({ runners: 0 }));

const checkOnTaskError = oneOf(["raise", "log", "continue"]);
const checkLogFormat = oneOf(LOG_FORMATS);
const checkRetain = wholeNumberFrom(0);
const checkWorkers = wholeNumberFrom(1);

/**
 * Checks the options of a runner and makes its pools.
 *
 * @throws {TypeError} If an option is unknown or of a wrong kind, or a backend is not there.
 * @throws {RangeError} If a value is out of range.
 */
export function resolveRunnerOptions(options: TaskRunnerOptions): ResolvedRunnerOptions {
  refuseUnknown(options, RUNNER_OPTIONS, WHOSE);
  const { backend = "async", pools = {}, onTaskError = "raise", retain = 1_000, signal } = options;
  const { logger: givenLogger = console, logFormat = "text", checkpointInterval = 0, handleSignals = false } = options;
  const name = options.name === undefined
    ? `runner-${++unnamed.runners}`
    : nonEmptyString(options.name, `name ${WHOSE}`);
  checkBackend(backend, `backend ${WHOSE}`);
  checkOnTaskError(onTaskError, `onTaskError ${WHOSE}`);
  checkRetain(retain, `retain ${WHOSE}`);
  if (options.maxWorkers !== undefined) checkWorkers(options.maxWorkers, `maxWorkers ${WHOSE}`);
  if (signal !== undefined) abortSignal(signal, `signal ${WHOSE}`);
  checkLogger(givenLogger, WHOSE);
  checkLogFormat(logFormat, `logFormat ${WHOSE}`);
  const surroundings = surroundingsOf(options);
  const logger = unfailing(formatting(givenLogger, logFormat, { name, clock: surroundings.clock }));
  const detailLogger = options.logger === undefined ? undefined : logger;
  const limits = resolveHandleSignals(handleSignals);
  const interval = toMilliseconds(checkpointInterval, `checkpointInterval ${WHOSE}`);
  const given = checkpointerOf(options, logger);
  const checkpointer = given && surroundings.checkpointer(given);
  const retention = resolveRetention(options.retention, checkpointer !== undefined);
  const cache = resolveRunnerCache(options.cache ?? {}, `cache ${WHOSE}`);
  const queues = new Map<string, PoolQueue>();
  const ownPools: Pool[] = [];
  if (typeof pools !== "object" || pools === null || !isPlain(pools)) {
    const example = "{ api: { maxWorkers: 5 } }";
    throw new TypeError(`pools ${WHOSE} must be an object such as ${example}, not ${describeValue(pools)}`);
  }
  const usual = Object.fromEntries(BACKENDS.map((name) => [name, {}]));
  for (const [name, given] of Object.entries<PoolOptions | Pool | (() => Pool)>({ ...usual, ...pools })) {
    const pool = typeof given === "function" ? madePool(given, name) : given;
    if (isPool(pool)) {
      if (pool !== given) ownPools.push(pool);
      checkWorkers(pool.maxWorkers, `maxWorkers of pool "${name}"`);
      queues.set(
        name,
        new PoolQueue(name, surroundings.pool(pool), { reserveFor: new Set(), reservedSlots: 0, strict: false }),
      );
      continue;
    }
    const resolved = resolvePoolOptions(pool, name, options.maxWorkers);
    const made = surroundings.pool(createPool(resolved, logger));
    ownPools.push(made);
    queues.set(name, new PoolQueue(name, made, resolved));
  }
  const recorder = checkpointer && new Recorder({ checkpointer, interval, retention, logger, detailLogger });
  const durability = recorder ?? NO_DURABILITY;
  const { clock, random } = surroundings;
  const base = { name, surroundings, clock, random, onTaskError, retain };
  const rest = { ...base, logger, detailLogger, signal, endLimits: limits };
  return { queues, ownPools, defaultQueue: backend, recorder, durability, cache, ...rest };
}

function resolveHandleSignals(given: NonNullable<TaskRunnerOptions["handleSignals"]>): EndLimits | undefined {
  const what = `handleSignals ${WHOSE}`;
  if (typeof given !== "object" || given === null) {
    if (typeof given !== "boolean") {
      throw new TypeError(`${what} must be true, false or { within: "5s" }, not ${describeValue(given)}`);
    }
    return given ? endLimits() : undefined;
  }
  refuseUnknown(given, ["within"], `in ${what}`);
  return endLimits(positiveMilliseconds(given.within, `within of ${what}`));
}

function resolveRetention(retention: Retention | undefined, hasCheckpointer: boolean): ResolvedRetention | undefined {
  if (retention === undefined || retention === "all") return undefined;
  const what = `retention ${WHOSE}`;
  if (typeof retention !== "object" || retention === null) {
    throw new TypeError(
      `${what} must be "all" or an object such as { completed: "7d" }, not ${describeValue(retention)}`,
    );
  }
  if (!hasCheckpointer) throw new TypeError(`${what} needs a checkpointPath or a checkpointer, or nothing is recorded`);
  refuseUnknown(retention, ["completed", "failed", "cancelled"], `in ${what}`);
  const limit = (status: "completed" | "failed" | "cancelled") => {
    const given = retention[status];
    return given === undefined ? Infinity : toMilliseconds(given, `${status} of ${what}`);
  };
  return { completed: limit("completed"), failed: limit("failed"), cancelled: limit("cancelled") };
}

function checkpointerOf({ checkpointPath, checkpointer, checkpointInterval }: TaskRunnerOptions, logger: Logger) {
  if (checkpointPath !== undefined) {
    if (checkpointer !== undefined) throw new TypeError(`Give checkpointPath or checkpointer ${WHOSE}, not both`);
    return new FileCheckpointer(checkpointPath, { logger });
  }
  if (checkpointer !== undefined) return checkCheckpointer(checkpointer, `checkpointer ${WHOSE}`);
  if (checkpointInterval === undefined) return undefined;
  throw new TypeError(
    `checkpointInterval ${WHOSE} needs a checkpointPath or a checkpointer, or there is nothing to save to`,
  );
}

/** A {@linkcode Checkpointer}. */
export function checkCheckpointer(value: unknown, what: string): Checkpointer {
  const { load, save, delete: remove, [Symbol.asyncDispose]: dispose, codec } = Object(value) as Partial<Checkpointer>;
  const isOne = [load, save, remove, dispose].every((each) => typeof each === "function");
  if (!isOne) {
    throw new TypeError(`${what} must be a Checkpointer such as FileCheckpointer, not ${describeValue(value)}`);
  }
  checkCodecName(codec, `codec of the ${what}`);
  const checkpointer = value as Checkpointer;
  for (const method of OPTIONAL_METHODS) {
    if (checkpointer[method] !== undefined) callable(checkpointer[method], `${method} of the ${what}`);
  }
  if ((checkpointer.requests === undefined) !== (checkpointer.answer === undefined)) {
    throw new TypeError(`${what} must have both requests() and answer(), or none of them`);
  }
  return checkpointer;
}

/** The methods that a checkpointer may leave out. */
const OPTIONAL_METHODS = ["prepare", "attend", "confirm", "requests", "answer"] as const;

function isPool(pool: PoolOptions | Pool): pool is Pool {
  return typeof (pool as Partial<Pool> | null)?.execute === "function";
}

function madePool(make: () => Pool, name: string): Pool {
  const pool = make();
  if (isPool(pool)) return pool;
  throw new TypeError(`The function for pool "${name}" must return a pool, not ${describeValue(pool)}`);
}
