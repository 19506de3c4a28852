/**
 * What the scheduler needs of a runner and its checkpoint, beyond the public API.
 *
 * @module
 */

import type { Recorder } from "../durability/recorder.ts";
import { currentAttempt } from "../engine/attempt.ts";
import type { Engine } from "../engine/engine.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { SubmitOptions } from "../tasks/submitter.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";

/** The key of the method of a runner that returns its {@linkcode JobRecords}. */
export const JOB_RECORDS: unique symbol = Symbol.for("workflowy.runner.job-records");

/** Which run of which job. */
export interface JobRunId {
  /** The key of the job. */
  readonly job: string;
  /** The time for which it runs, in milliseconds since the epoch. */
  readonly due: number;
}

/** A runner, as the scheduler sees it. Without a checkpoint nothing is known and nothing is kept. */
export interface JobRecords {
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
  /** Whether a run had finished in an earlier program. */
  hasFinished(run: JobRunId): boolean;
  /**
   * Says that the runs of a job that an earlier program has not finished are not orphans: the job will be due for them
   * again, or for another time that stands for them.
   */
  claimUnfinished(job: string): void;
  /** Lets the runner forget the oldest finished handles, as it may never be idle. */
  trim(): void;

  /** Whether the caller is the body of one of these tasks, or of one that such a body has submitted. */
  isWithin(handles: ReadonlySet<object>): boolean;
}

/** Submits a task by its spec under an id of its own. */
type Submit = (
  spec: TaskSpec,
  args: readonly unknown[],
  options: SubmitOptions & { readonly id: string },
) => TaskHandle<unknown>;

/** What a runner without a recorder, or with one, is to a scheduler. */
export class RunnerJobRecords implements JobRecords {
  readonly #engine: Engine;
  readonly #recorder: Recorder | undefined;
  readonly #logsFailures: boolean;
  readonly #submit: Submit;
  /** The ids of runs that an earlier program has not finished, by job. */
  readonly #claimed = new Map<string, readonly string[]>();
  /** The last run of each job, and how many of that time there were. */
  readonly #lastRuns = new Map<string, { readonly due: number; readonly count: number }>();

  /** @param logsFailures Whether the runner logs failures, or was told not to, also when it neither runs nor serves. */
  constructor(engine: Engine, recorder: Recorder | undefined, logsFailures: boolean, submit: Submit) {
    this.#engine = engine;
    this.#recorder = recorder;
    this.#logsFailures = logsFailures;
    this.#submit = submit;
  }

  get reportsFailures(): boolean {
    return this.#logsFailures || this.#engine.isActive;
  }

  takeState(job: string): unknown {
    return this.#recorder?.take(stateIdOf(job))?.value;
  }

  putState(job: string, state: unknown, completedUntil: number): void {
    if (this.#recorder === undefined) return;
    const claimed = this.#claimed.get(job) ?? [];
    for (const id of claimed) if (dueOf(id) <= completedUntil) this.#recorder.discardOrphan(id);
    this.#recorder.put({
      id: stateIdOf(job),
      name: "schedule",
      status: "completed",
      attempts: 0,
      args: [],
      dependsOn: [],
      value: state,
    });
  }

  deleteState(job: string): void {
    this.#recorder?.delete(stateIdOf(job));
  }

  checkArgs(spec: TaskSpec, args: readonly unknown[]): void {
    this.#recorder?.checkArgs(spec, args);
  }

  submitRun(
    run: JobRunId,
    spec: TaskSpec,
    args: readonly unknown[],
    options: SubmitOptions | undefined,
  ): TaskHandle<unknown> {
    const last = this.#lastRuns.get(run.job);
    const count = last?.due === run.due ? last.count + 1 : 1; // several events may come in one millisecond
    this.#lastRuns.set(run.job, { due: run.due, count });
    const id = count === 1 ? runIdOf(run) : `${runIdOf(run)}~${count}`;
    return this.#submit(spec, args, { ...options, id });
  }

  hasFinished(run: JobRunId): boolean {
    return this.#recorder?.hasEnd(runIdOf(run)) ?? false;
  }

  claimUnfinished(job: string): void {
    if (this.#recorder === undefined) return;
    this.#claimed.set(job, this.#recorder.claimOrphans((id) => RUN_ID.exec(id)?.[1] === job));
  }

  trim(): void {
    this.#engine.trim();
  }

  isWithin(handles: ReadonlySet<object>): boolean {
    for (let attempt = currentAttempt(); attempt !== undefined; attempt = attempt.handle.parent as typeof attempt) {
      if (handles.has(attempt.handle)) return true;
    }
    return false;
  }
}

/** No key leads to such an id: see `idOfKey()`. */
const RUN_ID = /^(.*)@([+-]?\d+-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)(?:~\d+)?$/s;

function dueOf(id: string): number {
  return Date.parse(RUN_ID.exec(id)?.[2] ?? "");
}

function runIdOf({ job, due }: JobRunId): string {
  return `${job}@${new Date(due).toISOString()}`;
}

function stateIdOf(job: string): string {
  return `schedule:${job}`;
}
