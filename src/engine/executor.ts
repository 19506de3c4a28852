/**
 * An attempt from its start to its outcome: context, deadline, body.
 *
 * @module
 */

import { untapped } from "../core/console_tap.ts";
import { describeError, describeValue, inspectable } from "../core/describe.ts";
import { TaskCancelledError, TaskError, TaskTimeoutError, WorkerLostError } from "../core/errors.ts";
import type { IdleGate } from "../core/idle_gate.ts";
import { plainText } from "../core/log_text.ts";
import { About } from "../core/log_format.ts";
import type { Logger, LogLevel } from "../core/logger.ts";
import type { AttemptStatus, TaskAttempt } from "../core/observations.ts";
import type { Failure } from "../core/settle.ts";
import { runDetached } from "../core/run_detached.ts";
import { CANCELLED, COMPLETED, FAILED, READY, RETRYING, RUNNING } from "../core/status.ts";
import type { Timers } from "../core/timers.ts";
import type { Submitter } from "../tasks/submitter.ts";
import { Attempt, type AttemptHost, attemptOf } from "./attempt.ts";
import type { Backoffs } from "./backoffs.ts";
import type { Completion } from "./completion.ts";
import { deadlineError, isPastDeadline } from "./deadlines.ts";
import type { Durability } from "./durability.ts";
import { atDefinition } from "./error_place.ts";
import { type Handle, type HandleOwner, LazyError, markHandled, sinceStart, type Wait } from "./handle.ts";
import type { WaitEnd } from "./handle_promise.ts";
import { Line } from "./log_line.ts";
import type { Observers } from "./observers.ts";
import type { Dispatcher, Starter } from "./queue/dispatcher.ts";
import type { PoolQueue } from "./queue/pool_queue.ts";
import type { SlotWaits } from "./slot_waits.ts";
import type { StatusStore } from "./status_store.ts";

/** A timer that fires later than this, in milliseconds, was delayed by a busy event loop. */
const LATE_MS = 20;

/** What the executor needs of the rest of the engine. */
export interface ExecutorParts {
  readonly owner: HandleOwner;
  readonly submitter: Submitter;
  readonly observers: Observers;
  readonly alarms: Timers;
  readonly logger: Logger;
  readonly statuses: StatusStore;
  readonly dispatcher: Dispatcher;
  readonly completion: Completion;
  readonly waits: SlotWaits;
  /** Opened whenever a body has ended. */
  readonly calm: IdleGate;
  readonly durability: Durability;
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

/** Starts attempts and ends them. */
export class Executor implements AttemptHost, Starter {
  readonly owner: HandleOwner;
  readonly submitter: Submitter;
  readonly #parts: ExecutorParts;
  /** Bodies that still run although their handles moved on without them. */
  #abandoned = 0;
  /** While the program is ending: bodies that were told to end, and have not. */
  #ending: Set<Attempt> | undefined;
  readonly #ended = Promise.withResolvers<void>();
  /** The attempt whose start is being told; a listener may end it before observers of attempts know of it. */
  #starting: Attempt | undefined;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    this.owner = parts.owner;
    this.submitter = parts.submitter;
  }

  /** How many bodies still run although their handles moved on without them. */
  get abandoned(): number {
    return this.#abandoned;
  }

