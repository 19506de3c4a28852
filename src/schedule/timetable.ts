/**
 * Which job is due next, behind one timer.
 *
 * @module
 */

import { Heap } from "../core/heap.ts";
import { runDetached } from "../core/run_detached.ts";
import type { Job } from "./job.ts";

/** A computer that slept, or a clock that was set, is noticed after this, in milliseconds. */
const LONGEST_SLEEP_MS = 30_000;
/** A clock that is behind what it showed before by less than this, in milliseconds, was not set back but adjusted. */
const SET_BACK_MS = 1_000;

/** The jobs that will be due, by when that is acted on. */
export class Timetable {
  readonly #clock: () => number;
  readonly #heap = new Heap<Job>((a, b) => a.startsAt < b.startsAt || (a.startsAt === b.startsAt && a.order < b.order));
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer is to ring. */
  #armedFor = Infinity;
  /** Meanwhile it need not be set: that is done once, afterwards. */
  #isRinging = false;
  #onDue: (() => void) | undefined;
  #lastSeen = -Infinity;

  /** @param clock Milliseconds since the epoch. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Enters a job with the time after `time` at which it is due, or leaves it out if it will never be. */
  enter(job: Job, time: number): void {
    this.remove(job);
    job.due = job.dueAfter(time);
    if (job.due === undefined) return;
    job.startsAt = job.due + Math.floor(Math.random() * job.parts.options.jitter);
    this.#heap.push(job);
    this.#arm();
  }

  remove(job: Job): void {
    this.#heap.remove(job);
    job.due = undefined;
  }

  /** Takes out the first job whose time has come. Times of jobs that were entered later than `now` are as good. */
  takeDue(now: number): Job | undefined {
    const first = this.#heap.peek();
    return first !== undefined && first.startsAt <= now ? this.#heap.pop() : undefined;
  }

  /** Looks at the clock, and by how much it was set back since the last time, in milliseconds. */
  look(): { readonly now: number; readonly setBackBy: number } {
    const now = this.#clock();
    const by = this.#lastSeen - now;
    this.#lastSeen = now;
    return { now, setBackBy: by > SET_BACK_MS ? by : 0 };
  }

  /** Calls a function whenever a job is due, and now and then. */
  start(onDue: () => void): void {
    this.#onDue = onDue;
    this.#arm();
  }

  stop(): void {
    this.#onDue = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Infinity;
  }

  #arm(): void {
    if (this.#onDue === undefined || this.#isRinging) return;
    const now = this.#clock();
    const at = Math.min(this.#heap.peek()?.startsAt ?? Infinity, now + LONGEST_SLEEP_MS);
    if (now <= this.#armedFor && at >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = at;
    this.#timer = runDetached(() => setTimeout(() => this.#ring(), Math.max(0, Math.ceil(at - now))));
  }

  /** A timer may ring early: whoever is called looks at the clock, and the timer is set again. */
  #ring(): void {
    this.#armedFor = Infinity;
    this.#isRinging = true;
    try {
      this.#onDue?.();
    } finally {
      this.#isRinging = false;
      this.#arm();
    }
  }
}
