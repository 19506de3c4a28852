/**
 * Jobs that wait for workers, and those that workers have taken.
 *
 * @module
 */

import { Fifo } from "../../core/fifo.ts";
import type { Whereabouts } from "../engine.ts";

interface QueuedJob {
  readonly id: string;
  frame: Uint8Array;
  place: Whereabouts;
}

/** Gets jobs for a worker. */
export type Taker = (frame: Uint8Array) => void;

const NOTHING = new Uint8Array(0);

/** Hands each job to one worker at most, in later turns of the event loop. Handing out takes constant time. */
export class JobQueue {
  /** Those that are queued or taken. */
  readonly #jobs = new Map<string, QueuedJob>();
  /** Those that were queued, in order. */
  readonly #line = new Fifo<QueuedJob>();
  /** How many more jobs workers want: the one that comes next first. */
  readonly #wanted = new Map<Taker, number>();
  #isScheduled = false;

  /** Queues a job, unless it is there. */
  submit(id: string, frame: Uint8Array): void {
    if (this.#jobs.has(id)) return;
    const job: QueuedJob = { id, frame, place: "queued" };
    this.#jobs.set(id, job);
    this.#line.push(job);
    this.#schedule();
  }

  /** Removes a job that no worker was handed. Returns whether it has. */
  withdraw(id: string): boolean {
    return this.locate(id) === "queued" && this.ended(id);
  }

  /** Forgets a job, as its outcome is there. Returns whether it was known. */
  ended(id: string): boolean {
    const job = this.#jobs.get(id);
    if (job === undefined) return false;
    job.place = "unknown";
    job.frame = NOTHING;
    return this.#jobs.delete(id);
  }

  locate(id: string): Whereabouts {
    return this.#jobs.get(id)?.place ?? "unknown";
  }

  /** The jobs that no worker was handed. */
  queued(): Set<string> {
    const queued = new Set<string>();
    for (const { id, place } of this.#line) if (place === "queued") queued.add(id);
    return queued;
  }

  /** Says for how many further jobs a worker has room now. */
  want(taker: Taker, count: number): void {
    if (count <= 0) this.#wanted.delete(taker);
    else this.#wanted.set(taker, count);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#line.size === 0 || this.#wanted.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#handOut();
    });
  }

  #handOut(): void {
    // A worker that wants more comes again after the others.
    for (const [taker, count] of this.#wanted) {
      const job = this.#next();
      if (job === undefined) return;
      this.#wanted.delete(taker);
      if (count > 1) this.#wanted.set(taker, count - 1);
      const { frame } = job;
      job.place = "taken";
      job.frame = NOTHING;
      taker(frame);
    }
  }

  #next(): QueuedJob | undefined {
    for (let job = this.#line.shift(); job !== undefined; job = this.#line.shift()) {
      if (job.place === "queued") return job;
    }
    return undefined;
  }
}
