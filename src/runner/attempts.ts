/**
 * An attempt from its start to what becomes of it: context, deadline, body, verdict.
 *
 * @module
 */

import type { Timers } from "../core/timers.ts";
import { describeError, describeValue } from "../core/describe.ts";
import { TaskCancelledError, TaskError, TaskTimeoutError } from "../core/errors.ts";
import { type Failure, settle } from "../core/settle.ts";
import { CANCELLED, COMPLETED, FAILED, READY, RETRYING, RUNNING } from "../core/status.ts";
import type { Lane } from "../pools/lane.ts";
import { Attempt, attemptOf, type AttemptOwner } from "../tasks/attempt.ts";
import { ErrorOnDemand, type Handle } from "../tasks/handle.ts";
import type { Completions } from "./completions.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Ledger } from "./ledger.ts";
import type { Waits } from "./waits.ts";

/** How long a pool may need to end a body that runs in a worker, in milliseconds. */
const LONGEST_END_MS = 3_000;

/** An alarm that is later than this, in milliseconds, was kept from ringing. */
const LATE_MS = 20;

/** What attempts need of the rest of the runner. */
export interface AttemptParts {
  readonly owner: AttemptOwner;
  readonly alarms: Timers;
  readonly ledger: Ledger;
  readonly dispatcher: Dispatcher;
  readonly completions: Completions;
  readonly waits: Waits;
}

/** Starts attempts and ends them. */
export class Attempts {
  readonly #parts: AttemptParts;
  /** Bodies that still run although their handles went on without them. */
  #abandoned = 0;
  /** While the program is ending: bodies that were told to end, and have not. */
  #ending: Set<Attempt> | undefined;
  readonly #quiet = Promise.withResolvers<void>();

  constructor(parts: AttemptParts) {
    this.#parts = parts;
  }

  /** How many bodies still run although their handles went on without them. */
  get abandoned(): number {
    return this.#abandoned;
  }

