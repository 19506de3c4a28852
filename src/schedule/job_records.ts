/**
 * What the scheduler needs of a runner and its checkpoint, beyond the public API.
 *
 * {@linkcode JobRecords} is the port; nothing else in this room reaches into a runner. {@linkcode jobRecordsOf} implements
 * it by way of the runner's engine. What a runner has to provide:
 *
 * - A state for each job, which the codec can keep. It is put and deleted at once, and saved soon, in the order of the calls.
 *   The state that an earlier program has saved can be taken once.
 * - Runs. A run is a submission that belongs to a job and a due time. What its body submits belongs to the run: equal work of
 *   two runs is two pieces of work, and its records are removed with that of the run.
 * - The runs that an earlier program has left: whether one had finished; and that those that had not are no longer orphans
 *   once the job is back, as it will be due for them again.
 *
 * Without a checkpoint nothing is known and nothing is kept.
 *
 * @module
 */

import type { Engine } from "../runner/engine.ts";
import { engineOf } from "../runner/engine_of.ts";
import { inputsOf } from "../runner/records.ts";
import type { TaskRunner } from "../runner/task_runner.ts";
import { currentAttempt } from "../tasks/attempt.ts";
import type { Handle } from "../tasks/handle.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import { SUBMIT, type SubmitOptions } from "../tasks/submitter.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";

/** Which run of which job. */
export interface JobRunId {
  /** The key of the job. */
  readonly job: string;
  /** The time for which it runs, in milliseconds since the epoch. */
  readonly due: number;
}

/** A runner, as the scheduler sees it. */
export interface JobRecords {
  /** Whether the runner reports tasks that fail, or was told that they need no report. */
  readonly reportsFailures: boolean;

  /** The state of a job that an earlier program has saved; it is forgotten by this call. */
  takeState(job: string): unknown;
  /** Saves the state of a job in place of the last one. */
  putState(job: string, state: unknown): void;
  /** Removes the state of a job. */
  deleteState(job: string): void;

  /**
   * Makes sure that the arguments of a task can be saved, if there is a checkpoint.
   *
   * @throws {CheckpointError} If they cannot, with the path to the value that cannot.
   */
  checkArgs(spec: TaskSpec, args: readonly unknown[]): void;
  /**
   * Submits a run. What the body of its task submits belongs to the run.
   *
   * @throws {Error} If the runner refuses it.
   */
  submitRun(
    run: JobRunId,
    spec: TaskSpec,
    args: readonly unknown[],
    options: SubmitOptions | undefined,
  ): TaskHandle<unknown>;
  /** Removes the records of a run that has finished and of what it has submitted: the state of its job says enough. */
  releaseRun(handle: TaskHandle<unknown>): void;
  /** Whether a run had finished in an earlier program and was not released. */
  hasFinished(run: JobRunId): boolean;
  /** Removes the records of the runs of a job that an earlier program has not finished. */
  discardUnfinished(job: string): void;

  /** Whether the caller is the body of one of these tasks, or of one that such a body has submitted. */
  isWithin(handles: ReadonlySet<object>): boolean;
}

/** The id of a run of a job, or of what that run has submitted. */
const RUN_ID = /^(.*?)@[+-]?\d+-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?:~\d+)?(?:\/.*)?$/s;

/** The port of a runner; `undefined` for anything but a runner of this copy of the package. */
export function jobRecordsOf(runner: TaskRunner): JobRecords | undefined {
  const engine = engineOf(runner);
  return engine && new EngineRecords(runner, engine);
}

class EngineRecords implements JobRecords {
  readonly #runner: TaskRunner;
  readonly #engine: Engine;
  /** The ids of tasks that an earlier program has not finished, by the keys of their jobs. */
  #unfinished: Map<string, string[]> | undefined;

  constructor(runner: TaskRunner, engine: Engine) {
    this.#runner = runner;
    this.#engine = engine;
  }

  get reportsFailures(): boolean {
    return this.#engine.tellsFailures;
  }

  takeState(job: string): unknown {
    return this.#engine.journal && this.#engine.restorer.take(stateIdOf(job))?.value;
  }

  putState(job: string, state: unknown): void {
    this.#engine.journal?.note({
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
    this.#engine.journal?.forget(stateIdOf(job));
  }

  checkArgs(spec: TaskSpec, args: readonly unknown[]): void {
    const { journal } = this.#engine;
    if (journal !== undefined) inputsOf(spec, args, undefined, undefined, journal.codec);
  }

  submitRun(
    run: JobRunId,
    spec: TaskSpec,
    args: readonly unknown[],
    options: SubmitOptions | undefined,
  ): TaskHandle<unknown> {
    const handle: TaskHandle<unknown> = this.#runner[SUBMIT](spec as TaskSpec<never, unknown>, args, {
      ...options,
      key: runIdOf(run),
    });
    if (this.#engine.journal !== undefined) {
      (handle as Handle).need().errand ??= { id: handle.id, done: [], isOver: false };
    }
    return handle;
  }

  releaseRun(handle: TaskHandle<unknown>): void {
    const { journal } = this.#engine;
    const scope = (handle as Handle).details?.errand;
    journal?.forget(handle.id);
    if (scope !== undefined) {
      scope.isOver = true;
      for (const id of scope.done.splice(0)) journal?.forget(id);
    }
    // On a runner that is never idle, nothing else removes the handles.
    this.#engine.trim();
  }

  hasFinished(run: JobRunId): boolean {
    const { journal, restorer } = this.#engine;
    const record = journal && restorer.find(runIdOf(run));
    return record !== undefined && restorer.isOver(record);
  }

  discardUnfinished(job: string): void {
    const { journal, restorer } = this.#engine;
    if (journal === undefined) return;
    this.#unfinished ??= Map.groupBy(restorer.orphaned.map(({ id }) => id), (id) => RUN_ID.exec(id)?.[1] ?? "");
    for (const id of this.#unfinished.get(job) ?? []) {
      restorer.take(id);
      journal.forget(id);
    }
  }

  isWithin(handles: ReadonlySet<object>): boolean {
    for (let attempt = currentAttempt(); attempt !== undefined; attempt = attempt.handle.parent as typeof attempt) {
      if (handles.has(attempt.handle)) return true;
    }
    return false;
  }
}

function runIdOf({ job, due }: JobRunId): string {
  return `${job}@${new Date(due).toISOString()}`;
}

function stateIdOf(job: string): string {
  return `schedule:${job}`;
}
