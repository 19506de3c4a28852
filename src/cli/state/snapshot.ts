/**
 * What the pages of `workflowy state` are made of.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import type { TaskFilter } from "../../observe/api/task_view.ts";
import type { Output } from "../context.ts";

/** What is in a checkpoint, and what of it is wanted. */
export interface Snapshot {
  readonly source: string;
  /** The tasks, in the order of submission. */
  readonly records: ReadonlyMap<string, TaskRecord>;
  /** How many records belong to jobs and signals. */
  readonly others: number;
  readonly filter: TaskFilter;
  /** How many tasks are shown at most. */
  readonly limit: number;
  readonly json: boolean;
}

/** Makes what is printed. */
export type Page = (snapshot: Snapshot, output: Output) => string;
