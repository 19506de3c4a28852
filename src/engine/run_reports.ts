/**
 * What a runner has to report: on each run, and at its end on what the program has likely overlooked.
 *
 * @module
 */

import { FAILED, type TaskStatus } from "../core/status.ts";
import type { Handle } from "./handle.ts";
import type { HandleStore } from "./handle_store.ts";
import type { StatusStore } from "./status_store.ts";

/** The handles and the counts of some tasks. */
export interface RunTasks {
  readonly handles: readonly Handle[];
  readonly counts: Record<TaskStatus, number>;
}

/** Each report counts all that is unfinished. */
const NONE_UNFINISHED = { pending: 0, ready: 0, running: 0, retrying: 0 } as const;

/** Knows which tasks a run has reported on. */
export class RunReports {
  readonly #handles: HandleStore;
  readonly #statuses: StatusStore;
  #lastSeq = 0;
  /** What the last run left unfinished: the next one reports it. */
  #left: readonly Handle[] = [];
  /** How many tasks had ended with each status by the last report. */
  #ended: Readonly<Record<TaskStatus, number>>;

  constructor(handles: HandleStore, statuses: StatusStore) {
    this.#handles = handles;
    this.#statuses = statuses;
    this.#ended = { ...statuses.counts, ...NONE_UNFINISHED };
  }

  /** The `seq` of the last handle that a run has reported. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * All tasks that finished since this was called last, and how many there are with each status.
   *
   * @param lastSeq The `seq` of the last handle.
   */
  take(lastSeq: number): RunTasks {
    const all = [...this.#left, ...this.#handles.list(this.#lastSeq)];
    const handles = all.filter(({ done }) => done);
    const counts = this.#statuses.counts;
    const since = Object.entries(counts).map(([status, count]) => [status, count - this.#ended[status as TaskStatus]]);
    this.#lastSeq = lastSeq;
    this.#left = handles.length === all.length ? [] : all.filter(({ done }) => !done);
    this.#ended = { ...counts, ...NONE_UNFINISHED };
    return { handles, counts: Object.fromEntries(since) };
  }

  /** Whether code that waits for a task gets to know of an error. */
  isKnown(error: Error): boolean {
    return this.#handles.list().some((handle) => {
      const own = handle.observed ? handle.error : undefined;
      return Error.isError(own) && (own === error || own.cause === error);
    });
  }

  /**
   * What a program that ends now has likely overlooked, in a sentence each.
   *
   * @param mayStart Whether tasks could start, so that those which did not start wait for something else.
   */
  warnings(mayStart: boolean): string[] {
    const handles = this.#handles.list(this.#lastSeq);
    const waiting = mayStart ? [] : handles.filter(({ done }) => !done);
    const failed = handles.filter(({ code, observed }) => code === FAILED && !observed);
    const found: string[] = [];
    if (waiting[0] !== undefined) {
      found.push(`${countOf(waiting)} never started: ${waiting[0].explain()}`);
    }
    if (failed[0] !== undefined) {
      const ended = failed.length === 1 ? "it" : "they";
      found.push(`${countOf(failed)} failed and nothing asked how ${ended} ended: ${failed[0].explain()}`);
    }
    return found;
  }
}

function countOf(handles: readonly Handle[]): string {
  return handles.length === 1 ? "A task" : `${handles.length} tasks`;
}
