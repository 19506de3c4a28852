/**
 * A runner in numbers.
 *
 * @module
 */

import type { TaskStatus } from "../core/status.ts";
import type { Engine } from "../engine/engine.ts";
import type { PoolQueue } from "../engine/queue/pool_queue.ts";

/** How busy a pool is. */
export interface PoolStatistics {
  /** How many tasks it runs at a time. */
  readonly maxWorkers: number;
  /** How many slots are taken. */
  readonly busy: number;
  /** How many ready tasks wait for a slot. */
  readonly queued: number;
  /** How many threads or subprocesses live, of a pool that has such. */
  readonly workers?: number;
}

/** A runner in numbers: the tasks that have each status now, or ended with it, since the runner was made. */
export interface RunnerStatistics extends Readonly<Record<TaskStatus, number>> {
  /** All tasks ever submitted. */
  readonly submitted: number;
  /** Bodies that still run although their tasks were cancelled or out of time, as they ignore their signal. */
  readonly abandoned: number;
  /** Threads that loop in a body that was given up, and cannot be ended. */
  readonly quarantined: number;
  /** The pools, by name. */
  readonly pools: Readonly<Record<string, PoolStatistics>>;
}

/** Reads the numbers of an engine. */
export function statisticsOf(engine: Engine, queues: ReadonlyMap<string, PoolQueue>): RunnerStatistics {
  const pools = Object.fromEntries(
    [...queues].map(([name, { busy, queued, pool: { maxWorkers, state } }]) => [
      name,
      { maxWorkers, busy, queued, ...(state !== undefined && { workers: state.workers }) },
    ]),
  );
  let quarantined = 0;
  for (const { pool } of queues.values()) quarantined += pool.state?.quarantined ?? 0;
  return {
    submitted: engine.admission.lastSeq,
    ...engine.statuses.counts,
    abandoned: engine.executor.abandoned,
    quarantined,
    pools,
  };
}
