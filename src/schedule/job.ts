/**
 * A job: a task, and when it is due.
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
import type { Trigger } from "./trigger.ts";

/**
 * A task that a scheduler submits again and again, or once. `scheduler.every()`, `cron()`, `at()` and `on()` make one, by
 * `do()`.
 *
 * @example A clean-up each hour
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task } from "@workflowy/workflowy";
 *
 * let now = Date.parse("2026-06-01T00:00:00Z");
 * await using scheduler = new Scheduler({ clock: () => now });
 * const job = scheduler.every("1h").do(task({ name: "clean-up" }, () => "clean"));
 * assertEquals(job.nextFire, new Date("2026-06-01T01:00:00Z"));
 * now += 3_600_000;
 * scheduler.tick();
 * assertEquals(await job.lastHandle, "clean");
 * ```
 */
export interface ScheduledJob {
  /** The name, unique within its scheduler. */
  readonly name: string;
  /** When it is due next, before any jitter; `undefined` if it is paused, waits for events, or will not be due again. */
  readonly nextFire: Date | undefined;
  /**
   * The next times at which it is due, before any jitter: none if it is paused, waits for events, or will not be due again.
   * Before `start()`, those of an interval job are counted from when it was made.
   *
   * @param count How many times at most; default: 1.
   * @returns The times, ascending.
   * @throws {TypeError} If `count` is not a number.
   * @throws {RangeError} If `count` is not a whole number from 1 to 10,000.
   *
   * @example The next three Mondays
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * const now = Date.parse("2026-06-05T12:00:00Z");
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.cron("0 9 * * MON", { timezone: "UTC" }).do(task({ name: "report" }, () => {}));
   * assertEquals(job.next(3).map((date) => date.getUTCDate()), [8, 15, 22]);
   * scheduler.tick();
   * ```
   */
  next(count?: number): Date[];
  /** The handle of the task that it has submitted last; `undefined` before the first one. */
  readonly lastHandle: TaskHandle<unknown> | undefined;
  /** Whether it can be due. */
  readonly status: JobStatus;
  /**
   * Ends the job and removes what was saved for it. Its running task is not affected; its queued runs are dropped.
   *
   * @returns Whether it had not ended before.
   *
   * @example A job that ends itself
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { type ScheduledJob, Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = 0;
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job: ScheduledJob = scheduler.every("1m").do(task({ name: "once" }, () => job.cancel()));
   * now += 60_000;
   * scheduler.tick();
   * assertEquals([await job.lastHandle, job.status, scheduler.jobs()], [true, "over", []]);
   * ```
   */
  cancel(): boolean;
  /**
   * Submits the task of the job at once, whatever its `overlap` says and also while it is paused. When the job is due does not
   * change.
   *
   * @param time The time for which it runs, at which the job was due: what failed or was cancelled then runs again, and what
   * had completed keeps its result as long as that is known. Default: now, for one more run.
   * @returns The handle of the task.
   * @throws {TypeError} If the job waits for events, as there is none; or `time` is of a wrong kind.
   * @throws {RangeError} If `time` is not a valid time.
   * @throws {Error} If the runner was shut down, or the arguments cannot be made.
   *
   * @example What failed runs again
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task, TaskRunner } from "@workflowy/workflowy";
   *
   * let now = Date.parse("2026-06-01T02:59:00Z");
   * let isUp = false;
   * await using runner = new TaskRunner({ onTaskError: "continue" });
   * await using scheduler = new Scheduler({ runner, clock: () => now });
   * const backUp = task({ name: "back-up" }, () => {
   *   if (!isUp) throw new Error("the disk is not there");
   *   return "done";
   * });
   * const job = scheduler.cron("0 3 * * *", { timezone: "UTC" }).do(backUp);
   * now += 60_000;
   * scheduler.tick();
   * await job.lastHandle?.exception();
   * isUp = true;
   * const again = job.runNow("2026-06-01T03:00:00Z");
   * assertEquals([again.id, await again], ["back-up@2026-06-01T03:00:00.000Z", "done"]);
   * ```
   */
  runNow(time?: PointInTime): TaskHandle<unknown>;
  /**
   * Stops the job from being due until `resume()`. Times that pass meanwhile are skipped, whatever `catchUp` says; queued
   * runs still start. With a checkpoint, it stays paused in later programs.
   *
   * @example No backups while the disk is full
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = 0;
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.every("1h").do(task({ name: "back-up" }, () => {}));
   * job.pause();
   * now += 3_600_000;
   * assertEquals([job.status, scheduler.tick()], ["paused", []]);
   * job.resume();
   * ```
   */
  pause(): void;
  /**
   * Undoes `pause()`.
   *
   * @example The next time after a pause
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = 0;
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.every("1h").do(task({ name: "back-up" }, () => {}));
   * job.pause();
   * now += 90 * 60_000;
   * job.resume();
   * assertEquals(job.nextFire, new Date(2 * 3_600_000));
   * scheduler.tick();
   * ```
   */
  resume(): void;
}

