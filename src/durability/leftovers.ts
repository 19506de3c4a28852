/**
 * Records of an earlier run that nothing in this one will take up.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import type { Logger } from "../core/logger.ts";
import { COMPLETED, isTerminal, type StatusCode } from "../core/status.ts";
import type { Handle } from "../engine/handle.ts";
import { codeOf, type Discarded, type EarlierRun, mayBeShared } from "./earlier_run.ts";

/** What dealing with leftovers needs of others. */
export interface LeftoverParts {
  readonly earlier: () => EarlierRun;
  readonly logger: Logger;
  /** Deletes a record. */
  delete(id: string): void;
  /** Saves that a task was cancelled. */
  cancelled(record: TaskRecord): void;
}

/** Deletes or cancels what an earlier run has left, once it is certain that nothing takes it up. */
export class Leftovers {
  readonly #parts: LeftoverParts;
  /** The ids of records for which another task stands now, as several share it. */
  readonly #replaced = new Set<string>();
  #hasWarned = false;

  constructor(parts: LeftoverParts) {
    this.#parts = parts;
  }

  /**
   * What the body of an earlier run submitted and this one did not: it was cut short there, and decided otherwise here, or
   * did not get as far.
   */
  forgetUnclaimed(handle: Handle, code: StatusCode): void {
    if (code !== COMPLETED) return this.cancelUnclaimed(handle.id); // it may run again, and submit the same
    for (const record of this.#parts.earlier().inScope(handle.id)) {
      if (record.detached === true) continue;
      if (!isTerminal(codeOf(record))) {
        if (mayBeShared(record)) continue; // it stays an orphan: who else submitted it was told that it is on record
        this.discard(record.id, "all but detached");
      } else if (this.#replaced.has(record.id)) continue;
      else if (!isFirstCountedAttempt(handle)) continue; // a failed attempt may have submitted it
      if (this.#hasWarned) continue;
      this.#hasWarned = true;
      this.#parts.logger.warn(
        `"${handle.id}" ran again and did not submit "${record.id}", which it had submitted before its program ended. ` +
          `What differs from run to run (the time, a random number, what a server says) belongs in the body of the task ` +
          `that uses it, or in a task of its own, whose result is recorded`,
      );
    }
  }

  /**
   * Cancels what the body of a task submitted in an earlier run and has not finished, as its task has ended without it. What
   * has completed below it stays on record: the task may run again.
   */
  cancelUnclaimed(id: string): void {
    for (const record of this.#parts.earlier().takeUnfinished(id)) this.#parts.cancelled(record);
  }

  /** Cancels an unfinished task of an earlier run, and what its body submitted. */
  cancel(id: string): void {
    const record = this.#parts.earlier().take(id);
    if (record === undefined) return;
    this.#parts.cancelled(record);
    this.cancelUnclaimed(id);
  }

  /**
   * Deletes the record of an unfinished task for which another one stands now: an earlier run had begun one for each of those
   * who share it.
   */
  discardReplaced(id: string): void {
    const record = this.#parts.earlier().find(id);
    if (record === undefined) return;
    this.#replaced.add(id);
    // What has ended stays: a later attempt of those who share it may begin one of its own, and find it.
    if (!isTerminal(codeOf(record))) this.discard(id, "unfinished");
  }

  /** Deletes the record of a task, and those of what its body submitted. */
  discard(id: string, which: Discarded): void {
    for (const each of this.#parts.earlier().discard(id, which)) this.#parts.delete(each);
  }
}

/** Whether all attempts of a task but the last one were cut short by the ends of their programs, and there were such. */
function isFirstCountedAttempt({ attempts, details }: Handle): boolean {
  const { uncounted = 0, history = [] } = details ?? {};
  return uncounted > 0 && attempts - uncounted === 1 && history.every(({ status }) => status === "interrupted");
}
