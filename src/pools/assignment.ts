/**
 * A job of a worker pool, from when the runner hands it over to its outcome.
 *
 * @module
 */

import type { AbortListener, Job } from "../core/pool.ts";
import { transferablesOf } from "../tasks/transfer.ts";
import { roughSize } from "../core/rough_size.ts";

/**
 * - `waiting`: in the pool's queue.
 * - `sent`: in a worker's queue.
 * - `begun`: its body runs, or may.
 * - `settled`: its outcome is known, or it was dropped.
 */
export type AssignmentState = "waiting" | "sent" | "begun" | "settled";

/** What has a job in its queue: the pool, or a session. */
export interface AssignmentHolder {
  /** Called when the job was cancelled or is out of time. */
  abort(assignment: Assignment, reason: unknown): void;
}

/**
 * Withdraws a job of a worker pool that no worker has.
 *
 * @returns Whether it was: if not, its body may have begun.
 */
export function withdrawWaiting({ abortListener }: Job): boolean {
  if (!(abortListener instanceof Assignment) || abortListener.state !== "waiting") return false;
  abortListener.settle();
  return true;
}

/** A job, and where it is. The pool and the session that it is in write its fields. */
export class Assignment implements AbortListener {
  readonly job: Job;
  /** Which workers can run it. */
  readonly group: string;
  state: AssignmentState = "waiting";
  /** Its number in the queue of its worker, from 1. */
  seq = 0;
  /** Set once it was cancelled or is out of time. */
  abort: { readonly reason: unknown } | undefined = undefined;
  /** Buffers that are moved with it. Once it is sent it cannot be sent again, so it goes only where it begins at once. */
  readonly moved: readonly Transferable[];
  /** About how many bytes its arguments take, without those that are moved. */
  readonly bytes: number;
  /** What has it in its queue. */
  holder: AssignmentHolder;

  constructor(job: Job, group: string, holder: AssignmentHolder) {
    this.job = job;
    this.holder = holder;
    this.group = group;
    // An attempt that may be followed by another leaves them to it.
    job.abortListener = this;
    this.moved = job.number < job.options.maxAttempts ? [] : transferablesOf(job.args);
    this.bytes = this.moved.length === 0 ? roughSize(job.args) : 0;
  }

  /** Its outcome is known, or of no interest. */
  settle(): void {
    this.state = "settled";
    this.job.abortListener = undefined;
  }

  onAbort(reason: unknown): void {
    this.holder.abort(this, reason);
  }
}
