/**
 * When jobs begin, go on, and are due again.
 *
 * @module
 */

import type { FireLog, FireMark } from "./fire_log.ts";
import type { Job } from "./job.ts";
import { Progress } from "./progress.ts";
import { Timetable } from "./timetable.ts";
import { AtTrigger, CronTrigger } from "./trigger.ts";

/** A clock that is set back by more than this, in milliseconds, was wrong; by less, it may have been the time zone. */
const CORRECTION_MS = 86_400_000;

/** Keeps the time of jobs that are for the scheduler itself to look after. */
export class Timekeeper {
  readonly #clock: () => number;
  readonly #log: FireLog;
  readonly #onLast: (job: Job) => void;
  readonly #timetable: Timetable;
  /** Jobs whose time begins with `start()`. */
  readonly #fresh = new Set<Job>();
  #isStarted = false;

  /**
   * @param clock Milliseconds since the epoch.
   * @param onLast Told of jobs that will not be due any more.
   */
  constructor(clock: () => number, log: FireLog, onLast: (job: Job) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#onLast = onLast;
    this.#timetable = new Timetable(clock);
  }

  /** Enters a job that was just made. */
  admit(job: Job): void {
    const { key, trigger, options: { catchUp } } = job.parts;
    const mark = catchUp === "none" ? undefined : this.#log.find(key);
    if (mark !== undefined) return this.#goOn(job, mark);
    if (!(trigger instanceof AtTrigger)) {
      if (!this.#isStarted) this.#fresh.add(job);
      this.#log.keep(job);
    }
    this.#enter(job, job.progress.begun);
  }

  /** Begins to call a function whenever a job is due, and now and then. */
  start(jobs: Iterable<Job>, onDue: () => void): void {
    this.#isStarted = true;
    const now = this.#clock();
    for (const job of jobs) {
      if (this.#fresh.has(job)) this.#beginAt(job, now);
      else if (isMissed(job, now)) this.#enter(job, now);
    }
    this.#fresh.clear();
    this.#timetable.start(onDue);
  }

  stop(): void {
    this.#isStarted = false;
    this.#timetable.stop();
  }

  /** Looks at the clock, and sees to it that jobs bear it if that was set back. */
  look(jobs: Iterable<Job>): number {
    const { now, setBackBy } = this.#timetable.look();
    if (setBackBy > 0) { for (const job of jobs) this.#setBack(job, now, setBackBy); }
    return now;
  }

  /** Takes out the first job whose time has come; it is to be entered again. */
  takeDue(now: number): Job | undefined {
    const job = this.#timetable.takeDue(now);
    if (job !== undefined) this.#fresh.delete(job);
    return job;
  }

  /** Enters a job again, of which all until then was begun. */
  again(job: Job): void {
    this.#enter(job, job.progress.begun);
  }

  /** Enters a job that was paused; what it missed counts as done. */
  resume(job: Job): void {
    const { progress } = job;
    progress.end(progress.begin(this.#clock()));
    this.#log.keep(job);
    this.#enter(job, progress.begun);
  }

  /** Lets a job go, which is paused, over, or looked after by somebody else. */
  remove(job: Job): void {
    this.#timetable.remove(job);
    if (job.status !== "paused") this.#fresh.delete(job);
  }

  /** Takes in a job that somebody else has looked after. */
  takeBack(job: Job): void {
    if (job.parts.trigger instanceof AtTrigger) return this.#enter(job, job.progress.begun);
    this.#fresh.add(job);
    this.#enter(job, this.#clock());
  }

  /** What waits is not begun any more, but is due again if that is to be made up for. */
  dropWaiting(job: Job): void {
    const { waiting, progress, isOnRecord } = job;
    const { first } = waiting;
    if (first === undefined) return;
    if (!isOnRecord) { for (const { stretch } of waiting) progress.end(stretch); }
    waiting.filter(() => false);
    if (!isOnRecord) return;
    progress.goBack(first.stretch[0]);
    this.#enter(job, progress.begun);
  }

  /** Lets a job go on where an earlier run was. */
  #goOn(job: Job, { anchor, progress }: FireMark): void {
    const { trigger } = job.parts;
    job.progress = progress;
    if (trigger!.anchor !== undefined) trigger!.anchor = anchor ?? progress.done;
    const now = this.#clock();
    if (progress.done > now) this.#setBack(job, now, progress.done - now);
    else this.#enter(job, progress.done);
  }

  /** Lets the time of a job begin. */
  #beginAt(job: Job, now: number): void {
    const { trigger } = job.parts;
    if (trigger?.anchor !== undefined) trigger.anchor = now;
    job.progress = new Progress(now);
    this.#log.keep(job);
    this.#enter(job, now);
  }

  #enter(job: Job, time: number): void {
    if (job.status !== "active") return;
    this.#timetable.enter(job, time);
    if (job.due === undefined) this.#onLast(job);
  }

  /**
   * Where the clock was set back, intervals go on as if it had not, and no time of a cron job is due again, unless the
   * clock was so wrong that it would not be due for days.
   */
  #setBack(job: Job, now: number, by: number): void {
    const { parts: { trigger }, progress } = job;
    if (trigger === undefined) return;
    if (trigger.anchor !== undefined) {
      trigger.anchor -= by;
      job.progress = new Progress(progress.begun - by);
    } else if (trigger instanceof CronTrigger && by > CORRECTION_MS) {
      job.progress = new Progress(now);
    }
    this.#enter(job, trigger instanceof AtTrigger ? job.progress.begun : Math.max(now, job.progress.begun));
  }
}

/** Whether a time of a job passed while the scheduler was stopped, and is not to be made up for. */
function isMissed({ due, parts: { trigger, options } }: Job, now: number): boolean {
  return due !== undefined && due <= now && options.catchUp === "none" && !(trigger instanceof AtTrigger);
}