  /**
   * Makes an attempt at a ready task, for which a slot was taken, or a place in the pool's line.
   *
   * @param now A reading of `elapsed()`.
   */
  start(handle: Handle, queue: PoolQueue, now: number): void {
    const attempt = new Attempt(this, handle);
    handle.attempt = attempt;
    if (queue.prefetches) attempt.phase = "staged";
    else if (!this.#begin(attempt, now)) return queue.started(handle);
    const recorded = this.#parts.durability.starting(attempt);
    if (recorded === undefined) this.#execute(attempt, queue);
    else recorded.then(() => this.#execute(attempt, queue));
  }

  /** Lets bodies that survive the program run without it: their outcomes belong to the next run. */
  letGo(handles: Iterable<Handle>): void {
    for (const handle of handles) {
      const attempt = attemptOf(handle);
      const { pool } = this.#parts.dispatcher.queueOf(handle);
      if (attempt === undefined || attempt.isLetGo || pool.leave === undefined) continue;
      attempt.isLetGo = true;
      pool.leave(attempt);
    }
  }

  /**
   * Tells all bodies to end, as the program does. Those that end with a value have completed; other outcomes no longer
   * count. Bodies that wait for a handle see their wait fail.
   *
   * @returns When they have ended.
   */
  interrupt(handles: Iterable<Handle>, reason: unknown): Promise<void> {
    const attempts = [...handles].flatMap((handle) => attemptOf(handle) ?? []).filter(({ isLetGo }) => !isLetGo);
    this.#ending = new Set(attempts.filter(({ phase }) => phase !== "staged"));
    for (const attempt of attempts) {
      if (attempt.phase === "staged") this.#unstage(attempt);
      attempt.abort(reason);
    }
    for (const attempt of this.#ending) this.#parts.waits.interrupt(attempt, reason);
    if (this.#ending.size === 0) this.#ended.resolve();
    return this.#ended.promise;
  }

  /** Takes a task back from its pool, which has prefetched it, if it has: it is ready as before. */
  withdraw(handle: Handle, reason: unknown): void {
    const attempt = attemptOf(handle);
    if (attempt?.phase !== "staged") return;
    this.#unstage(attempt);
    attempt.abort(reason);
    this.#parts.dispatcher.queueOf(handle).push(handle);
  }

  /** Lets a body see its wait fail. Unless it ends with a value, its task is ready again, and what it submitted stays. */
  interruptWait(attempt: Attempt, reason: unknown): void {
    if (!attempt.isInterrupted) {
      attempt.isInterrupted = true;
      attempt.abort(reason);
    }
    this.#parts.waits.interrupt(attempt, reason);
  }

  /** Called by the pool when the body starts; returns `false` if the attempt was cancelled. */
  began(attempt: Attempt): boolean {
    if (attempt.phase !== "staged") return attempt.phase === "running";
    this.#parts.dispatcher.queueOf(attempt.handle).begin(attempt.handle);
    attempt.phase = "running";
    return this.#begin(attempt, this.owner.clock.elapsedCoarse());
  }

  countsStart({ handle }: Attempt): boolean {
    return this.#parts.dispatcher.queueOf(handle).countsStart(handle);
  }

  /** Called by a pool that reports starts when the body starts, if that makes a difference. */
  started(attempt: Attempt): void {
    if (attempt.phase === "staged") this.began(attempt);
    if (attempt.phase === "running") this.#parts.dispatcher.queueOf(attempt.handle).reportStart(attempt.handle);
  }

  /** Called by the pool when the body returned. */
  completed(attempt: Attempt, value: unknown): void {
    if (attempt.phase === "staged") this.began(attempt);
    if (attempt.phase === "aborted") return this.#bodyEnded(attempt);
    if (this.#failIfPastDeadline(attempt)) return;
    if (this.#isLate(attempt)) return this.timedOut(attempt);
    this.#conclude(attempt);
    this.#tellEnd(attempt, "completed");
    if (!attempt.handle.done) this.#parts.completion.end(attempt.handle, COMPLETED, value);
    this.#parts.dispatcher.pump();
  }

  /** Called by the pool when the body threw, or could not be run. */
  failed(attempt: Attempt, thrown: unknown): void {
    const error = inspectable(thrown);
    if (attempt.phase === "staged") this.began(attempt);
    if (attempt.phase === "aborted") return this.#bodyEnded(attempt);
    if (this.#failIfPastDeadline(attempt)) return;
    if (Error.isError(error) && error instanceof WorkerLostError) atDefinition(error, attempt.handle);
    const isLate = this.#isLate(attempt);
    this.#finish(
      attempt,
      isLate ? { kind: "timed-out", error: timeoutError(attempt.handle, error) } : { kind: "failed", error },
    );
  }

  /** Called by the pool when it ended a body that had used its time. */
  timedOut(attempt: Attempt): void {
    if (attempt.phase === "aborted") return this.#bodyEnded(attempt);
    this.#finish(attempt, { kind: "timed-out", error: timeoutError(attempt.handle) });
  }

  progressed(attempt: Attempt, fraction: number, message: string | undefined): void {
    if (attempt.phase === "aborted" || attempt.phase === "over") return;
    const details = attempt.handle.ensureDetails();
    details.progress = fraction;
    details.progressMessage = message;
    this.#parts.observers.progress?.(attempt.handle);
  }

  logged(attempt: Attempt, level: LogLevel, data: readonly unknown[]): void {
    const { logger, observers } = this.#parts;
    if (observers.log?.(attempt.handle, new Line(attempt.number, level, "log", data)) === true) return;
    untapped(() => logger[level](new About(attempt.handle, attempt.number, true), ...data));
  }

  printed({ handle, number }: Attempt, source: "console" | "output", level: LogLevel, text: string): boolean {
    return this.#parts.observers.log?.(handle, new Line(number, level, source, [plainText(text)])) ?? false;
  }

  get around(): AttemptHost["around"] {
    return this.#parts.observers.around && this.#callAround;
  }

  argsFor(handle: Handle): readonly unknown[] {
    return this.#parts.durability.argsFor(handle);
  }

  wait<T>(attempt: Attempt, handle: Handle, until?: WaitEnd<T>, among?: Wait["among"]): Promise<T> {
    if (attempt.phase !== "aborted" && attempt.phase !== "over") {
      return this.#parts.waits.begin(attempt, handle, until, among);
    }
    return until?.promise ?? handle.whenDone() as Promise<T>;
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
    this.#cancelChildren(attempt, error);
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
    if (attempt?.phase === "staged") this.#unstage(attempt);
    else if (attempt !== undefined) {
      this.#abandon(attempt);
      handle.ensureDetails().overrunning = attempt;
      this.#tellEnd(attempt, code === CANCELLED ? "cancelled" : "failed", outcome);
    } else if (handle.code === RETRYING) this.#parts.backoffs.stop(handle);
    const wasInQueue = handle.code === READY && attempt === undefined;
    completion.end(handle, code, outcome);
    if (wasInQueue) dispatcher.queueOf(handle).remove(handle);
    return attempt;
  }

  #isCancellable(handle: Handle): boolean {
    return !handle.done && handle.details?.decided === undefined && this.#ending === undefined;
  }

  #execute(attempt: Attempt, queue: PoolQueue): void {
    queue.started(attempt.handle);
    const { around } = this;
    if (around === undefined || !queue.prefetches) return this.#handOver(attempt, queue);
    const { promise } = attempt.outcome = Promise.withResolvers();
    markHandled(promise);
    const run = () => {
      this.#handOver(attempt, queue);
      return promise;
    };
    const context = attempt.handle.details?.asyncContext ?? runDetached;
    context(() => around(attempt, run));
  }

  /** Calls a function with observers around it, which may add headers before it runs. */
  readonly #callAround = (attempt: Attempt, run: () => unknown): unknown => {
    const { handle, number } = attempt;
    const headers: Record<string, string> = {};
    return this.#parts.observers.around!(handle, { number, headers }, () => {
      const given = Object.entries(headers);
      if (given.length > 0) attempt.headers = Object.freeze(Object.fromEntries(given.map(([k, v]) => [k, String(v)])));
      return run();
    });
  };

  #handOver(attempt: Attempt, queue: PoolQueue): void {
    if (attempt.phase === "aborted") return this.#bodyEnded(attempt); // cancelled while its start was being saved
    if (attempt.phase === "over") return;
    try {
      const executing = queue.pool.execute(attempt);
      if (executing instanceof Promise) executing.catch((error) => attempt.fail(error));
    } catch (error) {
      attempt.fail(error); // a pool should not throw, but its task must not hang if it does
    }
  }

