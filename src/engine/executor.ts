/**
 * An attempt from its start to its outcome: context, deadline, body.
 *
 * @module
 */

import { untapped } from "../core/console_tap.ts";
import { inspectable } from "../core/describe.ts";
import { TaskTimeoutError, WorkerLostError } from "../core/errors.ts";
import type { IdleGate } from "../core/idle_gate.ts";
import { plainText } from "../core/log_text.ts";
import { About } from "../core/log_format.ts";
import type { Logger, LogLevel } from "../core/logger.ts";
import type { AttemptStatus, TaskAttempt } from "../core/observations.ts";
import type { AbortListener } from "../core/pool.ts";
import type { Failure } from "../core/settle.ts";
import { runDetached } from "../core/run_detached.ts";
import { COMPLETED, FAILED, RUNNING } from "../core/status.ts";
import type { Timers } from "../core/timers.ts";
import type { Submitter } from "../tasks/submitter.ts";
import { Attempt, type AttemptHost, attemptOf } from "./attempt.ts";
import type { Backoffs } from "./backoffs.ts";
import { type AttemptOwner, Cancellation } from "./cancellation.ts";
import type { Completion } from "./completion.ts";
import { deadlineError, isPastDeadline } from "./deadlines.ts";
import type { Durability } from "./durability.ts";
import { atDefinition } from "./error_place.ts";
import { type Handle, type HandleOwner, sinceStart, type Wait } from "./handle.ts";
import { markHandled, type WaitEnd } from "./handle_promise.ts";
import { Line } from "./log_line.ts";
import type { Observers } from "./observers.ts";
import type { Dispatcher, Starter } from "./queue/dispatcher.ts";
import type { PoolQueue } from "./queue/pool_queue.ts";
import { hasFunctions } from "./release.ts";
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

/**
 * Starts attempts, and ends them as their pools report: `start()`, `began()` where the pool prefetches, then `completed()`,
 * `failed()` or `timedOut()`.
 */