  /**
   * Makes an attempt at a ready task, for which a slot was taken, or a place in the pool's line.
   *
   * @param now Milliseconds since the epoch.
   */
  start(handle: Handle, lane: Lane, now: number): void {
    const attempt = new Attempt(this.#parts.owner, handle);
    handle.attempt = attempt;
    if (lane.stages) attempt.phase = "staged";
    else if (!this.#begin(attempt, now)) return;
    try {
      const executing = lane.pool.execute(attempt);
      if (executing instanceof Promise) executing.catch((error) => attempt.fail(error));
    } catch (error) {
      attempt.fail(error); // a pool should not throw, but its task must not hang for it
    }
  }

  /**
   * Tells all bodies to end, as the program does. Those that end with a value have completed; what else becomes of them no
   * longer counts.
   *
   * @returns When they have ended.
   */
  interrupt(handles: Iterable<Handle>, reason: unknown): Promise<void> {
    const attempts = [...handles].flatMap((handle) => attemptOf(handle) ?? []);
    this.#ending = new Set(attempts.filter(({ phase }) => phase !== "staged"));
    for (const attempt of attempts) {
      if (attempt.phase === "staged") this.#unstage(attempt);
      attempt.abort(reason);
    }
    if (this.#ending.size === 0) this.#quiet.resolve();
    return this.#quiet.promise;
  }

  /** Takes the word of a pool that the body of an attempt begins; returns whether it still may. */
  began(attempt: Attempt): boolean {
    if (attempt.phase !== "staged") return attempt.phase === "running";
    this.#parts.dispatcher.laneOf(attempt.handle).begin(attempt.handle);
    attempt.phase = "running";
    return this.#begin(attempt, Date.now());
  }

  /**
   * Ends tasks as cancelled, also those among them that depend on others of them.
   *
   * @param includes Whether a task is among them.
   */
  cancelTogether(handles: Iterable<Handle>, includes: (handle: Handle) => boolean, reason: unknown): void {
    const cause = cancellation(reason);
    this.#parts.completions.sweep({ cause, includes }, () => {
      for (const handle of handles) this.cancel(handle, reason, cause);
    });
  }

  /** Takes the value of a body. */
  completed(attempt: Attempt, value: unknown): void {
    if (attempt.phase === "staged") this.began(attempt);
    if (attempt.phase === "aborted") return this.#lastWord(attempt);
    if (this.#isLate(attempt)) return this.#finish(attempt, { kind: "timed-out", error: timeoutError(attempt.handle) });
    this.#conclude(attempt);
    this.#parts.completions.end(attempt.handle, COMPLETED, value);
    this.#parts.dispatcher.pump();
  }

  /** Takes the error of a body. */
  failed(attempt: Attempt, error: unknown): void {
    if (attempt.phase === "staged") this.began(attempt);
    if (attempt.phase === "aborted") return this.#lastWord(attempt);
    const isLate = this.#isLate(attempt);
    this.#finish(
      attempt,
      isLate ? { kind: "timed-out", error: timeoutError(attempt.handle, error) } : { kind: "failed", error },
    );
  }

  /** Takes the word of a pool that it ended a body that was out of time. */
  expired(attempt: Attempt): void {
    if (attempt.phase === "aborted") return this.#lastWord(attempt);
    this.#finish(attempt, { kind: "timed-out", error: timeoutError(attempt.handle) });
  }

  /**
   * Ends a task as cancelled.
   *
   * @param cause Its error, shared where many are cancelled at once; by default one for this handle.
   * @returns Whether it was not over yet.
   */
  cancel(handle: Handle, reason: unknown, cause: ErrorOnDemand = cancellation(reason)): boolean {
    if (handle.done || handle.details?.sealed !== undefined || this.#ending !== undefined) return false;
    const { alarms, completions, dispatcher } = this.#parts;
    const attempt = attemptOf(handle);
    if (attempt?.phase === "staged") this.#unstage(attempt);
    else if (attempt !== undefined) this.#abandon(attempt);
    else if (handle.code === RETRYING) this.#stopBackoff(handle, alarms);
    const wasInQueue = handle.code === READY && attempt === undefined;
    completions.end(handle, CANCELLED, cause);
    if (wasInQueue) dispatcher.laneOf(handle).forget(handle);
    if (attempt !== undefined) this.#signalAbort(attempt, reason ?? handle.error);
    return true;
  }

  /** Returns whether the body may begin, its task being on record as running. */
  #begin(attempt: Attempt, now: number): boolean {
    const { owner, alarms, ledger } = this.#parts;
    const { handle } = attempt;
    handle.attempts++;
    handle.startedAt = now - owner.epoch;
    ledger.apply(handle, RUNNING);
    if (attempt.phase !== "running") { // a listener cancelled it
      this.#lastWord(attempt);
      return false;
    }
    const { timeout } = handle.spec.options;
    if (timeout !== undefined) attempt.deadline = alarms.set(timeout, () => this.#runOut(attempt));
    return true;
  }

  /** Takes an attempt back that its pool has in line. */
  #unstage(attempt: Attempt): void {
    const { dispatcher } = this.#parts;
    const { handle } = attempt;
    const lane = dispatcher.laneOf(handle);
    attempt.phase = "over";
    handle.attempt = undefined;
    lane.unstage(handle);
    dispatcher.touch(lane);
  }

  #finish(attempt: Attempt, failure: Failure): void {
    this.#conclude(attempt);
    if (this.#ending === undefined) this.#judge(attempt, failure);
    if (failure.kind === "timed-out") this.#cancelChildren(attempt, failure.error);
    this.#parts.dispatcher.pump();
  }

  /** The body is over; what that makes possible is started by a `pump()` that follows. */
  #conclude(attempt: Attempt): void {
    this.#parts.dispatcher.expectPump();
    this.#leave(attempt);
    attempt.phase = "over";
    if (this.#ending?.delete(attempt) && this.#ending.size === 0) this.#quiet.resolve();
  }

  /** A body that kept the event loop to itself has kept its alarm from ringing. Others keep their own time. */
  #isLate({ deadline, handle }: Attempt): boolean {
    const { alarms, dispatcher } = this.#parts;
    return deadline !== undefined && alarms.overdueMs(deadline) >= 0 && !dispatcher.laneOf(handle).stages;
  }