  /** Returns whether the body may begin, now that its task is running. */
  #begin(attempt: Attempt, now: number): boolean {
    const { owner, alarms, observers, statuses, durability } = this.#parts;
    const { handle } = attempt;
    handle.attempts++;
    handle.startedMs = sinceStart(owner, now);
    this.#starting = attempt;
    statuses.transition(handle, RUNNING);
    this.#starting = undefined;
    if (attempt.phase === "running") observers.attempt?.(handle, attemptInfo(attempt, "running"));
    if (attempt.phase !== "running") { // a listener cancelled it
      this.#bodyEnded(attempt);
      return false;
    }
    durability.changed(handle);
    const { timeout } = handle.spec.options;
    if (timeout !== undefined) attempt.deadline = alarms.set(timeout, () => this.#runOut(attempt));
    return true;
  }

  /** Withdraws an attempt that its pool has prefetched. */
  #unstage(attempt: Attempt): void {
    const { dispatcher } = this.#parts;
    const { handle } = attempt;
    const queue = dispatcher.queueOf(handle);
    attempt.phase = "over";
    handle.attempt = undefined;
    queue.unstage(handle);
    dispatcher.touch(queue);
  }

  #finish(attempt: Attempt, failure: Failure): void {
    this.#conclude(attempt);
    const isInterrupted = attempt.isInterrupted || this.#ending !== undefined;
    this.#tellEnd(attempt, isInterrupted ? "interrupted" : "failed", failure.error);
    const isTriedAgain = this.#ending === undefined && this.#parts.backoffs.judge(attempt, failure);
    // The next attempt submits its own.
    if (isTriedAgain || failure.kind === "timed-out") this.#cancelChildren(attempt, failure.error);
    this.#parts.dispatcher.pump();
  }

  /** The body has ended; what that makes possible is started by a `pump()` that follows. */
  #conclude(attempt: Attempt): void {
    this.#parts.dispatcher.expectPump();
    this.#detach(attempt);
    attempt.phase = "over";
    if (this.#ending?.delete(attempt) && this.#ending.size === 0) this.#ended.resolve();
  }

  /** A body that blocked the event loop has kept its timer from firing. Bodies in workers keep their own time. */
  #isLate({ deadline, handle }: Attempt): boolean {
    const { alarms, dispatcher } = this.#parts;
    return deadline !== undefined && alarms.overdueMs(deadline) >= 0 && !dispatcher.queueOf(handle).prefetches;
  }

  /** Fails the task of a body that has blocked the event loop past its deadline. Returns whether it did. */
  #failIfPastDeadline(attempt: Attempt): boolean {
    const { handle } = attempt;
    if (handle.details?.deadlineTimer === undefined) return false;
    const { alarms, completion, dispatcher } = this.#parts;
    if (this.#ending !== undefined || !isPastDeadline(handle, alarms) || dispatcher.queueOf(handle).prefetches) {
      return false;
    }
    const error = deadlineError(handle);
    this.#conclude(attempt);
    this.#tellEnd(attempt, "failed", error);
    if (!handle.done) completion.end(handle, FAILED, error);
    this.#cancelChildren(attempt, error);
    dispatcher.pump();
    return true;
  }

  /** The body of an aborted attempt has ended. Its successor may be waiting for that. */
  #bodyEnded(attempt: Attempt): void {
    attempt.phase = "over";
    this.#abandoned--;
    for (const listener of attempt.onEnd ?? []) listener();
    if (attempt.handle.details?.overrunning === attempt) this.#parts.backoffs.overrunEnded(attempt.handle);
  }

  #runOut(attempt: Attempt): void {
    if (this.#ending !== undefined) return;
    const { alarms, dispatcher } = this.#parts;
    const { handle, deadline } = attempt;
    const lateMs = deadline === undefined ? 0 : alarms.overdueMs(deadline);
    if (lateMs > LATE_MS && dispatcher.queueOf(handle).prefetches) {
      // Where this program was too busy for the timer, it was too busy for the pool's messages as well.
      attempt.deadline = alarms.set(LATE_MS, () => this.#runOut(attempt));
      return;
    }
    const error = timeoutError(handle);
    this.#abandon(attempt);
    handle.ensureDetails().overrunning = attempt;
    this.#tellEnd(attempt, "failed", error);
    this.#parts.backoffs.judge(attempt, { kind: "timed-out", error });
    attempt.abort(error);
    this.#cancelChildren(attempt, error);
  }

  /** Takes its handle, its slot and its deadline from an attempt. */
  #detach(attempt: Attempt): void {
    const { alarms, calm, dispatcher, waits } = this.#parts;
    calm.open();
    attempt.handle.attempt = undefined;
    if (attempt.phase === "running") dispatcher.release(attempt.handle);
    else waits.leave(attempt);
    if (attempt.deadline === undefined) return;
    alarms.clear(attempt.deadline);
    attempt.deadline = undefined;
  }

  /** Leaves a body behind, as it cannot be stopped. */
  #abandon(attempt: Attempt): void {
    this.#detach(attempt);
    attempt.phase = "aborted";
    this.#abandoned++;
  }

  /** Tells observers that an attempt has ended. */
  #tellEnd(attempt: Attempt, status: AttemptStatus, error?: unknown): void {
    const { attempt: tell } = this.#parts.observers;
    if (tell === undefined || attempt === this.#starting) return;
    const { owner } = attempt.handle;
    const finishedAt = new Date(owner.epoch + sinceStart(owner));
    const failure = error === undefined ? undefined : { error };
    tell(attempt.handle, { ...attemptInfo(attempt, status), finishedAt, ...failure });
  }

  #cancelChildren(attempt: Attempt, reason: unknown): void {
    const children = childrenToCancel(attempt);
    if (children.size > 0) this.cancelTogether(children, (handle) => children.has(handle), reason);
  }
}

/** What observers get of an attempt. */
function attemptInfo({ handle, number, worker }: Attempt, status: AttemptStatus): TaskAttempt {
  const startedAt = new Date(handle.owner.epoch + handle.startedMs!);
  return { number, status, startedAt, ...(worker !== undefined && { worker }) };
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
    } else if (submitters === undefined || submitters.size === 0) {
      own.add(handle);
      if (handle.details !== undefined) handle.details.isReplaceable = true;
    } else if (handle.submittedBy === attempt) handle.submittedBy = attemptAmong(submitters);
  }
  return own;
}

function attemptAmong(submitters: Iterable<unknown>): Attempt | undefined {
  for (const submitter of submitters) if (submitter instanceof Attempt) return submitter;
  return undefined;
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

function timeoutError(handle: Handle, cause?: unknown): TaskTimeoutError {
  const { id, name: task, spec } = handle;
  const message = `"${id}" took longer than its timeout of ${spec.options.timeout} ms`;
  return atDefinition(new TaskTimeoutError(message, cause === undefined ? { task } : { task, cause }), handle);
}
