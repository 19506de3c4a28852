/**
 * Jobs that wait for events.
 *
 * @module
 */

import type { Job } from "./job.ts";

/** What a job listens to. */
export interface Ear {
  readonly target: EventTarget;
  readonly type: string;
  readonly listener: (event: Event) => void;
}

/** Which jobs listen: those that are active, once that was begun. */
export class Listening {
  readonly #ears = new Map<Job, Ear>();
  readonly #listening = new Set<Job>();
  #isBegun = false;

  /** Lets a job listen. */
  add(job: Job, ear: Ear): void {
    this.#ears.set(job, ear);
    this.changed(job);
  }

  begin(): void {
    this.#isBegun = true;
    for (const job of this.#ears.keys()) this.changed(job);
  }

  end(): void {
    this.#isBegun = false;
    for (const job of this.#ears.keys()) this.changed(job);
  }

  /** Sees whether a job should listen. */
  changed(job: Job): void {
    const ear = this.#ears.get(job);
    if (ear === undefined) return;
    const { target, type, listener } = ear;
    if (this.#isBegun && job.status === "active") {
      if (this.#listening.has(job)) return;
      this.#listening.add(job);
      target.addEventListener(type, listener);
    } else if (this.#listening.delete(job)) {
      target.removeEventListener(type, listener);
    }
    if (job.status === "over") this.#ears.delete(job);
  }
}
