/**
 * Up to when jobs have done their work, on record.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import type { Engine } from "../runner/engine.ts";
import { inputsOf } from "../runner/records.ts";
import type { Handle } from "../tasks/handle.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { Job } from "./job.ts";
import { Progress, type Stretch } from "./progress.ts";

/**
 * The id of a job's task: the job's key, the time at which it was due, and a number if there were several; or of what that
 * task has submitted.
 */
const ID = /^(.*?)@[+-]?\d+-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?:~\d+)?(?:\/.*)?$/s;

/** What is known of a job from an earlier run. */
export interface FireMark {
  /** What the job's times are counted from, in milliseconds since the epoch, if that matters. */
  readonly anchor: number | undefined;
  readonly progress: Progress;
}

/** The marks of jobs, in the checkpoint of a runner; without one, nothing is known and nothing is kept. */
export class FireLog {
  readonly #engine: Engine;
  /** The ids of tasks that an earlier run did not end, by the keys of their jobs. */
  #unfinished: Map<string, string[]> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * What is known of a job. The tasks that it had not ended are no orphans from now on: it will be due for them again, or
   * for what stands for them.
   */
  find(key: string): FireMark | undefined {
    const { restorer, journal } = this.#engine;
    if (journal === undefined) return undefined;
    const mark = markOf(restorer.take(idOf(key)));
    if (mark === undefined) return undefined;
    this.#unfinished ??= Map.groupBy(restorer.orphaned.map(({ id }) => id), (id) => ID.exec(id)?.[1] ?? "");
    for (const id of this.#unfinished.get(key) ?? []) {
      restorer.take(id);
      journal.forget(id);
    }
    return mark;
  }

  /**
   * Whether an earlier run has ended the job's task for that time, and was itself ended before it could say what else the
   * task stood for: nothing of that is certain to be done.
   */
  knowsEndOf(job: Job, due: number): boolean {
    const { journal, restorer } = this.#engine;
    if (journal === undefined || !job.isOnRecord) return false;
    const record = restorer.find(job.idAt(due));
    return record !== undefined && restorer.isOver(record);
  }

  /**
   * Makes sure that a task's arguments can be put on record, if that is done.
   *
   * @throws {CheckpointError} If they cannot; the message names the path to what cannot.
   */
  checkArgs(spec: TaskSpec, args: readonly unknown[]): void {
    const { journal } = this.#engine;
    if (journal !== undefined) inputsOf(spec, args, undefined, undefined, journal.codec);
  }

  /** Keeps how far a job is, if that is to be kept. */
  keep(job: Job): void {
    if (!job.isOnRecord) return;
    const { parts: { key, trigger }, progress: { done: until, further } } = job;
    const anchor = trigger?.anchor;
    this.#engine.journal?.note({
      id: idOf(key),
      name: "schedule",
      status: "completed",
      attempts: 0,
      args: [],
      dependsOn: [],
      value: { ...(anchor !== undefined && { anchor }), until, ...(further.length > 0 && { further: [...further] }) },
    });
  }

  /** Removes the mark of a job. */
  drop(key: string): void {
    this.#engine.journal?.forget(idOf(key));
  }

  /** Has what a task's body submits be part of it, and not of what the job is due for at another time. */
  begin(handle: TaskHandle<unknown>): void {
    if (this.#engine.journal === undefined) return;
    (handle as Handle).need().errand ??= { id: handle.id, done: [], isOver: false };
  }

  /**
   * Removes the record of a task that is over, and those of what it submitted: what it was for is done, and the job will be
   * due forever. So will the handles be too many, if there is no end to run and report.
   */
  end(handle: TaskHandle<unknown>): void {
    const { journal } = this.#engine;
    const errand = (handle as Handle).details?.errand;
    journal?.forget(handle.id);
    if (errand !== undefined) {
      errand.isOver = true;
      for (const id of errand.done.splice(0)) journal?.forget(id);
    }
    this.#engine.trim();
  }
}

function idOf(key: string): string {
  return `schedule:${key}`;
}

function markOf(record: TaskRecord | undefined): FireMark | undefined {
  const { anchor, until, further }: Record<string, unknown> = Object(record?.value);
  if (!isTime(until)) return undefined;
  const stretches = Array.isArray(further) ? further.filter(isStretch) : [];
  return { anchor: isTime(anchor) ? anchor : undefined, progress: new Progress(until, stretches) };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isStretch(value: unknown): value is Stretch {
  return Array.isArray(value) && value.length === 2 && value.every(isTime);
}
