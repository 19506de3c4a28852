/**
 * The jobs of a scheduler.
 *
 * @module
 */

import type { Job } from "./job.ts";
import type { ResolvedJobOptions } from "./job_options.ts";

/** The jobs that have not ended, each with a name and a key of its own. */
export class JobRegistry {
  readonly #byName = new Map<string, Job>();
  /** The keys of these jobs, and of those of other schedulers that share their name with this one. */
  #keys: Set<string>;
  /**
   * For each task after which jobs were named: how many names it gave, and how many of these jobs are still there. The search
   * for a free name starts after the names given.
   */
  readonly #namesOfTask = new Map<string, { given: number; left: number }>();

  /** @param keys Where the keys of the jobs are kept. */
  constructor(keys: Set<string>) {
    this.#keys = keys;
  }

  /**
   * The name and the key for a new job.
   *
   * @throws {RangeError} If there is a job with that name or key.
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

  add(job: Job): void {
    const { name, key, options, taskName } = job.parts;
    this.#byName.set(name, job);
    this.#keys.add(key);
    if (options.name !== undefined) return;
    const names = this.#namesOfTask.get(taskName) ?? { given: 0, left: 0 };
    names.given++;
    names.left++;
    this.#namesOfTask.set(taskName, names);
  }

  delete(job: Job): void {
    const { name, key, options, taskName } = job.parts;
    if (this.#byName.get(name) !== job) return;
    this.#byName.delete(name);
    this.#keys.delete(key);
    if (options.name === undefined && --this.#namesOfTask.get(taskName)!.left === 0) this.#namesOfTask.delete(taskName);
  }

  has(job: Job): boolean {
    return this.#byName.get(job.name) === job;
  }

  /** Frees the keys of all jobs for other schedulers. */
  close(): void {
    const keys = Array.from(this.#byName.values(), ({ parts: { key } }) => key);
    for (const key of keys) this.#keys.delete(key);
    this.#keys = new Set(keys);
  }

  /** The jobs in the order in which they were made. */
  [Symbol.iterator](): Iterator<Job> {
    return this.#byName.values();
  }

  #freeName(task: string): string {
    const names = this.#namesOfTask.get(task);
    if (names === undefined && !this.#isTaken(task)) return task;
    for (let count = Math.max(2, (names?.given ?? 0) + 1);; count++) {
      const name = `${task}-${count}`;
      if (!this.#isTaken(name)) return name;
    }
  }

  #isTaken(name: string): boolean {
    return this.#byName.has(name) || this.#keys.has(name);
  }
}
