/**
 * What the scheduler needs of a runner and its checkpoint, beyond the public API.
 *
 * @module
 */

import {
  DEFAULT_SCHEDULER,
  jobIdOf,
  type JobRunId,
  type ParsedRunId,
  parseRunId,
  runIdOf,
  schedulerStateIdOf,
  stateIdOf,
} from "../core/job_run_id.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { TaskRecord } from "../core/checkpointer.ts";
import type { Recorder } from "../durability/recorder.ts";
import { isAtRest } from "../engine/at_rest.ts";
import { currentAttempt } from "../engine/attempt.ts";
import type { Engine } from "../engine/engine.ts";
import { Handle } from "../engine/handle.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { SubmitOptions } from "../tasks/submitter.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { RunnerScheduler } from "./schedulers.ts";

/** The key of the method of a runner that returns {@linkcode JobRecords} for a scheduler. */
export const JOB_RECORDS: unique symbol = Symbol.for("workflowy.runner.job-records");

/**
 * A runner, as one of its schedulers sees it. Jobs are those of the scheduler: schedulers of other names have others.
 * Without a checkpoint nothing is known and nothing is kept.
 */
export interface JobRecords {
  /** The clock of the runner. */
  readonly clock: Clock;
  /** Where the runner writes failures and warnings. */
  readonly logger: Logger;
  /** A number from 0 to 1, for waits that are randomized. */
  readonly random: () => number;
  /** The keys of all jobs of schedulers of this name, which these add and delete. */
  readonly keys: Set<string>;
  /** Whether schedulers of this name are paused: by one of them in this program, or in an earlier one. */
  readonly isPaused: boolean;
  /** Whether the runner reports tasks that fail, or was told that they need no report. */
  readonly reportsFailures: boolean;

  /** The state of a job that an earlier program has saved; it is forgotten by this call. */
  takeState(job: string): unknown;
  /**
   * Saves the state of a job in place of the last one.
   *
   * @param completedUntil The time until which all its runs are complete, in milliseconds since the epoch: what an earlier
   * program has not finished of them is deleted, as another run stood for it.
   */
  putState(job: string, state: unknown, completedUntil: number): void;
  /** Pauses schedulers of this name, or undoes that, for later programs as well; tells those of this one. */
  setPaused(isPaused: boolean): void;
  /** Calls a function whenever schedulers of this name are paused, or are not any more, until `close()`. */
  onPaused(changed: PauseListener): void;
  /** Removes the state of a job. */
  deleteState(job: string): void;

  /**
   * Makes sure that the arguments of a task can be saved, if there is a checkpoint.
   *
   * @throws {CheckpointError} If they cannot, with the path to the value that cannot.
   */
  checkArgs(spec: TaskSpec, args: readonly unknown[]): void;
  /**
   * Submits a run, or returns its handle if it was submitted before, as from its record. What the body of its task submits
   * belongs to the run.
   *
   * @throws {Error} If the runner refuses it.
   */
  submitRun(
    run: JobRunId,
    spec: TaskSpec,
    args: readonly unknown[],
    options: SubmitOptions | undefined,
  ): TaskHandle<unknown>;
  /** Whether an earlier program has recorded a run, finished or not. */
  isOnRecord(run: JobRunId): boolean;
  /** Whether a run had finished in an earlier program. */
  hasFinished(run: JobRunId): boolean;
  /**
   * For which times a run of a job has completed, as far as that is known, in this program or an earlier one.
   *
   * @param times The times that are asked for, in milliseconds since the epoch.
   * @throws {CheckpointError} If what is on record cannot be read.
   */
  completedRuns(job: string, times: readonly number[]): Promise<ReadonlySet<number>>;
  /**
   * Says that the runs of a job that an earlier program has not finished are not orphans: the job will be due for them
   * again, or for another time that stands for them. That is not so for runs that the program asked for.
   *
   * @param isComplete Whether the job will not be due again for a time, in milliseconds since the epoch: a run for that time
   * was asked for.
   */
  claimUnfinished(job: string, isComplete: (due: number) => boolean): void;
  /** The runs that `claimUnfinished()` has claimed and that were not submitted since, by time. */
  unfinishedRuns(job: string): readonly ParsedRunId[];
  /** Lets the runner forget the oldest finished handles, as it may never be idle. */
  trim(): void;

  /** Whether the caller is the body of one of these tasks, or of one that such a body has submitted. */
  isWithin(handles: ReadonlySet<object>): boolean;
  /** Whether the caller is the body of a run, or of a task that such a body has submitted. */
  isWithinRun(run: JobRunId): boolean;

  /**
   * Whether a task certainly does nothing until a time by the computer's clock, in milliseconds since the epoch, as its next
   * attempt comes later, or those do which it waits for.
   */
  isAtRest(handle: TaskHandle<unknown>, until: number): boolean;

  /** The name of the scheduler. */
  readonly name: string;
  /** Adds the scheduler to those that its runner lists. */
  list(scheduler: RunnerScheduler): void;

  /** Starts the runner; resolves when a task has finished, with its error if it did not complete. */
  ended(handle: TaskHandle<unknown>): Promise<unknown>;