/**
 * Whether a job can be due: `"active"`; `"paused"`, until `resume()`; or `"over"`, once it was cancelled or was due for the
 * last time.
 *
 * @example The end of a job
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type JobStatus, Scheduler, task } from "@workflowy/workflowy";
 *
 * let now = 0;
 * await using scheduler = new Scheduler({ clock: () => now });
 * const job = scheduler.at(1_000).do(task({ name: "once" }, () => {}));
 * const seen: JobStatus[] = [job.status];
 * now = 1_000;
 * scheduler.tick();
 * assertEquals([...seen, job.status], ["active", "over"]);
 * ```
 */
export type JobStatus = "active" | "paused" | "over";

/**
 * Where a job is in its life:
 *
 * - `active`: it can be due.
 * - `paused`: it can be resumed.
 * - `cancelled`: a caller has ended it; nothing stays on record.
 * - `finished`: it was due for the last time; that stays on record.
 */
export type JobPhase = "active" | "paused" | "cancelled" | "finished";

/** Which phase may follow which. */
export const JOB_PHASES: Readonly<Record<JobPhase, readonly JobPhase[]>> = {
  active: ["paused", "cancelled", "finished"],
  paused: ["active", "cancelled"],
  cancelled: [],
  finished: [],
};

const STATUS_OF: Readonly<Record<JobPhase, JobStatus>> = {
  active: "active",
  paused: "paused",
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

/** How many times `next()` returns at most. */
const MAX_NEXT = 10_000;
const checkCount = wholeNumberFrom(1);

let made = 0;

/**
 * The implementation of {@linkcode ScheduledJob}.
 *
 * | field | written by | when |
 * | --- | --- | --- |
 * | `phase` | `cancel()`, `pause()`, `resume()`, `finish()` | by {@linkcode JOB_PHASES} |
 * | `due`, `at`, `heapIndex` | `DueQueue` | when the job is put into the queue or taken out of it |
 * | `dueInDeno` | `DenoCronJobs` | while Deno's crons run the job |
 * | `countedUntil` | `JobClock` | when a job with `catchUp: "all"` is due and has missed times |
 * | `ranges` | `JobClock` | when the job starts to count its times; its content also by `JobRuns` |
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
  /** The first time after another one, by default now, at which Deno's crons start it, in milliseconds since the epoch. */
  dueInDeno: ((after?: number) => number | undefined) | undefined;
  ranges: CompletedRanges;
  lastHandle: TaskHandle<unknown> | undefined;
  /** Takes the last run back, if the next one is to cancel it. */
  lastRun: AbortController | undefined;
  /** How many of its tasks have not finished. */
  activeRuns = 0;
  /** Runs that wait for the last task to finish. */
  readonly queue = new Fifo<JobRun>();
  #phase: JobPhase = "active";
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
    const due = this.due ?? this.dueInDeno?.();
    return due === undefined ? undefined : new Date(due);
  }

  next(count = 1): Date[] {
    checkCount(count, "The count of next()");
    if (count > MAX_NEXT) throw new RangeError(`The count of next() must be at most ${MAX_NEXT}, not ${count}`);
    const times: Date[] = [];
    let due = this.nextFire?.getTime();
    while (due !== undefined && due <= MAX_DATE_MS && times.length < count) {
      times.push(new Date(due));
      due = this.dueInDeno === undefined ? this.dueAfter(due) : this.dueInDeno(due);
    }
    return times;
  }

  [Symbol.for("Deno.customInspect")](): string {
    const due = this.nextFire === undefined ? "" : `, due ${this.nextFire.toISOString()}`;
    return `ScheduledJob "${this.name}" (${this.status}${due})`;
  }

  /** Whether its state is saved for the next program. */
  get isSaved(): boolean {
    return this.#phase === "paused" || (this.parts.options.catchUp !== "none" && this.#phase !== "cancelled");
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

  /** A run for a time at which it is due, which stands for all such times up to `until`. */
  runAt(due: number, until: number, args = this.parts.args): JobRun {
    const { ranges } = this;
    return { due, number: this.#runCounter.next(due), args, range: ranges.start(until), ranges };
  }

  /** A run that was asked for, and does not count for when the job is due. */
  extraRun(now: number): JobRun {
    return { due: now, number: this.#extraRunCounter.next(now), isExtra: true, args: this.parts.args, ...UNCOUNTED };
  }

  /** A run for a time at which the job was due before: the same one, if that is known. */
  repeatedRun(due: number): JobRun {
    return { due, number: 1, args: this.parts.args, ...UNCOUNTED };
  }

  runNow(time?: PointInTime): TaskHandle<unknown> {
    return this.parts.runNow(this, time);
  }

  cancel(): boolean {
    if (!this.#move("cancelled")) return false;
    this.queue.filter(() => false);
    this.parts.onChange(this);
    return true;
  }

  /** Pauses a new job, as an earlier program has paused it. */
  startPaused(): void {
    this.#move("paused");
  }

  pause(): void {
    if (this.#move("paused")) this.parts.onChange(this);
  }

  resume(): void {
    if (this.#phase === "paused" && this.#move("active")) this.parts.onChange(this);
  }

  /** Ends the job, as it will not be due again. */
  finish(): void {
    if (this.#move("finished")) this.parts.onChange(this);
  }

  #move(to: JobPhase): boolean {
    if (!JOB_PHASES[this.#phase].includes(to)) return false;
    this.#phase = to;
    return true;
  }
}