export class Executor implements AttemptHost, AttemptOwner, Starter {
  readonly owner: HandleOwner;
  readonly submitter: Submitter;
  readonly durability: Durability;
  readonly cancellation: Cancellation;
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
    this.durability = parts.durability;
    this.cancellation = new Cancellation(parts, this);
  }

  /** Whether the program is ending, and bodies were told to end. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
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
    if (this.#failUnstarted(handle, queue)) return;
    const attempt = new Attempt(this, handle);
    handle.attempt = attempt;
    if (queue.prefetches) attempt.phase = "staged";
    else if (!this.#begin(attempt, now)) return queue.started(handle);
    const recorded = this.#parts.durability.starting(attempt);
    if (recorded === undefined) this.#execute(attempt, queue);
    else recorded.then(() => this.#execute(attempt, queue));
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
      if (attempt.phase === "staged") this.unstage(attempt);
      attempt.abort(reason);
    }
    for (const attempt of this.#ending) this.#parts.waits.interrupt(attempt, reason);
    if (this.#ending.size === 0) this.#ended.resolve();
    return this.#ended.promise;
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
    this.tellEnd(attempt, "completed");
    const { handle } = attempt;
    const { completion, dispatcher, observers } = this.#parts;
    const isSilent = observers.status === undefined && endsSilently(handle);
    if (!handle.done) completion.end(handle, COMPLETED, value);
    // The next task starts as this one finishes: to read the clock once more takes a tenth of a small task.
    const { finishedMs } = handle;
    dispatcher.pump(isSilent && finishedMs !== undefined ? this.owner.origin + finishedMs : undefined);
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
    if (attempt.phase === "staged") this.began(attempt);
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
    const { clock } = this.owner;
    if (observers.log?.(attempt.handle, new Line(attempt.number, level, clock.now(), "log", data)) === true) return;
    untapped(() => logger[level](new About(attempt.handle, attempt.number, true), ...data));
  }

  printed({ handle, number }: Attempt, source: "console" | "output", level: LogLevel, text: string): boolean {
    const { observers, owner: { clock } } = this.#parts;
    return observers.log?.(handle, new Line(number, level, clock.now(), source, [plainText(text)])) ?? false;
  }

  aborted({ handle }: Attempt, listener: AbortListener, reason: unknown): void {
    this.#parts.dispatcher.queueOf(handle).ask("onAbort()", () => listener.onAbort(reason));
  }

  get around(): AttemptHost["around"] {
    return this.#parts.observers.around && this.#callAround;
  }

  wait<T>(attempt: Attempt, handle: Handle, until?: WaitEnd<T>, among?: Wait["among"]): Promise<T> {
    if (attempt.phase !== "aborted" && attempt.phase !== "over") {
      return this.#parts.waits.begin(attempt, handle, until, among);
    }
    return until?.promise ?? handle.whenDone() as Promise<T>;
  }

  #execute(attempt: Attempt, queue: PoolQueue): void {
    queue.started(attempt.handle);
    // Around a body on this event loop, they are called with it.
    if (queue.prefetches && this.#parts.observers.around !== undefined) this.#handOverWithin(attempt, queue);
    else this.#handOver(attempt, queue);
  }

  /** Gives an attempt to a pool of workers, with observers around it until its outcome. */
  #handOverWithin(attempt: Attempt, queue: PoolQueue): void {
    const { promise } = attempt.outcome = Promise.withResolvers();
    markHandled(promise);
    const run = () => {
      this.#handOver(attempt, queue);
      return promise;
    };
    const context = attempt.handle.details?.asyncContext ?? runDetached;
    context(() => this.#callAround(attempt, run));
  }

  /** Calls a function with observers around it, which may add headers before it runs. */
  readonly #callAround = (attempt: Attempt, run: () => unknown): unknown => {
    const { handle, number } = attempt;
    const headers: Record<string, string> = {};
    return this.#parts.observers.around!(handle, { number, headers }, () => {
      try {
        const given = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
        if (given.length > 0) attempt.headers = Object.freeze(Object.fromEntries(given));
      } catch (error) {
        this.#parts.observers.failed("around", error); // a header that cannot be made a string
      }
      return run();
    });
  };

  /** Gives an attempt to its pool, which reports how its body ends. */
  #handOver(attempt: Attempt, queue: PoolQueue): void {
    if (attempt.phase === "aborted") return this.#bodyEnded(attempt); // cancelled while its start was being saved
    if (attempt.phase === "over") return;
    if (queue.refusal !== undefined) return attempt.fail(queue.refusal);
    try {
      const executing: unknown = queue.pool.execute(attempt);
      if (executing !== undefined) Promise.resolve(executing).catch((error) => attempt.fail(error));
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
  unstage(attempt: Attempt): void {
    const { dispatcher } = this.#parts;
    const { handle } = attempt;
    const queue = dispatcher.queueOf(handle);
    attempt.phase = "over";
    handle.attempt = undefined;
    queue.withdraw(handle);
    dispatcher.touch(queue);
  }

  #finish(attempt: Attempt, failure: Failure): void {
    this.#conclude(attempt);
    const isInterrupted = attempt.isInterrupted || this.#ending !== undefined;
    this.tellEnd(attempt, isInterrupted ? "interrupted" : "failed", failure.error);
    const isTriedAgain = this.#ending === undefined && this.#parts.backoffs.judge(attempt, failure);
    // The next attempt submits its own.
    if (isTriedAgain || failure.kind === "timed-out") this.cancellation.cancelChildren(attempt, failure.error);
    this.#parts.dispatcher.pump();
  }

  /**
   * Fails a task whose deadline has passed while the event loop was too busy for its timer, or before it was submitted: its body
   * must not begin. Returns whether it did.
   */
  #failUnstarted(handle: Handle, queue: PoolQueue): boolean {
    if (handle.details?.deadlineTimer === undefined) return false;
    const { alarms, completion, dispatcher } = this.#parts;
    if (!isPastDeadline(handle, alarms)) return false;
    queue.withdraw(handle);
    dispatcher.touch(queue);
    completion.end(handle, FAILED, deadlineError(handle, "its body could not start before."));
    return true;
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
    this.tellEnd(attempt, "failed", error);
    if (!handle.done) completion.end(handle, FAILED, error);
    this.cancellation.cancelChildren(attempt, error);
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
    this.abandon(attempt);
    this.tellEnd(attempt, "failed", error);
    this.#parts.backoffs.judge(attempt, { kind: "timed-out", error });
    attempt.abort(error);
    this.cancellation.cancelChildren(attempt, error);
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

  /** Leaves a body behind, as it cannot be stopped. The next attempt at its task must not overlap it. */
  abandon(attempt: Attempt): void {
    this.#detach(attempt);
    attempt.phase = "aborted";
    this.#abandoned++;
    attempt.handle.ensureDetails().overrunning = attempt;
  }

  /** Tells observers that an attempt has ended. */
  tellEnd(attempt: Attempt, status: AttemptStatus, error?: unknown): void {
    const { attempt: tell } = this.#parts.observers;
    if (tell === undefined || attempt === this.#starting) return;
    const { owner } = attempt.handle;
    const finishedAt = new Date(owner.epoch + sinceStart(owner));
    const failure = error === undefined ? undefined : { error };
    tell(attempt.handle, { ...attemptInfo(attempt, status), finishedAt, ...failure });
  }
}

/** Whether no other code that may take long is called as a task completes: those of several dependents are not looked at. */
function endsSilently({ spec, dependents }: Handle): boolean {
  return !hasFunctions(spec) &&
    (dependents === undefined || (!Array.isArray(dependents) && !hasFunctions(dependents.spec)));
}

/** What observers get of an attempt. */
function attemptInfo({ handle, number, worker }: Attempt, status: AttemptStatus): TaskAttempt {
  const startedAt = new Date(handle.owner.epoch + handle.startedMs!);
  return { number, status, startedAt, ...(worker !== undefined && { worker }) };
}

function timeoutError(handle: Handle, cause?: unknown): TaskTimeoutError {
  const { id, name: task, spec: { options: { pool, timeout } } } = handle;
  const message = timeout === undefined
    ? `"${id}" was stopped by its pool${pool === undefined ? "" : ` "${pool}"`}, as it took too long; it has no timeout`
    : `"${id}" took longer than its timeout of ${timeout} ms`;
  return atDefinition(new TaskTimeoutError(message, cause === undefined ? { task } : { task, cause }), handle);
}
