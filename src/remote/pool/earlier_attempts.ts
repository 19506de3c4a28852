/**
 * Attempts that an earlier program of the run has submitted, as far as that is known.
 *
 * @module
 */

import type { RunnerLink } from "../engine.ts";
import type { OutcomeRecord } from "../protocol/outcome_frame.ts";
import type { Entry } from "./entry.ts";

/** After how many milliseconds an engine that could not say where attempts are is asked again. */
const RETRY_MS = 1_000;

/** The pool, which alone decides about attempts. */
export interface EarlierOwner {
  /** Whether all live workers have said what they have. */
  readonly hasHeardAll: boolean;
  /** No earlier program has submitted it, or the engine has lost it. */
  submit(entry: Entry): void;
  /** An earlier program has submitted it, or may have: it is watched as if this one had. */
  follow(entry: Entry): void;
}

/** Keeps outcomes for the tasks that this program has not executed again yet, and finds out which attempts to submit. */
export class EarlierAttempts {
  readonly #owner: EarlierOwner;
  readonly #closing: AbortSignal;
  readonly #outcomes = new Map<string, OutcomeRecord>();
  /** Attempts of which it is not known whether they were submitted. */
  #uncertain = new Set<Entry>();
  /** Attempts that were in the queue, or that a worker has said it has; `undefined` if that could not be found out. */
  #elsewhere: Set<string> | undefined = new Set();

  /** @param closing Aborted when the pool is disposed of. */
  constructor(owner: EarlierOwner, closing: AbortSignal) {
    this.#owner = owner;
    this.#closing = closing;
  }

  /** Lists what is in the queue of an engine that does not remember what was submitted. */
  async list(link: RunnerLink): Promise<void> {
    if (link.remembers) return;
    try {
      for (const token of await link.listQueued?.() ?? []) this.#elsewhere?.add(token);
    } catch {
      this.#elsewhere = undefined;
    }
  }

  /** Notes that a worker has said that it has an attempt. */
  heardOf(token: string): void {
    this.#elsewhere?.add(token);
  }

  /** Notes an outcome. Returns whether it is one to keep: the first one counts. */
  noteOutcome(record: OutcomeRecord): boolean {
    if (record.outcome.kind === "returned" || this.#outcomes.has(record.token)) return false;
    this.#outcomes.set(record.token, record);
    return true;
  }

  /** The outcome of an attempt, which is forgotten by this call. */
  takeOutcome(token: string): OutcomeRecord | undefined {
    const record = this.#outcomes.get(token);
    this.#outcomes.delete(token);
    return record;
  }

  /** Finds out whether an attempt was submitted, together with others that are executed now. */
  locate(entry: Entry, link: RunnerLink): void {
    if (this.#uncertain.size === 0) setTimeout(() => void this.#locateAll(link), 0);
    this.#uncertain.add(entry);
  }

  async #locateAll(link: RunnerLink): Promise<void> {
    const uncertain = this.#uncertain;
    this.#uncertain = new Set();
    const open = () => [...uncertain].filter(({ state }) => state === "waiting");
    let places: Awaited<ReturnType<RunnerLink["locate"]>>;
    try {
      places = await link.locate(open());
    } catch {
      for (const each of open()) this.#uncertain.add(each);
      if (!this.#closing.aborted) setTimeout(() => void this.#locateAll(link), RETRY_MS);
      return;
    }
    for (const entry of open()) {
      const isNowhere = places.get(entry.token) === "unknown" && (link.remembers || this.#isNowhere(entry.token));
      if (isNowhere) this.#owner.submit(entry);
      else this.#owner.follow(entry);
    }
  }

  /** What was not in the queue then, and what no worker has said since that it has, no one has. */
  #isNowhere(token: string): boolean {
    return this.#owner.hasHeardAll && this.#elsewhere?.has(token) === false;
  }
}