  /** Says that the scheduler has ended: its name is free. */
  close(): void;
}

/** Told that schedulers of a name are paused, or are not any more. */
type PauseListener = (isPaused: boolean) => void;

/** The schedulers of one name. */
interface NameEntry {
  schedulers: number;
  readonly keys: Set<string>;
  readonly listeners: Set<PauseListener>;
}

/** The names of the schedulers of a runner. */
export class SchedulerNames {
  /** The names of which all schedulers are paused. */
  readonly paused = new Set<string>();
  /** Those that have not ended. */
  readonly listed = new Set<RunnerScheduler>();
  readonly #entries = new Map<string, NameEntry>();

  /** Takes a name for a scheduler: the given one, which others may have, or a free one. */
  open(given: string | undefined): string {
    const name = given ?? this.#freeName();
    const entry = this.#entries.get(name);
    if (entry === undefined) this.#entries.set(name, { schedulers: 1, keys: new Set(), listeners: new Set() });
    else entry.schedulers++;
    return name;
  }

  /** The keys of the jobs of all schedulers of a name. */
  keysOf(name: string): Set<string> {
    return this.#entries.get(name)!.keys;
  }

  /** What is told when the schedulers of a name are paused. */
  listenersOf(name: string): Set<PauseListener> {
    return this.#entries.get(name)!.listeners;
  }

  /** Frees a name once all its schedulers are closed. */
  close(name: string): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined && --entry.schedulers === 0) this.#entries.delete(name);
  }

  #freeName(): string {
    if (!this.#entries.has(DEFAULT_SCHEDULER)) return DEFAULT_SCHEDULER;
    for (let count = 2;; count++) {
      const name = `${DEFAULT_SCHEDULER}-${count}`;
      if (!this.#entries.has(name)) return name;
    }
  }
}

/** Submits a task by its spec under an id of its own. */
type Submit = (
  spec: TaskSpec,
  args: readonly unknown[],
  options: SubmitOptions & { readonly id: string },
) => TaskHandle<unknown>;

/** What a runner provides for its schedulers. */
export interface JobRecordsParts {
  readonly engine: Engine;
  /** Of a runner with a checkpointer. */
  readonly recorder: Recorder | undefined;
  /** Whether the runner logs failures, or was told not to, also when it neither runs nor serves. */
  readonly logsFailures: boolean;
  readonly names: SchedulerNames;
  readonly logger: Logger;
  /** A number from 0 to 1, for waits that are randomized. */
  readonly random: () => number;
  readonly submit: Submit;
}

/** What a runner, with or without a recorder, is to one of its schedulers. */
export class RunnerJobRecords implements JobRecords {
  readonly keys: Set<string>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly #parts: JobRecordsParts;
  readonly #scheduler: string;
  /** The ids of what an earlier program has not finished, by the id of the job that it is a run of. */
  #unfinished: ReadonlyMap<string | undefined, readonly string[]> | undefined;
  /** The ids of those of them that a job of this scheduler will run again, or for which another run stands. */
  readonly #claimed = new Map<string, readonly string[]>();
  /** Those of all schedulers of this name. */
  readonly #pauseListeners: Set<PauseListener>;
  #pauseListener: PauseListener | undefined;
  #listed: RunnerScheduler | undefined;
  #isClosed = false;

