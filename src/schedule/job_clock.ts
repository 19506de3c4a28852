/**
 * When jobs start to count, continue, and are due again.
 *
 * @module
 */

import { CompletedRanges } from "./completed_ranges.ts";
import { DueQueue } from "./due_queue.ts";
import type { Job } from "./job.ts";
import type { JobState, JobStore } from "./job_store.ts";
import { AtTrigger, CronTrigger } from "./trigger.ts";

/** A clock that is set back by more than this, in milliseconds, was wrong; by less, it may have been the time zone. */
const MAX_CORRECTION_MS = 86_400_000;

/** Keeps the times of the jobs whose runs the scheduler itself starts. */
export class JobClock {
  readonly #clock: () => number;
  readonly #store: JobStore;
  readonly #due: DueQueue;
  /** Jobs whose intervals are counted from `start()`. */
  readonly #uncounted = new Set<Job>();
  #isStarted = false;

  /** @param clock Milliseconds since the epoch. */
  constructor(clock: () => number, store: JobStore) {
    this.#clock = clock;
    this.#store = store;
    this.#due = new DueQueue(clock);
  }

  /** Adds a job that was just made; it continues where an earlier program was, if that has saved its state. */
  add(job: Job): void {
    const { key, trigger, options: { catchUp } } = job.parts;
    const state = catchUp === "none" ? undefined : this.#store.load(key);
    if (state !== undefined) return this.#continueFrom(job, state);
    if (!(trigger instanceof AtTrigger)) {
      if (!this.#isStarted) this.#uncounted.add(job);
      this.#store.save(job);
    }
    this.reschedule(job);
  }

  /** Calls a function whenever a job is due, and now and then in between. */
  start(jobs: Iterable<Job>, onDue: () => void): void {
    this.#isStarted = true;
    const now = this.#clock();
    for (const job of jobs) {
      if (this.#uncounted.has(job)) this.#countFrom(job, now);
      else if (isSkipped(job, now)) this.#put(job, now);
    }
    this.#uncounted.clear();
    this.#due.start(onDue);
  }

  stop(): void {
    this.#isStarted = false;
    this.#due.stop();
  }

  /** Reads the clock, and reschedules jobs if it was set back. */
  readClock(jobs: Iterable<Job>): number {
    const { now, setBackBy } = this.#due.readClock();
    if (setBackBy > 0) { for (const job of jobs) this.#setBack(job, now, setBackBy); }
    return now;
  }

  /** Takes out the first job that is to start by then, if there is one. It has to be rescheduled. */
  takeDue(now: number): Job | undefined {
    const job = this.#due.takeDue(now);
    if (job !== undefined) this.#uncounted.delete(job);
    return job;
  }

  /** Lets a job be due for the first time that was not started. */
  reschedule(job: Job): void {
    this.#put(job, job.ranges.startedUntil);
  }

  /** Lets a job that was paused be due again; what it missed counts as complete. */
  resume(job: Job): void {
    const { ranges } = job;
    ranges.complete(ranges.start(this.#clock()));
    this.#store.save(job);
    this.reschedule(job);
  }

  /** Removes a job that is paused, has ended, or is run by Deno's crons. */
  remove(job: Job): void {
    this.#due.remove(job);
    if (job.phase !== "paused") this.#uncounted.delete(job);
  }

  /** Adds a job that Deno's crons have run. */
  takeOver(job: Job): void {
    if (job.parts.trigger instanceof AtTrigger) return this.reschedule(job);
    this.#uncounted.add(job);
    this.#put(job, this.#clock());
  }

  /** Drops the queued runs of a job; if it catches up, it will be due for them again. */
  dropQueue(job: Job): void {
    const { queue, ranges, isSaved } = job;
    const { first } = queue;
    if (first === undefined) return;
    if (!isSaved) { for (const { range } of queue) ranges.complete(range); }
    queue.filter(() => false);
    if (!isSaved) return;
    ranges.restartAfter(first.range[0]);
    this.reschedule(job);
  }

  #continueFrom(job: Job, { anchor, ranges }: JobState): void {
    const { trigger } = job.parts;
    job.ranges = ranges;
    if (trigger!.anchor !== undefined) trigger!.anchor = anchor ?? ranges.completedUntil;
    const now = this.#clock();
    if (ranges.completedUntil > now) this.#setBack(job, now, ranges.completedUntil - now);
    else this.#put(job, ranges.completedUntil);
  }

  #countFrom(job: Job, now: number): void {
    const { trigger } = job.parts;
    if (trigger?.anchor !== undefined) trigger.anchor = now;
    job.ranges = new CompletedRanges(now);
    this.#store.save(job);
    this.#put(job, now);
  }

  #put(job: Job, time: number): void {
    if (job.phase !== "active") return;
    this.#due.put(job, time);
    if (job.due === undefined) job.finish();
  }

  /**
   * After the clock was set back, intervals continue as if it had not been, and no time of a cron job is due again, unless
   * the clock was so wrong that the job would not be due for days.
   */
  #setBack(job: Job, now: number, by: number): void {
    const { parts: { trigger }, ranges } = job;
    if (trigger === undefined) return;
    if (trigger.anchor !== undefined) {
      trigger.anchor -= by;
      job.ranges = new CompletedRanges(ranges.startedUntil - by);
    } else if (trigger instanceof CronTrigger && by > MAX_CORRECTION_MS) {
      job.ranges = new CompletedRanges(now);
    }
    const { startedUntil } = job.ranges;
    this.#put(job, trigger instanceof AtTrigger ? startedUntil : Math.max(now, startedUntil));
  }
}

/** Whether a time of a job has passed while the scheduler was stopped, and is skipped. */
function isSkipped({ due, parts: { trigger, options } }: Job, now: number): boolean {
  return due !== undefined && due <= now && options.catchUp === "none" && !(trigger instanceof AtTrigger);
}
