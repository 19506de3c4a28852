/**
 * The ids of what belongs to jobs, which no key of a user leads to: see `idOfKey()`.
 *
 * @module
 */

/** The name of a scheduler that its ids leave out: that of the first one of a runner, if it is given none. */
export const DEFAULT_SCHEDULER = "scheduler";

/** A run of a job. */
export interface JobRunId {
  /** The key of the job. */
  readonly job: string;
  /** The time for which it runs, in milliseconds since the epoch. */
  readonly due: number;
  /** Counts the runs of one time, from 1. */
  readonly number: number;
  /** Whether the program asked for it, at a time at which the job was not due. */
  readonly isExtra?: boolean | undefined;
}

/** What the id of a task says of the run that it is. */
export interface ParsedRunId {
  /** As {@linkcode jobIdOf} makes it. */
  readonly jobId: string;
  readonly due: number;
  /** Counts the runs of one time, from 1. */
  readonly number: number;
  readonly isExtra: boolean;
}

const RUN_ID = /^([^@]+)@([+-]?\d+-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)(?:~(now)?(\d*))?$/;

/** The id of a job among all jobs of a runner: `job`, or `scheduler:job`. */
export function jobIdOf(scheduler: string, job: string): string {
  return scheduler === DEFAULT_SCHEDULER ? escaped(job) : `${escaped(scheduler)}:${escaped(job)}`;
}

/** The id under which the state of a job is saved. */
export function stateIdOf(jobId: string): string {
  return `schedule:${jobId}`;
}

/** The id under which the state of a scheduler is saved: no job has such an id, as its key is not empty. */
export function schedulerStateIdOf(scheduler: string): string {
  return `schedule:${escaped(scheduler)}:`;
}

/**
 * The id of the task of a run: `job@2026-06-01T03:00:00.000Z`, further ones of that time with `~2`, `~3`; extra ones with
 * `~now`, `~now2`.
 */
export function runIdOf(jobId: string, { due, number, isExtra = false }: Omit<JobRunId, "job">): string {
  const suffix = `${isExtra ? "now" : ""}${number === 1 ? "" : number}`;
  return `${jobId}@${new Date(due).toISOString()}${suffix === "" ? "" : `~${suffix}`}`;
}

/** What the id of a task says of the run that it is; `undefined` if it is not one of a job. */
export function parseRunId(id: string): ParsedRunId | undefined {
  const match = RUN_ID.exec(id);
  if (match === null) return undefined;
  const [, jobId, time, now, number] = match;
  return { jobId: jobId!, due: Date.parse(time!), number: Number(number || 1), isExtra: now !== undefined };
}

/** Keeps the marks that separate the parts of an id out of a part. */
function escaped(name: string): string {
  return name.replaceAll(/[%:@]/g, encodeURIComponent);
}
