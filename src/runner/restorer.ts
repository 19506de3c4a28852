/**
 * What a checkpoint knows of the tasks that are submitted.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { describeError } from "../core/describe.ts";
import { fromEnvelope } from "../serialization/envelope.ts";
import { CheckpointError } from "../core/errors.ts";
import { isTerminal, type StatusCode, STATUSES } from "../core/status.ts";
import type { Handle } from "../tasks/handle.ts";
import { findTask } from "../tasks/registry.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { Completions } from "./completions.ts";

/** Which records end a task that is submitted again, instead of running it. */
export type Kept = ReadonlySet<TaskRecord["status"]>;

/** The records of an earlier run, until their tasks are submitted. */
export class Restorer {
  readonly #completions: Completions;
  /** Milliseconds since the epoch that handles count from. */
  readonly #epoch: number;
  #records = new Map<string, TaskRecord>();
  #kept: Kept = new Set();
  /** What outlived its parent, by the parent's id. */
  #outliving = new Map<string, TaskRecord[]>();

  constructor(completions: Completions, epoch: number) {
    this.#completions = completions;
    this.#epoch = epoch;
  }

  /** Takes in the records of an earlier run. */
  begin(records: Map<string, TaskRecord>, kept: Kept): void {
    this.#records = records;
    this.#kept = kept;
    for (const record of records.values()) {
      if (record.outlives === undefined || record.parent === undefined) continue;
      const siblings = this.#outliving.get(record.parent);
      if (siblings === undefined) this.#outliving.set(record.parent, [record]);
      else siblings.push(record);
    }
  }

  /** The records whose tasks were not over and have not been submitted since. */
  get orphaned(): TaskRecord[] {
    return this.#records.values().filter(({ status }) => !isTerminal(codeOf(status))).toArray();
  }

  /** The record of a task that has not been submitted since. */
  find(id: string): TaskRecord | undefined {
    return this.#records.get(id);
  }

  /** The record of something that is no task, which is then forgotten. */
  take(id: string): TaskRecord | undefined {
    const record = this.#records.get(id);
    this.#records.delete(id);
    return record;
  }

  /** Whether a task would be over as soon as it is submitted. */
  isOver({ status }: TaskRecord): boolean {
    return this.#kept.has(status);
  }

  /** The same, of a task that is to have that id. */
  hasEndOf(id: string, spec: TaskSpec): boolean {
    const record = this.#records.get(id);
    return record !== undefined && this.isOver(record) && !isOfAnother(record, spec) &&
      this.leftBehind(id).every(isFindable);
  }

  /**
   * What is to run of what a task's body had submitted and left to itself, if that body does not run again: tasks that
   * were not over, or failed, or were cancelled. Those in turn that were left by one that has completed are among them.
   */
  leftBehind(id: string): TaskRecord[] {
    const found: TaskRecord[] = [];
    const parents = this.#outliving.has(id) ? [id] : [];
    for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
      for (const record of this.#outliving.get(parent) ?? []) {
        if (this.isOver(record)) parents.push(record.id);
        else if (this.#records.get(record.id) === record) found.push(record);
      }
    }
    return found;
  }

  /** Whether a task that is being submitted is over; if not, its record is forgotten. */
  recalls({ id, spec }: Handle): boolean {
    if (this.hasEndOf(id, spec)) return true;
    this.#records.delete(id);
    return false;
  }

  /** Ends a task as its record says. */
  restore(handle: Handle): void {
    const { status, attempts, startedAt, finishedAt, value, error } = this.#records.get(handle.id)!;
    this.#records.delete(handle.id);
    if (startedAt !== undefined) handle.startedAt = startedAt - this.#epoch;
    if (finishedAt !== undefined) handle.finishedAt = finishedAt - this.#epoch;
    handle.attempts = attempts;
    this.#completions.restore(handle, codeOf(status), error === undefined ? value : errorOf(handle, error));
  }
}

/** Whether a record is that of a task of the same name in another module: not of one that was moved, which is not there. */
function isOfAnother({ name, definedAs = name, module }: TaskRecord, spec: TaskSpec): boolean {
  return module !== undefined && module !== spec.options.module && findTask(module, definedAs) !== undefined;
}

/** Whether the task of a record is there. */
function isFindable({ name, definedAs = name, module }: TaskRecord): boolean {
  return module !== undefined && findTask(module, definedAs) !== undefined;
}

/** A task must end in any case, or its run would not. */
function errorOf({ id, name }: Handle, envelope: unknown): unknown {
  try {
    return fromEnvelope(envelope);
  } catch (cause) {
    const message = `The error that "${id}" ended with cannot be restored: ${describeError(cause)}`;
    return new CheckpointError(message, { task: name, cause });
  }
}

function codeOf(status: TaskRecord["status"]): StatusCode {
  return STATUSES.indexOf(status) as StatusCode;
}
