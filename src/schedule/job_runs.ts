/**
 * The runs of jobs, from when a job is due until its task has finished.
 *
 * @module
 */

import { IdleGate } from "../core/idle_gate.ts";
import type { Logger } from "../core/logger.ts";
import { runDetached } from "../core/run_detached.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import { CompletedRanges } from "./completed_ranges.ts";
import type { Job, JobRun } from "./job.ts";
import type { JobRecords } from "../runner/job_records.ts";
import type { JobStore } from "./job_store.ts";
import { type PointInTime, timeOf } from "./point_in_time.ts";

/** A run that does nothing for longer than this, in milliseconds, as it is to be tried again then, is not waited for. */
const MAX_REST_MS = 10_000;
/** How often it is found out whether that is so, in milliseconds. */
const LOOK_MS = 1_000;

/** The parts of a scheduler that runs need. */
export interface JobRunsParts {
  readonly store: JobStore;
  readonly records: JobRecords;
  readonly logger: Logger;
  /** Whether it was not shut down yet. */
  readonly runner: { readonly open: boolean };
}

/** Starts runs as the overlap policies of their jobs say, and follows them to their end. */
export class JobRuns {
  readonly #parts: JobRunsParts;
  /** The tasks that have not finished. */
  readonly #active = new Set<TaskHandle<unknown>>();
  readonly #idle = new IdleGate();
  /** Those of them that were said not to be waited for. */
  readonly #left = new WeakSet<object>();

  constructor(parts: JobRunsParts) {
    this.#parts = parts;
  }

  /** Like {@linkcode JobRuns.start}, but an error is logged. */
  tryStart(job: Job, run: JobRun): TaskHandle<unknown> | undefined {
    try {
      return this.start(job, run);
    } catch (error) {
      this.#parts.logger.error(`Job "${job.name}" was due, but its task could not be submitted:`, error);
      return undefined;
    }
  }

  /**
   * Submits the task of a job, unless its overlap policy says to skip it or to let it wait.
   *
   * @throws {Error} If the runner refuses the task.
   */
  start(job: Job, run: JobRun): TaskHandle<unknown> | undefined {
    const { lastHandle, queue, parts: { options: { overlap } } } = job;
    const isBusy = lastHandle !== undefined && !lastHandle.done;
    if (overlap === "skip" && isBusy) {
      run.ranges.complete(run.range);
      return undefined;
    }
    if (overlap === "queue" && (isBusy || queue.size > 0)) {
      queue.push(run);
      return undefined;
    }
    if (overlap === "cancel-previous" && isBusy) job.lastRun?.abort(`"${job.name}" is due again`);
    return this.#submit(job, run);
  }

  /**
   * Submits the task of a job, whatever its overlap policy says.
   *
   * @param time A time at which the job was due; one more run now if it is `undefined`.
   * @throws {TypeError} If the job waits for events, or `time` is of a wrong kind.
   * @throws {RangeError} If `time` is not a valid time.
   * @throws {Error} If the runner refuses the task.
   */
  startNow(job: Job, time: PointInTime | undefined, now: number): TaskHandle<unknown> {
    if (job.parts.trigger === undefined) {
      throw new TypeError(`Cannot run job "${job.name}" now, as it waits for events: dispatch one`);
    }
    const run = time === undefined ? this.#new(job, () => job.extraRun(now)) : job.repeatedRun(timeOf(time));
    return this.#submit(job, run);
  }

  /**
   * Submits the task of a job for a time that has passed, the only one after `after`.
   *
   * @throws {Error} If the runner refuses the task, or its arguments cannot be made.
   */
  startBackfilled(job: Job, due: number, after: number): TaskHandle<unknown> {
    return this.#submit(job, job.backfilledRun(due, after));
  }

  /**
   * A run of a job for a time at which Deno's crons start it, which stands for all such times up to `until`. If the program
   * was started for it, the job was made after that time, and counts from then on.
   */
  runInDeno(job: Job, due: number, until: number): JobRun {
    if (until <= job.ranges.startedUntil) job.ranges = new CompletedRanges(due - 1);
    this.#parts.store.save(job);
    return job.calledRun(due, until);
  }

