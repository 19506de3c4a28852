/**
 * The listeners of jobs that wait for events.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import type { Logger } from "../core/logger.ts";
import type { Job } from "./job.ts";
import type { JobRuns } from "./job_runs.ts";

/** Makes the arguments of a task of an event. */
export type ArgsOfEvent = (event: Event) => readonly unknown[];

interface EventBinding {
  readonly target: EventTarget;
  readonly type: string;
  readonly listener: (event: Event) => void;
}

/** What the listeners need of their scheduler. */
export interface EventBindingsParts {
  readonly runs: JobRuns;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Listens for jobs that are active, between `start()` and `stop()`. */
export class EventBindings {
  readonly #parts: EventBindingsParts;
  readonly #bindings = new Map<Job, EventBinding>();
  readonly #listening = new Set<Job>();
  #isStarted = false;

  constructor(parts: EventBindingsParts) {
    this.#parts = parts;
  }

  /** Starts a run of a job for each event of a type, with the arguments that a mapper makes of it. */
  add(job: Job, target: EventTarget, type: string, mapper: ArgsOfEvent): void {
    this.#bindings.set(job, { target, type, listener: (event) => this.#onEvent(job, event, mapper) });
    this.update(job);
  }

  start(): void {
    this.#isStarted = true;
    for (const job of this.#bindings.keys()) this.update(job);
  }

  stop(): void {
    this.#isStarted = false;
    for (const job of this.#bindings.keys()) this.update(job);
  }

  /** Adds or removes the listener of a job whose phase may have changed. */
  update(job: Job): void {
    const binding = this.#bindings.get(job);
    if (binding === undefined) return;
    const { target, type, listener } = binding;
    if (this.#isStarted && job.phase === "active") {
      if (this.#listening.has(job)) return;
      this.#listening.add(job);
      target.addEventListener(type, listener);
    } else if (this.#listening.delete(job)) {
      target.removeEventListener(type, listener);
    }
    if (job.status === "over") this.#bindings.delete(job);
  }

  #onEvent(job: Job, event: Event, mapper: ArgsOfEvent): void {
    const now = this.#parts.clock();
    try {
      const args = mapper(event);
      if (!Array.isArray(args)) throw new TypeError(`it returned ${describeValue(args)} and no array of arguments`);
      this.#parts.runs.startOnEvent(job, now, args);
    } catch (error) {
      this.#parts.logger.error(`Job "${job.name}" missed an event, as its mapper failed:`, error);
    }
  }
}
