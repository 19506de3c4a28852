/**
 * The port through which a runner will keep the state of its tasks beyond the life of the program. Nothing implements
 * or calls it in this version: it fixes what the two sides have to agree on.
 *
 * @module
 */

import type { TaskStatus } from "./status.ts";

/** One task, as plain data that a {@linkcode Checkpointer} keeps. */
export interface TaskRecord {
  /** The id of the task's handle, by which a later run finds the record again. */
  readonly id: string;
  /** The task's name, which with `module` leads to its body. */
  readonly name: string;
  /** URL of the module that defines the task. */
  readonly module: string | undefined;
  /** `TaskOptions.version`. */
  readonly version: string | undefined;
  /** Where the task is in its life. */
  readonly status: TaskStatus;
  /** The arguments, with ids in place of handles. */
  readonly args: readonly unknown[];
  /** The ids of the handles it depends on. */
  readonly dependsOn: readonly string[];
  /** How many attempts were started. */
  readonly attempts: number;
  /** What it returned, if it completed. */
  readonly value?: unknown;
  /** What it ended with, if it did not. */
  readonly error?: unknown;
}

/** Keeps records: rows that are written one by one, not snapshots of everything. */
export interface Checkpointer extends AsyncDisposable {
  /** Which values come back equal: those of JSON, or all that structured clone takes. */
  readonly codec: "json" | "structured";
  /** All records, in any order. */
  load(): AsyncIterable<TaskRecord>;
  /** Writes or replaces records, all or none; durable once it resolves. */
  save(records: readonly TaskRecord[]): Promise<void>;
  /** Removes records; ids that are not there are passed over. */
  delete(ids: readonly string[]): Promise<void>;
}
