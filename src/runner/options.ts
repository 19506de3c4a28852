/**
 * The options of a runner.
 *
 * @module
 */

import type { Logger } from "../core/logger.ts";
import { abortSignal, oneOf, refuseUnknown, wholeNumberFrom } from "../core/checks.ts";
import { type Backend, BACKENDS, checkBackend } from "../core/options.ts";
import type { Pool } from "../core/pool.ts";
import { AsyncPool } from "../pools/async_pool.ts";
import { Lane } from "../pools/lane.ts";
import { type PoolOptions, type ResolvedPoolOptions, resolvePoolOptions } from "../pools/options.ts";
import { ProcessKind } from "../pools/process/process_kind.ts";
import { ThreadKind } from "../pools/thread/thread_kind.ts";
import { WorkerPool } from "../pools/worker_pool.ts";

/**
 * What a task's failure means for `run()`: it ends everything and rejects with the task's error (`"raise"`), is logged
 * (`"log"`), or is left to the handle (`"continue"`).
 */
export type OnTaskError = "raise" | "log" | "continue";

/**
 * What `new TaskRunner()` takes.
 *
 * @example
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
  /**
   * How many tasks run at a time in each pool that does not say otherwise; default 100 for `"async"`, and as many as there
   * are processors for `"thread"` and `"process"`.
   */
  readonly maxWorkers?: number | undefined;
  /** Where tasks run that name neither a backend nor a pool; default `"async"`. */
  readonly backend?: Backend | undefined;
  /** Pools by name, for `TaskOptions.pool`; one named like a backend takes the place of that backend's own. */
  readonly pools?: Readonly<Record<string, PoolOptions | Pool>> | undefined;
  /** Default `"raise"`. */
  readonly onTaskError?: OnTaskError | undefined;
  /**
   * How many finished handles `serve()` keeps for `handles()` and `results()`, and the runner whenever nothing is left
   * to do that was started by awaiting handles; default 1,000. `run()` keeps all of its run.
   */
  readonly retain?: number | undefined;
  /** Default: `console`. */
  readonly logger?: Logger | undefined;
  /** Cancels everything when aborted, and everything submitted later. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of a runner, checked and complete. */
export interface ResolvedRunnerOptions {
  readonly lanes: ReadonlyMap<string, Lane>;
  /** Pools that the runner made, and therefore ends. */
  readonly ownPools: readonly Pool[];
  readonly defaultLane: string;
  readonly onTaskError: OnTaskError;
  readonly retain: number;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
}

const OPTIONS = ["maxWorkers", "backend", "pools", "onTaskError", "retain", "logger", "signal"];
const NOT_YET = ["checkpointPath", "checkpointer", "checkpointInterval"];
const WHOSE = "of the runner";

const checkOnTaskError = oneOf(["raise", "log", "continue"]);
const checkRetain = wholeNumberFrom(0);
const checkWorkers = wholeNumberFrom(1);

/**
 * Checks the options of a runner and makes its pools.
 *
 * @throws {TypeError} If an option is unknown or of a wrong kind, or a backend is not there.
 * @throws {RangeError} If a value is out of range.
 */
export function resolveRunnerOptions(options: TaskRunnerOptions): ResolvedRunnerOptions {
  for (const option of NOT_YET) {
    if (Object.hasOwn(Object(options), option)) {
      throw new TypeError(`${option} ${WHOSE} is not in this version, which saves no state`);
    }
  }
  refuseUnknown(options, OPTIONS, WHOSE);
  const { backend = "async", pools = {}, onTaskError = "raise", retain = 1_000, logger = console, signal } = options;
  checkBackend(backend, `backend ${WHOSE}`);
  checkOnTaskError(onTaskError, `onTaskError ${WHOSE}`);
  checkRetain(retain, `retain ${WHOSE}`);
  if (options.maxWorkers !== undefined) checkWorkers(options.maxWorkers, `maxWorkers ${WHOSE}`);
  if (signal !== undefined) abortSignal(signal, `signal ${WHOSE}`);
  for (const level of ["debug", "info", "warn", "error"] as const) {
    if (typeof logger?.[level] !== "function") {
      throw new TypeError(`logger ${WHOSE} must have the methods debug, info, warn and error, as console has`);
    }
  }
  const lanes = new Map<string, Lane>();
  const ownPools: Pool[] = [];
  const usual = Object.fromEntries(BACKENDS.map((name) => [name, {}]));
  for (const [name, pool] of Object.entries<PoolOptions | Pool>({ ...usual, ...pools })) {
    if (isPool(pool)) {
      checkWorkers(pool.maxWorkers, `maxWorkers of pool "${name}"`);
      lanes.set(name, new Lane(name, pool, { reserveFor: new Set(), reservedSlots: 0 }));
      continue;
    }
    const resolved = resolvePoolOptions(pool, name, options.maxWorkers);
    const made = makePool(resolved, logger);
    ownPools.push(made);
    lanes.set(name, new Lane(name, made, resolved));
  }
  return { lanes, ownPools, defaultLane: backend, onTaskError, retain, logger, signal };
}

function isPool(pool: PoolOptions | Pool): pool is Pool {
  return typeof (pool as Partial<Pool> | null)?.execute === "function";
}

function makePool(options: ResolvedPoolOptions, logger: Logger): Pool {
  const { backend, maxWorkers, denoFlags } = options;
  if (backend === "async") return new AsyncPool(maxWorkers);
  const kind = backend === "thread" ? new ThreadKind() : new ProcessKind(denoFlags, logger);
  return new WorkerPool(kind, { ...options, logger });
}
