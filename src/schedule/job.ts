/**
 * A job: a task, when it is due, and where it is in its life.
 *
 * @module
 */

import { wholeNumberFrom } from "../core/checks.ts";
import { Fifo } from "../core/fifo.ts";
import type { HeapEntry } from "../core/heap.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import { CompletedRanges, type TimeRange } from "./completed_ranges.ts";
import type { ResolvedJobOptions } from "./job_options.ts";
import { MAX_DATE_MS, type PointInTime } from "./point_in_time.ts";
import type { JobStatus, ScheduledJob } from "./scheduled_job.ts";
import type { Trigger } from "./trigger.ts";

/**
 * Where a job is in its life:
 *
 * - `active`: it can be due.
 * - `paused`: a caller has paused it.
 * - `held`: its scheduler is paused.
 * - `paused and held`: both.
 * - `cancelled`: a caller has ended it; nothing stays on record.
 * - `finished`: it was due for the last time; that stays on record.
 */
export type JobPhase = "active" | "paused" | "held" | "paused and held" | "cancelled" | "finished";

/** What can happen to a job: to itself, or (`hold`, `release`) to its scheduler. */
export type JobEvent = "pause" | "resume" | "hold" | "release" | "cancel" | "finish";

/** Each phase, and where an event leads; events that are not listed change nothing. */
export const JOB_PHASES: Readonly<Record<JobPhase, Readonly<Partial<Record<JobEvent, JobPhase>>>>> = {
  active: { pause: "paused", hold: "held", cancel: "cancelled", finish: "finished" },
  paused: { resume: "active", hold: "paused and held", cancel: "cancelled" },
  held: { pause: "paused and held", release: "active", cancel: "cancelled" },
  "paused and held": { resume: "held", release: "paused", cancel: "cancelled" },
  cancelled: {},
  finished: {},
};

const STATUS_OF: Readonly<Record<JobPhase, JobStatus>> = {
  active: "active",
  paused: "paused",
  held: "paused",
  "paused and held": "paused",
  cancelled: "over",
  finished: "over",
};

/** The arguments of a job's task, or what makes them of the time for which it runs. */
export type JobArgs = readonly unknown[] | ((due: Date) => readonly unknown[]);

/** One time at which a job was due, or several for which it runs once. */
export interface JobRun {
  /** In milliseconds since the epoch. */
  readonly due: number;
  /** Counts the runs of one time, from 1: several events may come in one millisecond. */
  readonly number: number;
  /** Whether the program asked for it, at a time at which the job was not due. */
  readonly isExtra?: boolean;
  readonly args: JobArgs;
  /** The time range that is complete when the run has finished, and where that is noted. */
  readonly range: TimeRange;
  readonly ranges: CompletedRanges;
  /** Who reports a failure, if it is not the scheduler or its runner. */
  readonly reportedBy?: "deno" | undefined;
}

/**
 * Submits the task of a job.
 *
 * @param signal Takes the run back: the task is cancelled, unless something else has submitted it as well.
 */
export type SubmitRun = (run: JobRun, signal: AbortSignal | undefined) => TaskHandle<unknown>;

/** What a job is made of. */
export interface JobParts {
  readonly name: string;
  /** The name under which it is saved. */
  readonly key: string;
  readonly options: ResolvedJobOptions;
  readonly taskName: string;
  /** `undefined` if it waits for events. */
  readonly trigger: Trigger | undefined;
  /** The arguments of its task, unless it waits for events. */
  readonly args: JobArgs;
  readonly submit: SubmitRun;
  /** Called when the phase of the job has changed. */
  readonly onChange: (job: Job) => void;
  /** Starts a run for a time, or one more now. */
  readonly runNow: (job: Job, time: PointInTime | undefined) => TaskHandle<unknown>;
}

/** Range and ranges of a run that does not count for when the job is due. */
const UNCOUNTED = { range: [-Infinity, -Infinity], ranges: new CompletedRanges(Infinity) } as const;