  /**
   * Starts the runs of a job again, one after the other, that an earlier program has not finished: up to a time, in
   * milliseconds since the epoch.
   *
   * @returns When they have finished, however they ended.
   */
  async restartUnfinished(job: Job, until: number): Promise<void> {
    const { key, options: { catchUp } } = job.parts;
    const unfinished = this.#parts.records.unfinishedRuns(key).filter(({ due }) => due <= until);
    const standsForAll = catchUp === "one";
    for (const { due, number } of standsForAll ? unfinished.slice(0, 1) : unfinished) {
      const run = { ...job.runAt(due, standsForAll ? unfinished.at(-1)!.due : due), number };
      await this.tryStart(job, run)?.exception();
    }
  }

  /** Starts a run for an event as {@linkcode JobRuns.tryStart} does. */
  startOnEvent(job: Job, now: number, args: readonly unknown[]): void {
    this.tryStart(job, this.#new(job, () => job.calledRun(now, now, args)));
  }

  /** A run that is none of an earlier program, which may have had one in the same millisecond, as clocks are set back. */
  #new(job: Job, make: () => JobRun): JobRun {
    let run = make();
    while (this.#parts.records.isOnRecord({ ...run, job: job.parts.key })) {
      run.ranges.complete(run.range);
      run = make();
    }
    return run;
  }

  /** Whether the caller is the body of a run, or of a task that such a body has submitted. */
  get isWithin(): boolean {
    return this.#parts.records.isWithin(this.#active);
  }

  /** Whether the caller is the body of the last run of a job, or of a task that such a body has submitted. */
  isWithinRunOf({ lastHandle }: Job): boolean {
    return lastHandle !== undefined && this.#parts.records.isWithin(new Set([lastHandle]));
  }

  /** Resolves when all runs have finished, except for those that are to be tried again only after a long time. */
  async untilIdle(): Promise<void> {
    const { logger, records } = this.#parts;
    const isAtRest = (handle: TaskHandle<unknown>) => records.isAtRest(handle, records.clock.now() + MAX_REST_MS);
    let isOver = false;
    records.clock.awaited?.(() => isOver);
    const timer = runDetached(() => setInterval(() => this.#idle.open(), LOOK_MS));
    Deno.unrefTimer?.(timer as unknown as number);
    await this.#idle.until(() => this.#active.values().every(isAtRest));
    isOver = true;
    clearInterval(timer);
    for (const handle of this.#active) {
      if (this.#left.has(handle)) continue;
      this.#left.add(handle);
      logger.warn(
        `The scheduler does not wait for this run: ${handle.explain()} Its runner continues with it, unless it is shut ` +
          `down before`,
      );
    }
  }

  #submit(job: Job, run: JobRun): TaskHandle<unknown> {
    let handle: TaskHandle<unknown>;
    const controller = job.parts.options.overlap === "cancel-previous" ? new AbortController() : undefined;
    try {
      // A body may call tick(), or dispatch an event: the new task must not become its child.
      handle = runDetached(() => job.parts.submit(run, controller?.signal));
    } catch (error) {
      run.ranges.complete(run.range);
      throw error;
    }
    job.lastHandle = handle;
    job.lastRun = controller;
    job.activeRuns++;
    this.#active.add(handle);
    void runDetached(() => this.#parts.records.ended(handle)).then((error) => this.#finished(job, run, handle, error));
    return handle;
  }

  #finished(job: Job, run: JobRun, handle: TaskHandle<unknown>, error: unknown): void {
    const { logger, records, runner, store } = this.#parts;
    job.activeRuns--;
    this.#active.delete(handle);
    if (handle.status === "failed" && run.reportedBy === undefined && !records.reportsFailures) {
      logger.error(`Job "${job.name}" failed: ${handle.explain()}`, error);
    }
    // A run that is cancelled by the shutdown of its runner is not done: it stays on record as unfinished.
    if (runner.open || handle.status !== "cancelled") {
      run.ranges.complete(run.range);
      store.save(job);
      records.trim();
    }
    if (runner.open) this.#startQueued(job);
    if (this.#active.size === 0) this.#idle.open();
  }

  #startQueued(job: Job): void {
    while (job.activeRuns === 0 && job.queue.size > 0) {
      const run = job.queue.shift()!;
      if (job.parts.trigger !== undefined && run.ranges.includes(run.due)) { // a backfill has run it
        run.ranges.complete(run.range);
        continue;
      }
      try {
        this.#submit(job, run);
      } catch (error) {
        this.#parts.logger.error(`Job "${job.name}" was due, but its task could not be submitted:`, error);
      }
    }
  }
}