  /** The body of an attempt that was left to itself has ended. */
  #lastWord(attempt: Attempt): void {
    attempt.phase = "over";
    this.#abandoned--;
    this.#lingeringOver(attempt);
  }

  #runOut(attempt: Attempt): void {
    if (this.#ending !== undefined) return;
    const { alarms, dispatcher } = this.#parts;
    const { handle, deadline } = attempt;
    const late = deadline === undefined ? 0 : alarms.overdueMs(deadline);
    if (late > LATE_MS && dispatcher.laneOf(handle).stages) {
      // Where this program was too busy for the alarm, it was so for what the pool has to say.
      attempt.deadline = alarms.set(LATE_MS, () => this.#runOut(attempt));
      return;
    }
    const error = timeoutError(handle);
    this.#abandon(attempt);
    handle.need().lingering = attempt;
    this.#judge(attempt, { kind: "timed-out", error });
    this.#signalAbort(attempt, error);
  }

  #judge(attempt: Attempt, failure: Failure): void {
    const { handle } = attempt;
    const verdict = settle(handle.spec.options, failure, handle.attempts, Date.now(), Math.random);
    if (handle.done) return; // the task's retry policy cancelled it
    if (verdict.kind === "fail") {
      this.#parts.completions.end(handle, FAILED, verdict.error);
    } else {
      this.#retry(handle, failure.error, verdict.delayMs);
      this.#cancelChildren(attempt, failure.error); // the next attempt submits its own
    }
  }

  #retry(handle: Handle, error: unknown, delayMs: number): void {
    const { alarms, dispatcher, ledger } = this.#parts;
    const details = handle.need();
    details.lastError = error;
    const waits = delayMs > 0 || details.lingering !== undefined;
    if (waits) details.backoff = alarms.set(delayMs, () => this.#backoffOver(handle));
    ledger.apply(handle, RETRYING);
    if (!waits && handle.code === RETRYING) dispatcher.ready(handle);
  }

  #backoffOver(handle: Handle): void {
    const { alarms, dispatcher } = this.#parts;
    const details = handle.need();
    const usedMs = details.backoff?.delayMs ?? 0;
    details.backoff = undefined;
    if (details.lingering === undefined) {
      dispatcher.ready(handle);
      return;
    }
    // The body that ran out of time is still at it. It gets as long again as it was allowed to take, and at least as
    // long as a pool needs to end it; its successor must not run beside it.
    const { timeout = 0 } = handle.spec.options;
    const grace = dispatcher.laneOf(handle).stages ? Math.max(timeout, LONGEST_END_MS) : timeout;
    details.grace = alarms.set(Math.max(0, grace - usedMs), () => this.#giveUpOn(handle));
  }

  #giveUpOn(handle: Handle): void {
    const details = handle.need();
    details.grace = undefined;
    details.lingering = undefined;
    const message =
      `"${handle.id}" ran out of time in attempt ${handle.attempts} and could not be tried again, as that ` +
      `attempt still runs: let the body end when its signal is aborted`;
    const error = new TaskTimeoutError(message, { task: handle.name, cause: details.lastError });
    this.#parts.completions.end(handle, FAILED, error);
  }

  /** The body of an attempt that was given up has ended after all; its successor may be waiting for that. */
  #lingeringOver(attempt: Attempt): void {
    const { alarms, dispatcher } = this.#parts;
    const { handle } = attempt;
    const { details } = handle;
    if (details?.lingering !== attempt) return;
    details.lingering = undefined;
    if (details.grace === undefined) return;
    alarms.clear(details.grace);
    details.grace = undefined;
    dispatcher.ready(handle);
  }

  #stopBackoff(handle: Handle, alarms: Timers): void {
    const details = handle.need();
    for (const alarm of [details.backoff, details.grace]) if (alarm !== undefined) alarms.clear(alarm);
    details.backoff = undefined;
    details.grace = undefined;
    details.lingering = undefined;
  }

  /** Takes its handle, its slot and its deadline from an attempt. */
  #leave(attempt: Attempt): void {
    const { alarms, dispatcher, waits } = this.#parts;
    attempt.handle.attempt = undefined;
    if (attempt.phase === "running") dispatcher.release(attempt.handle);
    else waits.leave(attempt);
    if (attempt.deadline === undefined) return;
    alarms.clear(attempt.deadline);
    attempt.deadline = undefined;
  }

  /** Leaves a body to itself, as it cannot be stopped. */
  #abandon(attempt: Attempt): void {
    this.#leave(attempt);
    attempt.phase = "aborted";
    this.#abandoned++;
  }

  /** Tells a body that was left to itself, and cancels what it submitted. */
  #signalAbort(attempt: Attempt, reason: unknown): void {
    attempt.abort(reason);
    this.#cancelChildren(attempt, reason);
  }

  #cancelChildren({ children }: Attempt, reason: unknown): void {
    if (children !== undefined) this.cancelTogether(children, (handle) => children.has(handle), reason);
  }
}

/** The error of tasks that are cancelled for a reason. */
function cancellation(reason: unknown): ErrorOnDemand {
  const because = reason === undefined ? "" : `: ${describeReason(reason)}`;
  return new ErrorOnDemand(({ id, name }) =>
    new TaskCancelledError(`"${id}" was cancelled${because}`, { task: name, reason })
  );
}

function describeReason(reason: unknown): string {
  if (typeof reason === "string") return reason;
  if (reason instanceof TaskError) return reason.message;
  return reason instanceof Error ? describeError(reason) : describeValue(reason);
}

function timeoutError({ id, name, spec }: Handle, cause?: unknown): TaskTimeoutError {
  const message = `"${id}" took longer than its timeout of ${spec.options.timeout} ms`;
  return new TaskTimeoutError(message, cause === undefined ? { task: name } : { task: name, cause });
}
