/**
 * Which job is due next, behind one timer.
 *
 * @module
 */

import { Heap } from "../core/heap.ts";
import { runDetached } from "../core/run_detached.ts";
import type { Job } from "./job.ts";

/** A computer that has slept, or a clock that was set, is noticed after this, in milliseconds. */
const MAX_SLEEP_MS = 30_000;
/** A clock that has gone back by less than this, in milliseconds, was adjusted and not set back. */
const SET_BACK_MS = 1_000;

/** The jobs that will be due, by when they start. */
export class DueQueue {
  readonly #clock: () => number;
  readonly #heap = new Heap<Job>((a, b) => a.startsAt < b.startsAt || (a.startsAt === b.startsAt && a.order < b.order));
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The time for which the timer is set. */
  #armedFor = Infinity;
  /** While `onDue` runs, the timer is not set: that is done once, afterwards. */
  #isFiring = false;
  #onDue: (() => void) | undefined;
  #lastSeen = -Infinity;

  /** @param clock Milliseconds since the epoch. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Puts a job in for the first time after `time` at which it is due, or leaves it out if there is none. */
  put(job: Job, time: number): void {
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

  /** Takes out the first job that is to start by then, if there is one. */
  takeDue(now: number): Job | undefined {
    const first = this.#heap.peek();
    return first !== undefined && first.startsAt <= now ? this.#heap.pop() : undefined;
  }

  /** Reads the clock, and by how much it was set back since the last time, in milliseconds. */
  readClock(): { readonly now: number; readonly setBackBy: number } {
    const now = this.#clock();
    const by = this.#lastSeen - now;
    this.#lastSeen = now;
    return { now, setBackBy: by > SET_BACK_MS ? by : 0 };
  }

  /** Calls a function whenever a job is due, and at least every 30 seconds. */
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
    if (this.#onDue === undefined || this.#isFiring) return;
    const now = this.#clock();
    const at = Math.min(this.#heap.peek()?.startsAt ?? Infinity, now + MAX_SLEEP_MS);
    if (now <= this.#armedFor && at >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = at;
    this.#timer = runDetached(() => setTimeout(() => this.#fire(), Math.max(0, Math.ceil(at - now))));
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
