/**
 * Running a job for times that have passed.
 *
 * @module
 */

import { refuseUnknown, wholeNumberFrom } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import type { TaskResult } from "../core/result.ts";
import { Slices } from "../core/slice.ts";
import type { JobRecords } from "../runner/job_records.ts";
import { Job } from "./job.ts";
import type { JobRegistry } from "./job_registry.ts";
import type { JobRuns } from "./job_runs.ts";
import { type PointInTime, timeOf } from "./point_in_time.ts";

/**
 * The options of `scheduler.backfill()`.
 *
 * @example Every hour of a day
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type BackfillOptions, Scheduler, task } from "@workflowy/workflowy";
 *
 * await using scheduler = new Scheduler();
 * const job = scheduler.cron("0 * * * *", { timezone: "UTC" }).do(task({ name: "collect" }, () => {}));
 * const day: BackfillOptions = { from: "2025-06-01T00:00:00Z", to: "2025-06-02T00:00:00Z", limit: 24 };
 * assertEquals((await scheduler.backfill(job, day)).length, 24);
 * ```
 */
export interface BackfillOptions {
  /** The first point in time that counts. */
  readonly from: PointInTime;
  /** The first point in time after `from` that does not count any more; at most now. */
  readonly to: PointInTime;
  /** How many times at most there may be in that range; more are an error. `Infinity` is allowed. Default: 10,000. */
  readonly limit?: number | undefined;
}

/** Options that were checked; the times are in milliseconds since the epoch. */
interface ResolvedBackfillOptions {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

/** What it needs of its scheduler. */
export interface BackfillParts {
  readonly jobs: JobRegistry;
  readonly runs: JobRuns;
  readonly records: JobRecords;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Whether the scheduler was not stopped since, nor its runner shut down. */
  readonly continues: () => boolean;
}

const LABEL = "of backfill()";
const DEFAULT_LIMIT = 10_000;
const checkLimit = wholeNumberFrom(1);

/** See `Scheduler.backfill()`. */
export async function backfill(
  candidate: unknown,
  options: BackfillOptions,
  parts: BackfillParts,
): Promise<TaskResult[]> {
  const job = checkJob(candidate, parts);
  const times = await timesIn(job, resolve(options, parts.clock()));
  refuseOwnTime(job, times, parts.records);
  const { ranges } = job;
  const toCome = new Set(times.filter((due) => !ranges.includes(due)));
  const completed = await parts.records.completedRuns(job.parts.key, times);
  const results: Promise<TaskResult>[] = [];
  const slices = new Slices();
  // The runner may forget what has finished before another backfill comes to that time.
  const shared = job.backfilling ??= { count: 0, handles: new Map() };
  shared.count++;
  try {
    for (const [index, due] of times.entries()) {
      const after = times[index - 1] ?? due - 1;
      if (completed.has(due)) {
        job.ranges.complete([after, due]);
        continue;
      }
      await slices.next();
      await untilFree(job);
      const known = shared.handles.get(due);
      if (known !== undefined) {
        results.push(known.getResult());
        continue;
      }
      if (toCome.has(due) && ranges.includes(due)) continue; // the scheduler has run it meanwhile
      if (job.phase === "cancelled" || !parts.continues()) throw endedEarly(job, due);
      const handle = parts.runs.startBackfilled(job, due, after);
      shared.handles.set(due, handle);
      results.push(handle.getResult());
    }
    return await Promise.all(results);
  } finally {
    await Promise.allSettled(results);
    if (--shared.count === 0) job.backfilling = undefined;
  }
}

/** The times in the range at which a job was due, ascending. */
async function timesIn(job: Job, { from, to, limit }: ResolvedBackfillOptions): Promise<number[]> {
  const times: number[] = [];
  const slices = new Slices();
  const trigger = job.inDeno?.trigger ?? job.parts.trigger;
  for (const time of trigger?.timesFrom(from) ?? []) {
    if (time >= to) break;
    if (times.length === limit) {
      throw new RangeError(
        `Cannot backfill job "${job.name}", as it was due more than ${limit} times in that range: give a shorter range, ` +
          `or a larger limit`,
      );
    }
    times.push(time);
    await slices.next();
  }
  return times;
}

/** Makes sure that the caller is not within the run for one of the times. */
function refuseOwnTime({ name, parts: { key } }: Job, times: readonly number[], records: JobRecords): void {
  const own = times.find((due) => records.isWithinRun({ job: key, due, number: 1 }));
  if (own === undefined) return;
  throw new Error(
    `Cannot backfill job "${name}" in its own run for ${isoOf(own)}, which is a time of that range: it would wait ` +
      `for itself. Give a range without it`,
  );
}

/** Resolves once the last run has finished, unless runs of the job may overlap. */
async function untilFree(job: Job): Promise<void> {
  if (job.parts.options.overlap === "allow") return;
  while (job.lastHandle?.done === false) await job.lastHandle.exception();
}

function checkJob(job: unknown, { jobs, runs }: BackfillParts): Job {
  if (!(job instanceof Job)) {
    throw new TypeError(`backfill() needs a job, which do() returns, not ${describeValue(job)}`);
  }
  const failure = `Cannot backfill job "${job.name}"`;
  if (job.parts.trigger === undefined) throw new TypeError(`${failure}, as it waits for events: it has no times`);
  if (job.status === "over") throw new Error(`${failure}, as it has ended: make it again`);
  if (!jobs.has(job)) throw new Error(`${failure}, as it is one of another scheduler: call backfill() of that one`);
  if (job.parts.options.overlap !== "allow" && runs.isWithinRunOf(job)) {
    throw new Error(
      `${failure} in one of its own runs, as its overlap "${job.parts.options.overlap}" lets only one run at a time: it ` +
        `would wait for itself`,
    );
  }
  return job;
}

function resolve(options: BackfillOptions, now: number): ResolvedBackfillOptions {
  refuseUnknown(options, ["from", "to", "limit"], LABEL);
  const { limit = DEFAULT_LIMIT } = options;
  const from = timeOf(options.from, `from ${LABEL}`);
  const to = timeOf(options.to, `to ${LABEL}`);
  checkLimit(limit, `limit ${LABEL}`);
  if (from > to) throw new RangeError(`from ${LABEL} must not be later than to: ${isoOf(from)} is after ${isoOf(to)}`);
  if (to > now) {
    throw new RangeError(`to ${LABEL} must not be later than now, as ${isoOf(to)} is: give the present time at most`);
  }
  return { from, to, limit };
}

function endedEarly(job: Job, due: number): Error {
  const time = isoOf(due);
  return new Error(
    `The backfill of job "${job.name}" ended before ${time}, as its scheduler was stopped, its runner was shut down, or it ` +
      `was cancelled: call backfill() again for the rest`,
  );
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}
