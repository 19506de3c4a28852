/**
 * What a dashboard shows: tasks in the order of submission that change, of a runner or of a checkpoint.
 *
 * @module
 */

import type { LineView, Summary } from "./messages.ts";
import type { TaskRow } from "./task_row.ts";

/** Who is told what changes. */
export interface SourceListener<T> {
  /** A task was submitted, or is not as it was. */
  changed(task: T, isNew: boolean): void;
  /** A task has logged or printed something. */
  logged(id: string, line: LineView): void;
  /** All tasks may be others than before. */
  reset(): void;
}

/** Tasks that can be listed and watched. */
export interface TaskSource<T extends object = object> {
  /** What it is called. */
  readonly title: string;
  /** All tasks, in the order of submission. */
  tasks(): readonly T[];
  /** What a list shows of a task. */
  row(task: T): TaskRow;
  /** Calls a listener until what this returns is disposed of. */
  watch(listener: SourceListener<T>): Disposable;
  /** What is shown besides tasks, as JSON. */
  summary(): Summary;
  /**
   * Whether nothing is about to change by itself. An open connection keeps the program from ending, so that pages that watch
   * such a source are told to ask from time to time instead.
   */
  readonly isAtRest: boolean;
  /** A number that changes when something has changed. */
  readonly revision: string;
}
