/**
 * The jobs of a scheduler.
 *
 * @module
 */

import type { Job } from "./job.ts";
import type { ResolvedJobOptions } from "./job_options.ts";

/** Which jobs there are, each under a name and a key of its own. Jobs that are over are taken out. */
export class JobBook {
  readonly #byName = new Map<string, Job>();
  readonly #keys = new Set<string>();
  /** How many jobs were called after a task while one of these was there: a search for a free name begins there. */
  readonly #called = new Map<string, { given: number; there: number }>();
  /** The tasks after which jobs are called. */
  readonly #namesakes = new WeakMap<Job, string>();

  /**
   * What a job is to be called, and its key.
   *
   * @throws {RangeError} If there is a job of that name or key.
   */
  nameFor({ name, key }: ResolvedJobOptions, task: string): { readonly name: string; readonly key: string } {
    if (name !== undefined && this.#byName.has(name)) {
      throw new RangeError(`There is a job "${name}" already: give this one another name`);
    }
    if (key !== undefined && this.#keys.has(key)) {
      throw new RangeError(`There is a job with the key "${key}" already: give this one another key`);
    }
    const found = name ?? this.#freeName(task);
    if (key === undefined && this.#keys.has(found)) {
      throw new RangeError(`There is a job with the key "${found}" already: give this one another name, or a key`);
    }
    return { name: found, key: key ?? found };
  }

  add(job: Job, task: string): void {
    const { name, key, options } = job.parts;
    this.#byName.set(name, job);
    this.#keys.add(key);
    if (options.name !== undefined) return;
    const called = this.#called.get(task) ?? { given: 0, there: 0 };
    called.given++;
    called.there++;
    this.#called.set(task, called);
    this.#namesakes.set(job, task);
  }

  delete(job: Job): void {
    const { name, key } = job.parts;
    if (this.#byName.get(name) !== job) return;
    this.#byName.delete(name);
    this.#keys.delete(key);
    const task = this.#namesakes.get(job);
    if (task !== undefined && --this.#called.get(task)!.there === 0) this.#called.delete(task);
  }

  /** In the order in which they were made. */
  [Symbol.iterator](): Iterator<Job> {
    return this.#byName.values();
  }

  #freeName(task: string): string {
    const called = this.#called.get(task);
    if (called === undefined && !this.#isTaken(task)) return task;
    for (let count = Math.max(2, (called?.given ?? 0) + 1);; count++) {
      const name = `${task}-${count}`;
      if (!this.#isTaken(name)) return name;
    }
  }

  #isTaken(name: string): boolean {
    return this.#byName.has(name) || this.#keys.has(name);
  }
}