/** When Deno's crons start a job. */
export interface TimesInDeno {
  /** The times for which its runs are. */
  readonly trigger: Trigger;
  /** The first time after another one, by default now, at which it is started, in milliseconds since the epoch. */
  next(after?: number): number | undefined;
}

/** Counts the runs of one time. */
class RunCounter {
  #time = NaN;
  #count = 0;

  /** The number of one more run of that time, from 1. */
  next(time: number): number {
    this.#count = time === this.#time ? this.#count + 1 : 1;
    this.#time = time;
    return this.#count;
  }
}

/** The backfills of one job that are under way. */
export interface Backfilling {
  count: number;
  /** The runs that they have started, by time in milliseconds since the epoch. */
  readonly handles: Map<number, TaskHandle<unknown>>;
}

/** How many times `next()` returns at most. */
const MAX_NEXT = 10_000;
const checkCount = wholeNumberFrom(1);

let made = 0;

/**
 * The implementation of {@linkcode ScheduledJob}.
 *
 * | field | written by | when |
 * | --- | --- | --- |
 * | `phase` | `cancel()`, `pause()`, `resume()`, `hold()`, `release()`, `finish()` | by {@linkcode JOB_PHASES} |
 * | `due`, `at`, `heapIndex` | `DueQueue` | when the job is put into the queue or taken out of it |
 * | `inDeno` | `DenoCronJobs` | while Deno's crons run the job |
 * | `countedUntil` | `JobClock` | when a job with `catchUp: "all"` is due and has missed times |
 * | `ranges` | `JobClock`, `JobRuns`, `repeatAfter()` | when the job starts to count its times, or again; its content when runs start and finish |
 * | `backfilling` | `backfill()` | while one or more are under way |
 * | `lastHandle`, `lastRun`, `activeRuns`, `queue` | `JobRuns` | when a run is submitted, waits or has finished |
 */
export class Job implements ScheduledJob, HeapEntry {
  readonly parts: JobParts;
  /** Its place among all jobs, in the order in which they were made. */
  readonly order = made++;
  heapIndex = -1;
  /** When it is due next, in milliseconds since the epoch, if the scheduler itself starts its runs. */
  due: number | undefined;
  /** The same, for the queue that the job is in. */
  at = 0;
  /** Up to this time, what it has missed was counted, and is within its limit. */
  countedUntil = -Infinity;
  inDeno: TimesInDeno | undefined;
  ranges: CompletedRanges;
  backfilling: Backfilling | undefined;
  lastHandle: TaskHandle<unknown> | undefined;
  /** Takes the last run back, if the next one is to cancel it. */
  lastRun: AbortController | undefined;
  /** How many of its tasks have not finished. */
  activeRuns = 0;
  /** Runs that wait for the last task to finish. */
  readonly queue = new Fifo<JobRun>();
  #phase: JobPhase = "active";
  /** How often the clock has shown the times up to `#shownUntil`, as it was set back. */
  #rounds = 1;
  #shownUntil = -Infinity;
  readonly #runCounter = new RunCounter();
  readonly #extraRunCounter = new RunCounter();

  /** @param now Nothing that was due until then counts. */
  constructor(parts: JobParts, now: number) {
    this.parts = parts;
    this.ranges = new CompletedRanges(now);
  }

  get name(): string {
    return this.parts.name;
  }

  get phase(): JobPhase {
    return this.#phase;
  }

