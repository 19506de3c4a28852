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
}

/** The states of those jobs that catch up. Without a checkpoint nothing is saved. */
export class JobStore {
  readonly #records: JobRecords;

  constructor(records: JobRecords) {
    this.#records = records;
  }

  /**
   * The state that an earlier program has saved. Its unfinished runs are then not orphans any more: the job will be due
   * for them again, or for another time that stands for them.
   */
  load(key: string): JobState | undefined {
    const state = stateOf(this.#records.takeState(key));
    if (state !== undefined) this.#records.claimUnfinished(key);
    return state;
  }

  /** Saves how far a job is, if it catches up. */
  save(job: Job): void {
    if (!job.isSaved) return;
    const { parts: { key, trigger }, ranges: { completedUntil: until, laterRanges } } = job;
    const anchor = trigger?.anchor;
    this.#records.putState(key, {
      ...(anchor !== undefined && { anchor }),
      until,
      ...(laterRanges.length > 0 && { further: [...laterRanges] }),
    }, until);
  }

  delete(key: string): void {
    this.#records.deleteState(key);
  }

  /**
   * Whether an earlier program has finished the run of that time, but ended before it could save the state of the job: nothing
   * that was due between that time and its end is certain to be done.
   */
  hasFinished(job: Job, due: number): boolean {
    return job.isSaved && this.#records.hasFinished({ job: job.parts.key, due, number: 1 });
  }
}

/** Anything else than a state counts as none: it is read from a file. */
function stateOf(value: unknown): JobState | undefined {
  const { anchor, until, further }: Record<string, unknown> = Object(value);
  if (!isTime(until)) return undefined;
  const laterRanges = Array.isArray(further) ? further.filter(isRange) : [];
  return { anchor: isTime(anchor) ? anchor : undefined, ranges: new CompletedRanges(until, laterRanges) };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isRange(value: unknown): value is TimeRange {
  return Array.isArray(value) && value.length === 2 && value.every(isTime);
}
