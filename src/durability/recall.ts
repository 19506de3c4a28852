/**
 * What the record of an earlier run means for a task that is submitted again: it ends the task, or the task continues from
 * there.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { describeError } from "../core/describe.ts";
import { CheckpointError, TaskCancelledError, TaskInterruptedError } from "../core/errors.ts";
import { listLinks } from "../core/graph.ts";
import { About } from "../core/log_format.ts";
import type { Logger } from "../core/logger.ts";
import { CANCELLED, isTerminal } from "../core/status.ts";
import type { DurabilityHost, RecordedEnd, Release } from "../engine/durability.ts";
import { atDefinition } from "../engine/error_place.ts";
import type { Handle } from "../engine/handle.ts";
import { fromEnvelope } from "../serialization/envelope.ts";
import { codeOf, type EarlierRun } from "./earlier_run.ts";
import { beginRound, continueFrom, lostDependencies } from "./record.ts";
import { isTimedOut } from "./signal_records.ts";
import { stateOf, type TaskState } from "./task_state.ts";

/** What recalling needs of others. */
export interface RecallParts {
  readonly host: () => DurabilityHost;
  readonly earlier: () => EarlierRun;
  readonly logger: Logger;
  /** Where it is noted that a task starts again after its program died, if it is. */
  readonly detailLogger: Logger | undefined;
}

/** Compares tasks with what an earlier run recorded of them. */
export class Recall {
  readonly #parts: RecallParts;
  #hasWarnedOfNamesakes = false;

  constructor(parts: RecallParts) {
    this.#parts = parts;
  }

  /** How a task continues that was cut short, or waited for its next attempt: it may start now, later, or not again. */
  continue(handle: Handle, state: TaskState): Release {
    const { maxRecoveries } = handle.spec.options;
    if (state.recoveries > maxRecoveries) return { failure: interruptedError(handle, state.recoveries) };
    const { retryAt } = state;
    state.retryAt = undefined;
    return retryAt !== undefined && retryAt > this.#parts.host().clock.now() ? { retryAt } : "go";
  }

  /** How a record ends its task; `undefined` if what the task depends on has ended in another way than it had then. */
  end(handle: Handle, record: TaskRecord): RecordedEnd | undefined {
    const isCertain = handle.details?.decided !== undefined || hasSameLosses(handle, record);
    return isCertain ? this.#endOf(handle, record) : undefined;
  }

  /** Gives a task that was submitted what its record has: a candidate for its end, or its attempts so far. */
  match(handle: Handle, state: TaskState, record: TaskRecord): void {
    const aliases = new Set([...record.aliases ?? [], ...state.aliases ?? []]);
    if (aliases.size > 0) state.aliases = [...aliases];
    if (record.ambiguous === true) state.isAmbiguous = true;
    if (this.isAnswer(record, state)) {
      state.candidate = record;
      const isCertain = listLinks(handle.dependencies).every(({ done }) => done) && hasSameLosses(handle, record);
      if (isCertain) handle.ensureDetails().decided = "by an earlier run";
    } else if (isTerminal(codeOf(record))) beginRound(handle, record);
    else {
      const hasSurvived = record.status === "running" && this.#parts.host().survives(handle);
      continueFrom(handle, state, record, this.#parts.host().epoch, hasSurvived);
      if (record.status === "running" && !hasSurvived) this.#noteRecovery(handle, state);
    }
  }

  #noteRecovery(handle: Handle, { recoveries }: TaskState): void {
    const count = recoveries < 2 ? "" : `, ${recoveries} times in a row by now`;
    const message = `It starts again, as its program ended in attempt ${handle.attempts}${count}`;
    this.#parts.detailLogger?.info(new About(handle, handle.attempts, true), message);
  }

  /** Whether a record ends the task that is submitted under its id. */
  isAnswer(record: TaskRecord, { parent }: TaskState): boolean {
    // What a body saw time out stays so for it, until its task has ended.
    const isKnownToBody = isTimedOut(record) && parent !== undefined && stateOf(parent).isRecovered;
    if (!this.#parts.earlier().ends(record) && !isKnownToBody) return false;
    if (!this.#parts.earlier().isAmbiguous(record)) return true;
    if (!this.#hasWarnedOfNamesakes) {
      this.#hasWarnedOfNamesakes = true;
      this.#parts.logger.warn(
        `"${record.id}" runs again, although a result is on record: it may be that of another function with the name ` +
          `"${record.name}". Give each function a name of its own`,
      );
    }
    return false;
  }

  #endOf(handle: Handle, record: TaskRecord): RecordedEnd {
    const { epoch } = this.#parts.host();
    continueFrom(handle, stateOf(handle), record, epoch);
    if (record.finishedAt !== undefined) handle.finishedMs = record.finishedAt - epoch;
    handle.worker = record.worker;
    stateOf(handle).isSaved = true;
    const code = codeOf(record);
    if (record.error !== undefined) return { code, outcome: errorOf(handle, record.error) };
    return { code, outcome: code === CANCELLED ? cancelledError(handle) : record.value };
  }
}

/** Whether the dependencies of a task ended as they did when its record was written. */
function hasSameLosses(handle: Handle, { lost = {} }: TaskRecord): boolean {
  const now = lostDependencies(handle) ?? {};
  return listLinks(handle.dependencies).every(({ id }) => now[id] === lost[id]);
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

/** Records do not say why a task was cancelled. */
function cancelledError({ id, name }: Handle): TaskCancelledError {
  return new TaskCancelledError(`"${id}" was cancelled`, { task: name });
}

function interruptedError(handle: Handle, recoveries: number): TaskInterruptedError {
  const times = recoveries === 1 ? "once" : `${recoveries} times in a row`;
  const message = `"${handle.id}" was cut short ${times}, as its program ended while its body ran: it may be what ` +
    `ends it. Mend it, or raise maxRecoveries`;
  return atDefinition(new TaskInterruptedError(message, { task: handle.name }), handle);
}
