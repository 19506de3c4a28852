/**
 * How far jobs are, saved for the next program.
 *
 * @module
 */

import { CompletedRanges, type TimeRange } from "./completed_ranges.ts";
import type { Job } from "./job.ts";
import type { JobRecords } from "../runner/job_records.ts";

/** What an earlier program has saved of a job. */
export interface JobState {
  /** The time that its intervals are counted from, in milliseconds since the epoch, if it has intervals. */
  readonly anchor: number | undefined;
  readonly ranges: CompletedRanges;
  readonly isPaused: boolean;
}

/** The states of those jobs that catch up or are paused. Without a checkpoint nothing is saved. */
export class JobStore {
  readonly #records: JobRecords;
  /** The keys of the jobs of which something is on record. */
  readonly #saved = new Set<string>();

  constructor(records: JobRecords) {
    this.#records = records;
  }

  /**
   * Pauses a new job if an earlier program has paused it.
   *
   * @returns The state that this program has saved, if the job continues from it. Its unfinished runs are then not orphans
   * any more: the job will be due for them again, or for another time that stands for them.
   */
  load(job: Job): JobState | undefined {
    const { key, options: { catchUp }, trigger } = job.parts;
    const state = stateOf(this.#records.takeState(key));
    if (state !== undefined) this.#saved.add(key);
    if (state?.isPaused) job.begin("pause");
    if (state === undefined || catchUp === "none" || trigger === undefined) return undefined;
    this.#records.claimUnfinished(key, (due) => state.ranges.includes(due));
    return state;
  }

  /** Saves how far a job is, if it catches up or is paused. */
  save(job: Job): void {
    if (!job.isSaved) return;
    const { parts: { key, trigger }, isPaused, ranges: { completedUntil: until, laterRanges } } = job;
    const anchor = trigger?.anchor;
    this.#saved.add(key);
    this.#records.putState(key, {
      ...(anchor !== undefined && { anchor }),
      until,
      ...(laterRanges.length > 0 && { further: [...laterRanges] }),
      ...(isPaused && { paused: true }),
    }, until);
  }

  /** Saves the state of a job that was paused or is not any more, or deletes it if it is not needed. */
  update(job: Job): void {
    const { key } = job.parts;
    if (job.isSaved) this.save(job);
    else if (this.#saved.has(key)) this.delete(key);
  }

  delete(key: string): void {
    this.#saved.delete(key);
    this.#records.deleteState(key);
  }

  /**
   * Whether an earlier program has finished the run of that time, but ended before it could save the state of the job: nothing
   * that was due between that time and its end is certain to be done.
   */
  hasFinished(job: Job, due: number): boolean {
    return job.catchesUp && this.#records.hasFinished({ job: job.parts.key, due, number: 1 });
  }
}

/** Anything else than a state counts as none: it is read from a file. */
function stateOf(value: unknown): JobState | undefined {
  const { anchor, until, further, paused }: Record<string, unknown> = Object(value);
  if (!isTime(until)) return undefined;
  const laterRanges = Array.isArray(further) ? further.filter(isRange) : [];
  return {
    anchor: isTime(anchor) ? anchor : undefined,
    ranges: new CompletedRanges(until, laterRanges),
    isPaused: paused === true,
  };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isRange(value: unknown): value is TimeRange {
  return Array.isArray(value) && value.length === 2 && value.every(isTime);
}
