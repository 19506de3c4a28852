/**
 * A runner in numbers.
 *
 * @module
 */

import type { TaskStatus } from "../core/status.ts";
import type { PoolState, RemoteWorker } from "../core/pool.ts";
import type { Engine } from "../engine/engine.ts";
import type { PoolQueue } from "../engine/queue/pool_queue.ts";

/**
 * How busy a pool is.
 *
 * @example The slots of a pool
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type PoolStatistics, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner({ pools: { api: { maxWorkers: 5 } } });
 * const api: PoolStatistics | undefined = runner.statistics().pools["api"];
 * assertEquals(api, { maxWorkers: 5, busy: 0, queued: 0 });
 * ```
 */
export interface PoolStatistics {
  /** How many tasks it runs at a time. */
  readonly maxWorkers: number;
  /** How many slots are taken. */
  readonly busy: number;
  /** How many ready tasks wait for a slot. */
  readonly queued: number;
  /** Set while it is paused: see `TaskRunner.pause()`. */
  readonly paused?: true;
  /** How many threads or subprocesses there are, if the pool has such. */
  readonly workers?: number;
  /** Those that are programs of their own, for a pool that has such. */
  readonly remote?: readonly RemoteWorker[];
}

/**
 * A runner in numbers: how many tasks have each status now, or ended with it since the runner was made.
 *
 * @example How many tasks wait
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type RunnerStatistics, task, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * runner.submit(task({ name: "load" }, () => {}));
 * const { submitted, ready, running }: RunnerStatistics = runner.statistics();
 * assertEquals([submitted, ready, running], [1, 1, 0]);
 * await runner.run();
 * ```
 */
export interface RunnerStatistics extends Readonly<Record<TaskStatus, number>> {
  /** How many tasks were submitted in all. */
  readonly submitted: number;
  /** Of those that ended, by their status: how many were retried since, so that another submission stands for each. */
  readonly retried: Readonly<Record<TaskStatus, number>>;
  /** Bodies that still run although their tasks were cancelled or have timed out, as they ignore their signal. */
  readonly abandoned: number;
  /** Threads that cannot be ended, as they loop in a body that was given up. */
  readonly quarantined: number;
  /** The pools, by name. */
  readonly pools: Readonly<Record<string, PoolStatistics>>;
}

/** Reads the numbers of an engine. */
export function statisticsOf(engine: Engine, queues: ReadonlyMap<string, PoolQueue>): RunnerStatistics {
  const pools = Object.fromEntries(
    [...queues].map(([name, queue]) => {
      const { busy, queued, gate, pool: { maxWorkers } } = queue;
      const state = stateOf(queue);
      return [
        name,
        {
          maxWorkers,
          busy,
          queued,
          ...(gate?.isPaused === true && { paused: true as const }),
          ...(state !== undefined && { workers: state.workers }),
          ...(state?.remote !== undefined && { remote: state.remote }),
        },
      ];
    }),
  );
  let quarantined = 0;
  for (const queue of queues.values()) quarantined += stateOf(queue)?.quarantined ?? 0;
  return {
    submitted: engine.admission.lastSeq,
    ...engine.statuses.counts,
    retried: engine.statuses.retried,
    abandoned: engine.executor.abandoned,
    quarantined,
    pools,
  };
}

/** What a pool says of itself. */
function stateOf(queue: PoolQueue): PoolState | undefined {
  return queue.ask("state", (pool) => pool.state) ?? undefined;
}