  get status(): JobStatus {
    return STATUS_OF[this.#phase];
  }

  get nextFire(): Date | undefined {
    if (this.#phase !== "active") return undefined;
    const due = this.due ?? this.inDeno?.next();
    return due === undefined ? undefined : new Date(due);
  }

  next(count = 1): Date[] {
    checkCount(count, "The count of next()");
    if (count > MAX_NEXT) throw new RangeError(`The count of next() must be at most ${MAX_NEXT}, not ${count}`);
    const times: Date[] = [];
    let due = this.nextFire?.getTime();
    while (due !== undefined && due <= MAX_DATE_MS && times.length < count) {
      times.push(new Date(due));
      due = this.inDeno === undefined ? this.dueAfter(due) : this.inDeno.next(due);
    }
    return times;
  }

  [Symbol.for("Deno.customInspect")](): string {
    const due = this.nextFire === undefined ? "" : `, due ${this.nextFire.toISOString()}`;
    return `ScheduledJob "${this.name}" (${this.status}${due})`;
  }

  /** Whether a caller has paused it; that of its scheduler does not count. */
  get isPaused(): boolean {
    return this.#phase === "paused" || this.#phase === "paused and held";
  }

  /** Whether its state is saved for the next program. */
  get isSaved(): boolean {
    return this.isPaused || (this.parts.options.catchUp !== "none" && this.#phase !== "cancelled");
  }

  /** Whether it is due again for what an earlier program has not finished. */
  get catchesUp(): boolean {
    return this.isSaved && this.parts.options.catchUp !== "none";
  }

  /** The first time after `time` at which it is due and which is not complete. */
  dueAfter(time: number): number | undefined {
    const { trigger } = this.parts;
    let due = trigger?.after(time);
    while (due !== undefined) {
      const until = this.ranges.completeUntil(due);
      if (until === undefined) return due;
      due = trigger!.after(until);
    }
    return undefined;
  }

  /** A run for a time at which it is due, which stands for all such times up to `until`; the same one if it was dropped. */
  runAt(due: number, until: number): JobRun {
    const { ranges } = this;
    const number = due <= this.#shownUntil ? this.#rounds : 1;
    return { due, number, args: this.parts.args, range: ranges.start(until), ranges };
  }

  /** One more run for a time, as an event or Deno says, which stands for all times up to `until`. */
  calledRun(due: number, until: number, args = this.parts.args): JobRun {
    const { ranges } = this;
    return { due, number: this.#runCounter.next(due), args, range: ranges.start(until), ranges };
  }

  /** Lets times be due again for which it ran, as the clock was set back. @param until Nothing that was due until then counts. */
  repeatAfter(until: number): void {
    this.#shownUntil = Math.max(this.#shownUntil, this.ranges.startedUntil);
    this.#rounds++;
    this.ranges = new CompletedRanges(until);
  }

  /** A run that was asked for, and does not count for when the job is due. */
  extraRun(now: number): JobRun {
    return { due: now, number: this.#extraRunCounter.next(now), isExtra: true, args: this.parts.args, ...UNCOUNTED };
  }

  /** A run for a time at which the job was due before: the same one, if that is known. */
  repeatedRun(due: number): JobRun {
    return { due, number: 1, args: this.parts.args, ...UNCOUNTED };
  }

  /**
   * A run for a time at which the job was due, or is to be as it catches up: it needs no other run for that time, which is the
   * only one after `after`.
   */
  backfilledRun(due: number, after: number): JobRun {
    return { due, number: 1, args: this.parts.args, range: [after, due], ranges: this.ranges };
  }

  runNow(time?: PointInTime): TaskHandle<unknown> {
    return this.parts.runNow(this, time);
  }

  cancel(): boolean {
    if (!this.#take("cancel")) return false;
    this.queue.clear();
    this.parts.onChange(this);
    return true;
  }

  /** Pauses a new job, as an earlier program has paused it, or its scheduler is paused. */
  begin(as: "pause" | "hold"): void {
    this.#take(as);
  }

  pause(): void {
    if (this.#take("pause")) this.parts.onChange(this);
  }

  resume(): void {
    if (this.#take("resume")) this.parts.onChange(this);
  }

  /** Pauses the job, as its scheduler is paused. */
  hold(): void {
    if (this.#take("hold")) this.parts.onChange(this);
  }

  /** Undoes {@linkcode Job.hold}. */
  release(): void {
    if (this.#take("release")) this.parts.onChange(this);
  }

  /** Ends the job, as it will not be due again. */
  finish(): void {
    if (this.#take("finish")) this.parts.onChange(this);
  }

  /** Returns whether the phase has changed. */
  #take(event: JobEvent): boolean {
    const next = JOB_PHASES[this.#phase][event];
    if (next === undefined) return false;
    this.#phase = next;
    return true;
  }
}
