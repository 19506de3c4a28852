/**
 * When jobs start to count, continue, and are due again.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import { CompletedRanges } from "./completed_ranges.ts";
import { DelayedRun, DueQueue } from "./due_queue.ts";
import type { Job, JobRun } from "./job.ts";
import type { JobState, JobStore } from "./job_store.ts";
import { lastTimes } from "./last_times.ts";
import { AtTrigger, CronTrigger } from "./trigger.ts";

/** A clock that is set back by more than this, in milliseconds, was wrong; by less, it may have been the time zone. */
const MAX_CORRECTION_MS = 86_400_000;

/** A run that is to start. */
export interface DueRun {
  readonly job: Job;
  readonly run: JobRun;
}

/** Keeps the times of the jobs whose runs the scheduler itself starts. */
export class JobClock {
  readonly #clock: () => number;
  readonly #store: JobStore;
  readonly #logger: Logger;
  readonly #due: DueQueue;
  readonly #random: () => number;
  /** Jobs whose intervals are counted from `start()`. */
  readonly #uncounted = new Set<Job>();
  #isStarted = false;

  /**
   * @param clock Milliseconds since the epoch.
   * @param timers What waits until then.
   * @param random A number from 0 to 1, for the jitter of jobs.
   */
  constructor(
    clock: () => number,
    store: JobStore,
    logger: Logger,
    timers: Clock = SYSTEM_CLOCK,
    random: () => number = Math.random,
  ) {
    this.#clock = clock;
    this.#store = store;
    this.#logger = logger;
    this.#due = new DueQueue(clock, timers);
    this.#random = random;
  }

  /** Adds a job that was just made; it continues where an earlier program was, if that has saved its state. */
  add(job: Job): void {
    const { trigger } = job.parts;
    const state = this.#store.load(job);
    if (state !== undefined) return this.#continueFrom(job, state);
    if (!(trigger instanceof AtTrigger)) {
      if (!this.#isStarted) this.#uncounted.add(job);
      this.#store.save(job);
    }
    this.reschedule(job);
  }

  /** Adds a job that was just made and that Deno's crons run; it continues where an earlier program was. */
  addDeferred(job: Job): void {
    const state = this.#store.load(job);
    if (state === undefined) this.#store.save(job);
    else job.ranges = state.ranges;
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
    if (setBackBy > 0) {
      for (const job of jobs) this.#setBack(job, now, setBackBy);
      this.#due.advanceDelayed(setBackBy);
    }
    return now;
  }

  /** Takes out the next run that is to start by then, if there is one. */
  takeRun(now: number): DueRun | undefined {
    for (let entry = this.#due.take(now); entry !== undefined; entry = this.#due.take(now)) {
      if (entry instanceof DelayedRun) {
        if (entry.job.due === undefined) this.reschedule(entry.job);
        if (!entry.run.ranges.includes(entry.run.due)) return entry;
        this.#skip(entry.job, [entry.run]); // a backfill has run it
        continue;
      }
      const job = entry;
      this.#uncounted.delete(job);
      if (job.ranges.includes(job.due!)) { // a backfill has run it
        this.reschedule(job);
        continue;
      }
      const run = this.#runOf(job, now);
      const at = run.due + Math.floor(this.#random() * job.parts.options.jitter);
      if (at > now) this.#due.delay(job, run, at);
      this.reschedule(job);
      if (at <= now) return { job, run };
    }
    return undefined;
  }

  /** Lets a job be due for the first time that was not started. */
  reschedule(job: Job): void {
    this.#put(job, job.ranges.startedUntil);
  }

  /** Removes a job that was paused; its delayed runs are skipped. */
  pause(job: Job): void {
    this.#due.remove(job);
    this.#skip(job, this.#due.removeDelayed(job));
  }

  /** Lets a job that was paused be due again; what it missed counts as complete. */
  resume(job: Job): void {
    const { ranges } = job;
    ranges.complete(ranges.start(this.#clock()));
    this.#store.save(job);
    this.reschedule(job);
  }

  /** Removes a job that was cancelled, or is run by Deno's crons from now on, with its delayed runs. */
  remove(job: Job): void {
    this.#due.remove(job);
    this.#due.removeDelayed(job);
    this.#uncounted.delete(job);
  }

  /** Adds a job that Deno's crons have run. */
  takeOver(job: Job): void {
    if (job.parts.trigger instanceof AtTrigger) return this.reschedule(job);
    this.#uncounted.add(job);
    this.#put(job, this.#clock());
  }

  /** Drops the runs of a job that have not started; if it catches up, it will be due for them again. */
  dropWaiting(job: Job): void {
    const waiting = [...job.queue, ...this.#due.removeDelayed(job)];
    job.queue.clear();
    if (waiting.length === 0) return;
    if (!job.catchesUp) return this.#skip(job, waiting);
    job.ranges.restartAfter(Math.min(...waiting.map(({ range: [after] }) => after)));
    this.reschedule(job);
  }

  /** The run of a job that is due, which stands for all times that it has missed unless it catches up on each of them. */
  #runOf(job: Job, now: number): JobRun {
    if (job.parts.options.catchUp === "all") {
      this.#skipOldTimes(job, now);
      return job.runAt(job.due!, job.due!);
    }
    const due = job.due!;
    return job.runAt(due, this.#store.hasFinished(job, due) ? due : Math.max(due, now));
  }

  /** Skips the oldest of the times that a job has missed, if these are more than it may catch up on. */
  #skipOldTimes(job: Job, now: number): void {
    const { name, options: { catchUpLimit } } = job.parts;
    if (catchUpLimit === Infinity || job.due! <= job.countedUntil) return;
    job.countedUntil = now;
    const times = lastTimes((time) => job.dueAfter(time), job.due!, now, catchUpLimit + 1);
    const [lastSkipped, first] = times;
    if (times.length <= catchUpLimit) return;
    job.ranges.complete(job.ranges.start(lastSkipped!));
    job.due = first;
    const since = new Date(first!).toISOString();
    this.#logger.warn(
      `Job "${name}" has missed more than ${catchUpLimit} times at which it was due: it catches up on the last ` +
        `${catchUpLimit}, since ${since}, and skips those before (see its catchUpLimit)`,
    );
  }

  #skip(job: Job, runs: readonly JobRun[]): void {
    for (const { range } of runs) job.ranges.complete(range);
    if (runs.length > 0) this.#store.save(job);
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
    if (job.due === undefined && !this.#due.hasDelayed(job)) job.finish();
  }

  /**
   * After the clock was set back, intervals continue as if it had not been, and no time of a cron job is due again, unless
   * the clock was so wrong that the job would not be due for days.
   */
  #setBack(job: Job, now: number, by: number): void {
    const { parts: { trigger }, ranges } = job;
    if (trigger === undefined) return;
    job.countedUntil = -Infinity;
    if (trigger.anchor !== undefined) {
      trigger.anchor -= by;
      job.repeatAfter(ranges.startedUntil - by);
    } else if (trigger instanceof CronTrigger && by > MAX_CORRECTION_MS) {
      job.repeatAfter(now);
    }
    const { startedUntil } = job.ranges;
    this.#put(job, trigger instanceof AtTrigger ? startedUntil : Math.max(now, startedUntil));
  }
}

/** Whether a time of a job has passed while the scheduler was stopped, and is skipped. */
function isSkipped({ due, parts: { trigger, options } }: Job, now: number): boolean {
  return due !== undefined && due <= now && options.catchUp === "none" && !(trigger instanceof AtTrigger);
}
