/**
 * A pool of workers whose code is loaded with its first job: a tenth of the time that this package takes to load, which
 * programs and workers without such jobs do without.
 *
 * @module
 */

import type { Job, JobTask, Pool, PoolState, PoolWatcher } from "../core/pool.ts";
import { runDetached } from "../core/run_detached.ts";
import type { WorkerKind } from "./channel.ts";
import { TaskGroups } from "./task_groups.ts";
import type { WorkerPool, WorkerPoolOptions } from "./worker_pool.ts";

/** Checks tasks from the start. Until the pool behind it is loaded, it keeps the jobs. */
export class LazyWorkerPool implements Pool {
  readonly maxWorkers: number;
  readonly reportsStarts = true;
  readonly #kind: WorkerKind;
  readonly #options: WorkerPoolOptions;
  readonly #groups: TaskGroups;
  #pool: WorkerPool | undefined;
  #loading: Promise<void> | undefined;
  /** Those that came before the pool was loaded, in order. */
  readonly #kept = new Set<Job>();
  /** With what ends it in the pool, once that is loaded. */
  readonly #watchers = new Map<PoolWatcher, Disposable | undefined>();

  constructor(kind: WorkerKind, options: WorkerPoolOptions) {
    this.#kind = kind;
    this.#options = options;
    this.#groups = new TaskGroups(kind);
    this.maxWorkers = options.maxWorkers;
  }

  get prefetch(): number {
    return this.#pool?.prefetch ?? 0;
  }

  get state(): PoolState {
    return this.#pool?.state ?? { workers: 0, quarantined: 0 };
  }

  check(task: JobTask, args: readonly unknown[]): void {
    this.#groups.check(task, args);
  }

  execute(job: Job): void {
    if (this.#pool !== undefined) return this.#pool.execute(job);
    this.#kept.add(job);
    job.abortListener = { onAbort: () => void this.#kept.delete(job) };
    this.#loading ??= runDetached(() => this.#load());
  }

  watch(watcher: PoolWatcher): Disposable {
    this.#watchers.set(watcher, this.#pool?.watch(watcher));
    return {
      [Symbol.dispose]: () => {
        this.#watchers.get(watcher)?.[Symbol.dispose]();
        this.#watchers.delete(watcher);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loading;
    await this.#pool?.[Symbol.asyncDispose]();
  }

  async #load(): Promise<void> {
    try {
      const [{ WorkerPool }, open] = await Promise.all([import("./worker_pool.ts"), this.#kind.load()]);
      this.#pool = new WorkerPool(this.#kind, open, this.#groups, this.#options);
    } catch (error) {
      // Without a connection it may be that the code is not there. The next job tries again.
      this.#loading = undefined;
      for (const job of this.#takeKept()) job.fail(error);
      return;
    }
    for (const watcher of this.#watchers.keys()) this.#watchers.set(watcher, this.#pool.watch(watcher));
    for (const job of this.#takeKept()) {
      try {
        this.#pool.execute(job);
      } catch (error) {
        job.fail(error);
      }
    }
  }

  #takeKept(): readonly Job[] {
    const jobs = [...this.#kept];
    this.#kept.clear();
    for (const job of jobs) job.abortListener = undefined;
    return jobs;
  }
}
