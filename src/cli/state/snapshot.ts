/**
 * What the pages of `workflowy state` are made of.
 *
 * @module
 */

import type { ErrorForm } from "../../observe/api/json_form.ts";
import type { AttemptView, TaskDetails, TaskFilter, TaskView } from "../../observe/api/task_view.ts";
import type { Output } from "../context.ts";

/** A task, be it on record or in a program that runs. */
export interface StateTask {
  readonly view: TaskView;
  /** Its idempotency key, if that is another one than its id. */
  readonly key: string | undefined;
  /** Why it has its status, in a sentence. */
  readonly why: string;
  /** The same without the name of the task, for a list where that stands beside it. */
  readonly reason: string;
  readonly dependsOn: readonly string[];
  readonly history: readonly AttemptView[];
  /** What it failed with, if it failed with an error. */
  readonly error: ErrorForm | undefined;
  /** Whether it failed as one of its dependencies did. */
  readonly isConsequence: boolean;
  details(): Promise<TaskDetails>;
  /** What else is known, by its name. */
  readonly facts: Readonly<Record<string, string | undefined>>;
}

/** What is in a checkpoint or a program, and what of it is wanted. */
export interface Snapshot {
  readonly source: string;
  /** Whether these are the tasks of a program that runs, and not what is on record. */
  readonly isLive: boolean;
  /** The tasks, in the order of submission. */
  readonly tasks: ReadonlyMap<string, StateTask>;
  /** How many records belong to jobs and signals. */
  readonly others: number;
  readonly filter: TaskFilter;
  /** How many tasks are shown at most. */
  readonly limit: number;
  readonly json: boolean;
}

/** Makes what is printed. */
export type Page = (snapshot: Snapshot, output: Output) => string;

/** Where tasks come from. */
export interface StateSource {
  /** As the user named it. */
  readonly name: string;
  readonly isLive: boolean;
  /** Reads all tasks. */
  read(): Promise<Pick<Snapshot, "tasks" | "others">>;
  /** Something that is another value whenever a file has changed; `undefined` where only reading tells. */
  version(): string | undefined;
}
