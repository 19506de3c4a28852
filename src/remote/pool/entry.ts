/**
 * An attempt that a runner has given to a remote pool.
 *
 * @module
 */

import type { AbortListener, Job } from "../../core/pool.ts";

/**
 * - `waiting`: for the connection, or until it is known whether an earlier program has submitted it.
 * - `preparing`: its arguments are being kept apart.
 * - `submitted`: the engine has it, or will; no worker has said that it has begun.
 * - `begun`: a worker has said so.
 * - `fetching`: it has ended, and its result is being fetched.
 * - `settled`: its outcome is known, or is another program's.
 */
export type EntryState = "waiting" | "preparing" | "submitted" | "begun" | "fetching" | "settled";

/** The states, and those that may follow. */
export const ENTRY_STATES: Readonly<Record<EntryState, readonly EntryState[]>> = {
  waiting: ["preparing", "submitted", "fetching", "settled"],
  preparing: ["submitted", "fetching", "settled"],
  submitted: ["preparing", "submitted", "begun", "fetching", "settled"],
  begun: ["preparing", "submitted", "fetching", "settled"],
  fetching: ["settled"],
  settled: [],
};

/** What has an entry. */
export interface EntryOwner {
  /** Its attempt was cancelled, or is out of time. */
  aborted(entry: Entry): void;
}

/** An attempt, and where it is. The pool writes its fields. */
export class Entry implements AbortListener {
  readonly token: string;
  readonly job: Job;
  readonly #owner: EntryOwner;
  #state: EntryState = "waiting";
  /** The worker that has it, as far as it is known. */
  worker: string | undefined;
  /** Set once it was cancelled, or is out of time. */
  abort: { readonly reason: unknown } | undefined;
  /** Names its last submission by this program; `undefined` before. */
  submission: number | undefined;
  /** When this program submitted it, in milliseconds of `performance.now()`; -1 before. */
  submittedAt = -1;
  /** When it was submitted, or a worker has said last that it has it, in milliseconds of `performance.now()`. */
  heardAt = 0;
  /** Since when the engine says that it is not in the queue, although no worker says that it has it. */
  missingSince: number | undefined;
  /** Whether the job that was submitted says that this runner wants to know what its body prints. */
  asksForPrints = false;
  /** Whether the arguments are kept apart. */
  hasApart = false;
  /** Whether the end of its task is on record, although its body may still be at work: it was cancelled. */
  isOnRecord = false;

  constructor(token: string, job: Job, owner: EntryOwner) {
    this.token = token;
    this.job = job;
    this.#owner = owner;
    job.abortListener = this;
  }

  get state(): EntryState {
    return this.#state;
  }

  set state(state: EntryState) {
    if (!ENTRY_STATES[this.#state].includes(state)) {
      throw new Error(`An attempt cannot be ${state} after ${this.#state}`);
    }
    this.#state = state;
    if (state === "settled") this.job.abortListener = undefined;
  }

  onAbort(reason: unknown): void {
    this.abort = { reason };
    this.#owner.aborted(this);
  }
}
