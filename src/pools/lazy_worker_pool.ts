/**
 * A pool of workers whose code is loaded with its first job: a tenth of the time that this package takes to load, which
 * programs and workers without such jobs do without. The first worker starts meanwhile.
 *
 * @module
 */

import type { Job, JobTask, Pool, PoolState, PoolWatcher } from "../core/pool.ts";
import { runDetached } from "../core/run_detached.ts";
import type { OpenWorker, StartableKind, StartedWorker } from "./channel.ts";
import { TaskGroups } from "./task_groups.ts";
import type { WorkerPool, WorkerPoolOptions } from "./worker_pool.ts";

/** A worker that was started before the pool was loaded. */
interface EarlyWorker<Started> {
  readonly worker: Started;
  readonly group: string;
  readonly taps: boolean;
}

/** Checks tasks from the start. Until the pool behind it is loaded, it keeps the jobs. */
export class LazyWorkerPool<Started extends StartedWorker> implements Pool {
  readonly maxWorkers: number;
  readonly reportsStarts = true;
  readonly #kind: StartableKind<Started>;
  readonly #options: WorkerPoolOptions;
  readonly #groups: TaskGroups;
  #pool: WorkerPool | undefined;
  #loading: Promise<void> | undefined;
  /** Those that came before the pool was loaded, in order. */
  readonly #kept = new Set<Job>();
  /** Until the pool takes it. */
  #early: EarlyWorker<Started> | undefined;
  /** With what ends it in the pool, once that is loaded. */
  readonly #watchers = new Map<PoolWatcher, Disposable | undefined>();

  constructor(kind: StartableKind<Started>, options: WorkerPoolOptions) {
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
    await undefined; // a thread takes milliseconds to start, after which no more tasks would be started in this slice
    this.#startEarly();
    try {
      const [{ WorkerPool }, connect] = await Promise.all([import("./worker_pool.ts"), this.#kind.load()]);
      const [next] = this.#kept;
      // Before the pool starts others: it does not know of this one, which counts as well.
      if (next === undefined || !this.#isFor(next, this.#taps)) await this.#endEarly();
      const open: OpenWorker = (task, listener, taps) =>
        connect(this.#takeEarly(task, taps) ?? this.#kind.start(task, taps), task, listener);
      this.#pool = new WorkerPool(this.#kind, open, this.#groups, this.#options);
    } catch (error) {
      await this.#endEarly();
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
    await this.#endEarly();
  }

  #startEarly(): void {
    const [job] = this.#kept;
    // One with a limit for its memory is watched from the first, by what is not loaded yet.
    if (job === undefined || job.options.memoryLimitMb !== undefined) return;
    const taps = this.#taps;
    try {
      this.#kind.requireRights?.(job);
      const group = this.#groups.of(job);
      this.#early = { worker: this.#kind.start(job, taps), group, taps };
    } catch {
      // The pool tries it again, and says why it cannot.
    }
  }

  /** Whether the early worker can run a task. */
  #isFor(task: JobTask, taps: boolean): boolean {
    if (this.#early?.taps !== taps) return false;
    try {
      return this.#groups.of(task) === this.#early.group;
    } catch {
      return false; // it may not run any more
    }
  }

  #takeEarly(task: JobTask, taps: boolean): Started | undefined {
    if (!this.#isFor(task, taps)) return undefined;
    const worker = this.#early?.worker;
    this.#early = undefined;
    return worker;
  }

  async #endEarly(): Promise<void> {
    const early = this.#early;
    this.#early = undefined;
    await early?.worker.end();
  }

  /** Whether one of the watchers wants to know what bodies print. */
  get #taps(): boolean {
    return [...this.#watchers.keys()].some(({ prints }) => prints);
  }

  #takeKept(): readonly Job[] {
    const jobs = [...this.#kept];
    this.#kept.clear();
    for (const job of jobs) job.abortListener = undefined;
    return jobs;
  }
}
