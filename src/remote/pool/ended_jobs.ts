/**
 * Attempts that have ended a moment ago.
 *
 * @module
 */

import type { Job } from "../../core/pool.ts";

/** How many are kept at most, as each has arguments. */
const MAX_JOBS = 1_000;

/** Jobs by the tokens of their attempts, until they have aged twice: lines that they have printed may come after their outcome. */
export class EndedJobs {
  #latest = new Map<string, Job>();
  #older = new Map<string, Job>();

  add(token: string, job: Job): void {
    if (this.#latest.size >= MAX_JOBS) this.age();
    this.#latest.set(token, job);
  }

  get(token: string): Job | undefined {
    return this.#latest.get(token) ?? this.#older.get(token);
  }

  /** Forgets those that were there when this was called last. */
  age(): void {
    this.#older = this.#latest;
    this.#latest = new Map();
  }
}
