/**
 * The attempts of a run in lanes: one for each thing that a pool does at a time.
 *
 * @module
 */

import type { AttemptSnapshot, RunSnapshot } from "./run_snapshot.ts";

/** One attempt, as a bar in a lane. Times are in milliseconds since the epoch. */
export interface Bar {
  /** The task, as an index into the snapshot. */
  readonly task: number;
  readonly attempt: AttemptSnapshot;
  readonly start: number;
  /** When it ended, or the time of the snapshot. */
  readonly end: number;
  /** Since when it had waited to start, as far as that is known. */
  readonly waitedFrom: number | undefined;
}

/** Bars that do not overlap, ascending. */
export interface Lane {
  /** The thread or subprocess, of a pool that has such. */
  readonly worker: string | undefined;
  readonly bars: readonly Bar[];
}

/** The lanes of a pool. */
export interface PoolLanes {
  /** The name of the pool; `""` where it is not known. */
  readonly pool: string;
  readonly bars: readonly Bar[];
  readonly lanes: readonly Lane[];
}

/** All lanes of a run. */
export interface RunLanes {
  readonly start: number;
  readonly end: number;
  readonly pools: readonly PoolLanes[];
  /** How many tasks have finished in an earlier run, and are left out. */
  readonly restored: number;
}

/** Puts the attempts of a run into lanes. */
export function lanesOf({ tasks, takenAt }: RunSnapshot): RunLanes {
  const pools = new Map<string, Bar[]>();
  let restored = 0;
  let start = Infinity;
  let end = -Infinity;
  tasks.forEach((task, index) => {
    if (task.restored) {
      restored++;
      return;
    }
    let waitedFrom = task.readyAt ?? task.submittedAt;
    for (const attempt of task.history) {
      const from = attempt.startedAt;
      const to = Math.max(from, attempt.finishedAt ?? (attempt.status === "running" ? takenAt : from));
      const pool = task.pool ?? "";
      if (!pools.has(pool)) pools.set(pool, []);
      pools.get(pool)!.push({
        task: index,
        attempt,
        start: from,
        end: to,
        waitedFrom: waitedFrom !== undefined && waitedFrom < from ? waitedFrom : undefined,
      });
      start = Math.min(start, from);
      end = Math.max(end, to);
      waitedFrom = to;
    }
  });
  return {
    start: start === Infinity ? takenAt : start,
    end: end === -Infinity ? takenAt : end,
    pools: [...pools].map(([pool, bars]) => {
      bars.sort((a, b) => a.start - b.start || a.end - b.end);
      const byWorker = Map.groupBy(bars, ({ attempt }) => attempt.worker);
      const workers = [...byWorker].sort(([a = ""], [b = ""]) => a.localeCompare(b, "en", { numeric: true }));
      return {
        pool,
        bars,
        lanes: workers.flatMap(([worker, its]) => assign(its).map((lane) => ({ worker, bars: lane }))),
      };
    }),
    restored,
  };
}

/** Up to this many free lanes, the first one is looked for; of more, any is taken. */
const MAX_SEARCHED = 64;

/** Puts bars, ascending by their starts, into as few lanes as possible. */
function assign(bars: readonly Bar[]): Bar[][] {
  const lanes: Bar[][] = [];
  const laneOf = new Map<Bar, number>();
  const byEnd = bars.toSorted((a, b) => a.end - b.end);
  const free: number[] = [];
  let ended = 0;
  for (const bar of bars) {
    for (; ended < byEnd.length && byEnd[ended]!.end <= bar.start; ended++) {
      const lane = laneOf.get(byEnd[ended]!);
      if (lane === undefined) break; // it has no length, and starts now
      free.push(lane);
    }
    let lane = lanes.length;
    if (free.length > MAX_SEARCHED) lane = free.pop()!;
    else if (free.length > 0) free.splice(free.indexOf(lane = Math.min(...free)), 1);
    (lanes[lane] ??= []).push(bar);
    laneOf.set(bar, lane);
  }
  return lanes;
}
