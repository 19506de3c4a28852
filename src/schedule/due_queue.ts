/**
 * Which job is due next, behind one timer.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../core/clock.ts";
import { Heap, type HeapEntry } from "../core/heap.ts";
import type { Job, JobRun } from "./job.ts";

/** A clock that has gone back by less than this, in milliseconds, was adjusted and not set back. */
const SET_BACK_MS = 1_000;

/** What waits for its time. */
export interface DueEntry extends HeapEntry {
  /** In milliseconds since the epoch. */
  at: number;
  /** Which of the entries of one time comes first. */
  readonly order: number;
}

/** A run that is due, and starts later because of the jitter of its job. */
export class DelayedRun implements DueEntry {
  heapIndex = -1;
  at: number;
  readonly order: number;
  readonly job: Job;
  readonly run: JobRun;

  constructor(job: Job, run: JobRun, at: number) {
    this.at = at;
    this.order = job.order;
    this.job = job;
    this.run = run;
  }
}

/** The jobs that will be due and the runs that are delayed, by time; those of one time in the order of their jobs. */
export class DueQueue {
  readonly #clock: () => number;
  readonly #timers: Clock;
  readonly #heap = new Heap<Job | DelayedRun>(isBefore);
  readonly #delayed = new Map<Job, Set<DelayedRun>>();
  #timer: unknown;
  /** The time for which the timer is set. */
  #armedFor = Infinity;
  /** While `onDue` runs, the timer is not set: that is done once, afterwards. */
  #isFiring = false;
  #onDue: (() => void) | undefined;
  #lastSeen = -Infinity;

  /**
   * @param clock Milliseconds since the epoch.
   * @param timers What waits until then.
   */
  constructor(clock: () => number, timers: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Puts a job in for the first time after `time` at which it is due, or leaves it out if there is none. */
  put(job: Job, time: number): void {
    this.#heap.remove(job);
    job.due = job.dueAfter(time);
    if (job.due === undefined) return;
    job.at = job.due;
    this.#heap.push(job);
    this.#arm();
  }

  /** Puts a run in that is due and starts later, at a time in milliseconds since the epoch. */
  delay(job: Job, run: JobRun, at: number): void {
    const delayed = new DelayedRun(job, run, at);
    const others = this.#delayed.get(job);
    if (others === undefined) this.#delayed.set(job, new Set([delayed]));
    else others.add(delayed);
    this.#heap.push(delayed);
    this.#arm();
  }

  /** Whether runs of a job are delayed. */
  hasDelayed(job: Job): boolean {
    return this.#delayed.has(job);
  }

  /** Removes a job, but not its delayed runs. */
  remove(job: Job): void {
    this.#heap.remove(job);
    job.due = undefined;
  }

  /** Removes the delayed runs of a job, and returns them in the order in which they were due. */
  removeDelayed(job: Job): JobRun[] {
    const removed = [...this.#delayed.get(job) ?? []];
    this.#delayed.delete(job);
    for (const each of removed) this.#heap.remove(each);
    return removed.map(({ run }) => run);
  }

  /** Takes out the first job or delayed run whose time has come by then, if there is one. */
  take(now: number): Job | DelayedRun | undefined {
    const first = this.#heap.peek();
    if (first === undefined || first.at > now) return undefined;
    if (first instanceof DelayedRun) this.#forget(first);
    return this.#heap.pop();
  }

  /** Moves all delayed runs by so many milliseconds to earlier times, as the clock was set back by as much. */
  advanceDelayed(by: number): void {
    for (const runs of this.#delayed.values()) {
      for (const each of runs) {
        this.#heap.remove(each);
        each.at -= by;
        this.#heap.push(each);
      }
    }
    this.#arm();
  }

  /** Reads the clock, and by how much it was set back since the last time, in milliseconds. */
  readClock(): { readonly now: number; readonly setBackBy: number } {
    const now = this.#clock();
    const by = this.#lastSeen - now;
    this.#lastSeen = now;
    return { now, setBackBy: by > SET_BACK_MS ? by : 0 };
  }

  /** Calls a function whenever a job is due, and at least every 30 seconds on the computer's clock. */
  start(onDue: () => void): void {
    this.#onDue = onDue;
    this.#arm();
  }

  stop(): void {
    this.#onDue = undefined;
    this.#timers.clear(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Infinity;
  }

  #forget(delayed: DelayedRun): void {
    const runs = this.#delayed.get(delayed.job);
    runs?.delete(delayed);
    if (runs?.size === 0) this.#delayed.delete(delayed.job);
  }

  #arm(): void {
    if (this.#onDue === undefined || this.#isFiring) return;
    const now = this.#clock();
    const at = Math.min(this.#heap.peek()?.at ?? Infinity, now + this.#timers.maxLookMs);
    if (at === Infinity) return;
    if (now <= this.#armedFor && at >= this.#armedFor) return;
    this.#timers.clear(this.#timer);
    this.#armedFor = at;
    this.#timer = this.#timers.set(() => this.#fire(), Math.max(0, Math.ceil(at - now)));
  }

  /** A timer may fire early: `onDue` reads the clock, and the timer is set again. */
  #fire(): void {
    this.#armedFor = Infinity;
    this.#isFiring = true;
    try {
      this.#onDue?.();
    } finally {
      this.#isFiring = false;
      this.#arm();
    }
  }
}

function isBefore(a: DueEntry, b: DueEntry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
