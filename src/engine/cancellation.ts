/**
 * Ending tasks before their bodies do: for a reason that cancels them, or with an error that fails them, and with them what
 * their bodies submitted.
 *
 * @module
 */

import { describeError, describeValue, inspectable } from "../core/describe.ts";
import { TaskCancelledError, TaskError } from "../core/errors.ts";
import type { AttemptStatus } from "../core/observations.ts";
import { CANCELLED, FAILED, READY, RETRYING } from "../core/status.ts";
import { type Attempt, attemptOf } from "./attempt.ts";
import type { Backoffs } from "./backoffs.ts";
import type { Completion } from "./completion.ts";
import { type Handle, LazyError } from "./handle.ts";
import type { Observers } from "./observers.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import { isWanted, wantingAttempt } from "./wanted.ts";

/** Who has the attempts: the executor. */
export interface AttemptOwner {
  /** Whether the program is ending: then nothing is cancelled any more. */
  readonly isEnding: boolean;
  /** Withdraws an attempt that its pool has prefetched. */
  unstage(attempt: Attempt): void;
  /** Leaves a body behind, as it cannot be stopped. */
  abandon(attempt: Attempt): void;
  /** Tells observers that an attempt has ended. */
  tellEnd(attempt: Attempt, status: AttemptStatus, error?: unknown): void;
}

/** What cancelling needs of the rest of the engine. */
export interface CancellationParts {
  readonly observers: Observers;
  readonly dispatcher: Dispatcher;
  readonly completion: Completion;
  readonly backoffs: Backoffs;
}

/** Tasks that are cancelled at once, for one reason and with one error. */
interface CancelGroup {
  readonly handles: Iterable<Handle>;
  readonly includes: (handle: Handle) => boolean;
  readonly reason: unknown;
  readonly cause: LazyError;
}

function makeGroup(handles: Iterable<Handle>, includes: CancelGroup["includes"], reason: unknown): CancelGroup {
  return { handles, includes, reason, cause: cancellation(reason) };
}

/** Ends tasks early, whatever they are doing. */
export class Cancellation {
  readonly #parts: CancellationParts;
  readonly #attempts: AttemptOwner;

  constructor(parts: CancellationParts, attempts: AttemptOwner) {
    this.#parts = parts;
    this.#attempts = attempts;
  }

  /**
   * Cancels a task, and what its body submitted.
   *
   * @returns Whether it had not finished.
   */
  cancel(handle: Handle, reason: unknown): boolean {
    const isOpen = this.#isCancellable(handle);
    if (isOpen) this.cancelTogether([handle], (each) => each === handle, reason);
    return isOpen;
  }

  /**
   * Cancels tasks, also those among them that depend on others of them, and what their bodies submitted. A list and no
   * recursion: tasks may be nested to any depth.
   *
   * @param includes Whether a task is among them.
   */
  cancelTogether(handles: Iterable<Handle>, includes: (handle: Handle) => boolean, reason: unknown): void {
    const groups: CancelGroup[] = [makeGroup(handles, includes, inspectable(reason))];
    for (let group = groups.pop(); group !== undefined; group = groups.pop()) this.#cancelGroup(group, groups);
  }

  /** Fails an unfinished task, whatever it is doing, and cancels what its body submitted. */
  fail(handle: Handle, error: unknown): void {
    if (!this.#isCancellable(handle)) return;
    const attempt = this.#endEarly(handle, FAILED, error);
    if (attempt === undefined) return;
    attempt.abort(error);
    this.cancelChildren(attempt, error);
  }

  /** Cancels what the body of an attempt submitted and no one else wants. */
  cancelChildren(attempt: Attempt, reason: unknown): void {
    if (attempt.children === undefined) return;
    const children = childrenToCancel(attempt);
    if (children.size > 0) this.cancelTogether(children, (handle) => children.has(handle), reason);
  }

  /** @param groups Where what the bodies submitted is added, to be cancelled next. */
  #cancelGroup({ handles, includes, reason, cause }: CancelGroup, groups: CancelGroup[]): void {
    this.#parts.completion.sweep({ cause, includes }, () => {
      for (const handle of handles) {
        if (!this.#isCancellable(handle)) continue;
        const attempt = this.#endEarly(handle, CANCELLED, cause);
        if (attempt === undefined) continue;
        const abortReason = reason ?? handle.error;
        attempt.abort(abortReason);
        const children = childrenToCancel(attempt);
        if (children.size === 0) continue;
        groups.push(makeGroup(children, (each) => children.has(each), abortReason));
      }
    });
  }

  /** Ends a task, whatever it is doing. Returns the attempt whose body is to be told, if there is one. */
  #endEarly(handle: Handle, code: typeof CANCELLED | typeof FAILED, reason: unknown): Attempt | undefined {
    const { completion, dispatcher, observers } = this.#parts;
    const attempt = attemptOf(handle);
    const outcome = observers.attempt !== undefined && LazyError.is(reason) ? reason.make(handle) : reason;
    if (attempt?.phase === "staged") this.#attempts.unstage(attempt);
    else if (attempt !== undefined) {
      this.#attempts.abandon(attempt);
      this.#attempts.tellEnd(attempt, code === CANCELLED ? "cancelled" : "failed", outcome);
      if (handle.done) return attempt; // an observer of its attempts cancelled it
    } else if (handle.code === RETRYING) this.#parts.backoffs.stop(handle);
    const wasInQueue = handle.code === READY && attempt === undefined;
    completion.end(handle, code, outcome);
    if (wasInQueue) dispatcher.queueOf(handle).remove(handle);
    return attempt;
  }

  #isCancellable(handle: Handle): boolean {
    return !handle.done && handle.details?.decided === undefined && !this.#attempts.isEnding;
  }
}

/** What the body of an attempt submitted and no one else wants. What others want as well belongs to them from now on. */
function childrenToCancel(attempt: Attempt): Set<Handle> {
  const own = new Set<Handle>();
  const { done, details } = attempt.handle;
  const isTriedAgain = !done && details?.decided === undefined && details?.waits !== undefined;
  for (const handle of attempt.children ?? []) {
    const submitters = handle.details?.submitters;
    submitters?.delete(attempt);
    if (isTriedAgain && handle.spec.wait !== undefined && (submitters?.size ?? 0) === 0) {
      handle.submittedBy = handle.parent;
      handle.ensureDetails().submitters = new Set(); // for the next attempt
    } else if (!isWanted(handle)) {
      own.add(handle);
      // One whose outcome is being saved cannot be cancelled any more: its key stands for it.
      if (handle.details !== undefined) handle.details.isReplaceable = handle.details.decided === undefined;
    } else if (handle.submittedBy === attempt) handle.submittedBy = wantingAttempt(handle);
  }
  return own;
}

/** The error of tasks that are cancelled for a reason. */
function cancellation(reason: unknown): LazyError {
  const because = reason === undefined ? "" : `: ${describeReason(reason)}`;
  return new LazyError(({ id, name }) =>
    new TaskCancelledError(`"${id}" was cancelled${because}`, { task: name, reason })
  );
}

function describeReason(reason: unknown): string {
  if (typeof reason === "string") return reason;
  if (reason instanceof TaskError) return reason.message;
  return reason instanceof Error ? describeError(reason) : describeValue(reason);
}