  /** @param scheduler The name of the scheduler; by default a free one. */
  constructor(parts: JobRecordsParts, scheduler: string | undefined) {
    this.#parts = parts;
    this.clock = parts.engine.clock;
    this.logger = parts.logger;
    this.random = parts.random;
    this.#scheduler = parts.names.open(scheduler);
    this.keys = parts.names.keysOf(this.#scheduler);
    this.#pauseListeners = parts.names.listenersOf(this.#scheduler);
    const saved: { readonly paused?: unknown } = Object(
      parts.recorder?.take(schedulerStateIdOf(this.#scheduler))?.value,
    );
    if (saved.paused === true) parts.names.paused.add(this.#scheduler);
  }

  get isPaused(): boolean {
    return this.#parts.names.paused.has(this.#scheduler);
  }

  get reportsFailures(): boolean {
    return this.#parts.logsFailures || this.#parts.engine.isActive;
  }

  takeState(job: string): unknown {
    return this.#parts.recorder?.take(this.#stateIdOf(job))?.value;
  }

  setPaused(isPaused: boolean): void {
    const { names, recorder } = this.#parts;
    if (isPaused === this.isPaused) return;
    const id = schedulerStateIdOf(this.#scheduler);
    if (isPaused) {
      names.paused.add(this.#scheduler);
      recorder?.put(stateRecord(id, { paused: true }));
    } else {
      names.paused.delete(this.#scheduler);
      recorder?.delete(id);
    }
    for (const changed of this.#pauseListeners) changed(isPaused);
  }

  onPaused(changed: PauseListener): void {
    this.#pauseListener = changed;
    this.#pauseListeners.add(changed);
  }

  putState(job: string, state: unknown, completedUntil: number): void {
    const { recorder } = this.#parts;
    if (recorder === undefined) return;
    this.#discardClaimed(job, completedUntil);
    recorder.put(stateRecord(this.#stateIdOf(job), state));
  }

  deleteState(job: string): void {
    this.#claimed.delete(job);
    this.#parts.recorder?.delete(this.#stateIdOf(job));
  }

  checkArgs(spec: TaskSpec, args: readonly unknown[]): void {
    this.#parts.recorder?.checkArgs(spec, args);
  }

  submitRun(
    run: JobRunId,
    spec: TaskSpec,
    args: readonly unknown[],
    options: SubmitOptions | undefined,
  ): TaskHandle<unknown> {
    return this.#parts.submit(spec, args, { ...options, id: runIdOf(this.#jobIdOf(run.job), run) });
  }

  isOnRecord(run: JobRunId): boolean {
    return this.#parts.recorder?.has(runIdOf(this.#jobIdOf(run.job), run)) ?? false;
  }

  hasFinished(run: JobRunId): boolean {
    return this.#parts.recorder?.hasEnd(runIdOf(this.#jobIdOf(run.job), run)) ?? false;
  }

  async completedRuns(job: string, times: readonly number[]): Promise<ReadonlySet<number>> {
    const { engine, recorder } = this.#parts;
    const jobId = this.#jobIdOf(job);
    const timeOfId = new Map(times.map((due) => [runIdOf(jobId, { due, number: 1 }), due]));
    const completed = new Set<number>();
    for (const [id, due] of timeOfId) if (engine.find(id)?.status === "completed") completed.add(due);
    if (recorder === undefined || completed.size === timeOfId.size) return completed;
    for await (const id of recorder.completedIds()) {
      const due = timeOfId.get(id);
      if (due !== undefined) completed.add(due);
    }
    return completed;
  }

  claimUnfinished(job: string, isComplete: (due: number) => boolean): void {
    const { recorder } = this.#parts;
    if (recorder === undefined) return;
    this.#unfinished ??= Map.groupBy(recorder.unfinishedIds(), jobThatRepeats);
    const unfinished = this.#unfinished.get(this.#jobIdOf(job)) ?? [];
    const claimed = recorder.claimOrphans(unfinished.filter((id) => !isComplete(parseRunId(id)!.due)));
    if (claimed.length > 0) this.#claimed.set(job, claimed);
  }

  unfinishedRuns(job: string): readonly ParsedRunId[] {
    const ids = this.#claimed.get(job)?.filter((id) => this.#parts.recorder?.has(id)) ?? [];
    return ids.map((id) => parseRunId(id)!).sort((a, b) => a.due - b.due || a.number - b.number);
  }

  trim(): void {
    this.#parts.engine.trim();
  }

  isWithin(handles: ReadonlySet<object>): boolean {
    for (let handle = currentAttempt()?.handle; handle !== undefined; handle = handle.parent) {
      if (handles.has(handle)) return true;
    }
    return false;
  }

  isWithinRun(run: JobRunId): boolean {
    if (currentAttempt() === undefined) return false;
    const handle = this.#parts.engine.find(runIdOf(this.#jobIdOf(run.job), run));
    return handle !== undefined && this.isWithin(new Set([handle]));
  }

  isAtRest(handle: TaskHandle<unknown>, until: number): boolean {
    return handle instanceof Handle && isAtRest(handle, until);
  }

  get name(): string {
    return this.#scheduler;
  }

  list(scheduler: RunnerScheduler): void {
    this.#listed = scheduler;
    this.#parts.names.listed.add(scheduler);
  }

  ended(handle: TaskHandle<unknown>): Promise<unknown> {
    return handle instanceof Handle ? this.#parts.engine.ended(handle) : handle.exception();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#pauseListener !== undefined) this.#pauseListeners.delete(this.#pauseListener);
    if (this.#listed !== undefined) this.#parts.names.listed.delete(this.#listed);
    this.#parts.names.close(this.#scheduler);
  }

  /** Deletes what an earlier program has not finished of the runs up to a time, as another run stood for them. */
  #discardClaimed(job: string, until: number): void {
    const left = this.#claimed.get(job)?.filter((id) => {
      const isLeft = parseRunId(id)!.due > until;
      if (!isLeft) this.#parts.recorder?.discardOrphan(id);
      return isLeft;
    });
    if (left === undefined) return;
    if (left.length > 0) this.#claimed.set(job, left);
    else this.#claimed.delete(job);
  }

  #jobIdOf(job: string): string {
    return jobIdOf(this.#scheduler, job);
  }

  #stateIdOf(job: string): string {
    return stateIdOf(this.#jobIdOf(job));
  }
}

/** A record of something that is not a task. */
function stateRecord(id: string, value: unknown): TaskRecord {
  return { id, name: "schedule", status: "completed", attempts: 0, args: [], dependsOn: [], value };
}

/** The id of the job that will be due again for an unfinished run. */
function jobThatRepeats(id: string): string | undefined {
  const run = parseRunId(id);
  return run === undefined || run.isExtra ? undefined : run.jobId;
}
