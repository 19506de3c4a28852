/**
 * What durability keeps about a task, beside its handle.
 *
 * @module
 */

import type { HandleRef, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import type { Handle } from "../engine/handle.ts";

/** What a task was submitted with, as it is recorded. */
export interface RecordedInputs {
  /** With `null` in place of handles. */
  readonly args: readonly unknown[];
  readonly refs: readonly HandleRef[];
  /** How the arguments can be encoded, if that is known. */
  readonly encoding?: ValueEncoding | undefined;
}

/** One of these belongs to each handle of a runner with a checkpointer. */
export class TaskState {
  /** Dropped when the task has finished and was saved. */
  inputs: RecordedInputs | undefined;
  /** The id of the task in whose scope it is: that of the body that submitted it. */
  readonly scope: string | undefined;
  /** The handle of that task, while it is unfinished. */
  parent: Handle | undefined;
  /** Whether its id is that of new work, which no record can have. */
  readonly isNewWork: boolean;
  /** Whether the body that submitted it has ended before it. */
  isDetached = false;
  /** Whether an equal submission before it may have been another function's, of the same name. */
  isAmbiguous = false;
  /** Other ids that it stands for. */
  aliases: string[] | undefined;
  /** Whether some of them came while its outcome was being saved. */
  hasNewAliases = false;
  /** The record of a finished task that ends this one, if its dependencies end as they did then. */
  candidate: TaskRecord | undefined;
  /** Its record is to be read from the checkpoint before it starts, as it is not in memory. */
  isToBeRead = false;
  /** The ids of what its bodies have submitted in this run, unless they do not run again. */
  submitted: Set<string> | undefined;
  /** What these are that did not complete, by id: what they have submitted in turn is known by them. */
  failed: Map<string, TaskState> | undefined;
  /** When its next attempt may start, in milliseconds since the epoch, as an earlier run had it. */
  retryAt: number | undefined;
  /** How often in a row its body was cut short as its program died. */
  recoveries = 0;
  /** Whether what its body returned or threw is being saved, so that nothing else of it is. */
  isEnding = false;
  /** Whether its start is recorded before its body runs: it was unfinished when an earlier program ended. */
  isRecovered = false;
  /** Whether it is unfinished and is to be saved as it is, which `SaveQueue` alone sets. */
  isUnsaved = false;
  /** Whether the checkpointer could not keep it, so that it fails and is saved without its inputs. */
  isRefused = false;
  /** Whether it was saved at least once. */
  isSaved = false;
  /** Unfinished tasks that its bodies submitted. */
  children: Set<Handle> | undefined;
  /** Finished children that the engine has released and that a further attempt may ask for, by id. */
  finished: Map<string, Handle> | undefined;

  /** Takes over what is known of the bodies that its task had in this run, under another handle. */
  continueFrom({ submitted, failed }: TaskState): void {
    this.submitted = submitted;
    this.failed = failed;
  }

  /** Whether what is on record of it, in memory or not, may end it, and so must not be overwritten. */
  get isOnRecord(): boolean {
    return this.candidate !== undefined || this.isToBeRead;
  }

  constructor(
    inputs: RecordedInputs,
    scope: string | undefined,
    parent: Handle | undefined,
    isNewWork: boolean,
  ) {
    this.inputs = inputs;
    this.scope = scope;
    this.parent = parent;
    this.isNewWork = isNewWork;
  }
}

/** The state of a handle of a runner with a checkpointer. */
export function stateOf(handle: Handle): TaskState {
  const state = handle.details?.durable;
  if (state instanceof TaskState) return state;
  throw new Error(`"${handle.id}" has no recorded state`); // a fault of the engine
}
