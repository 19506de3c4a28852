/**
 * What follows a failed attempt: its task fails, or is tried again after a wait.
 *
 * @module
 */

import { formatMilliseconds } from "../core/duration.ts";
import { TaskTimeoutError } from "../core/errors.ts";
import { About } from "../core/log_format.ts";
import type { Logger } from "../core/logger.ts";
import { askedPause, countsAsAttempt } from "../core/retry.ts";
import { type Failure, settle } from "../core/settle.ts";
import { FAILED, RETRYING } from "../core/status.ts";
import type { Timers } from "../core/timers.ts";
import type { Attempt } from "./attempt.ts";
import type { Completion } from "./completion.ts";
import type { Durability } from "./durability.ts";
import { atDefinition } from "./error_place.ts";
import { type Handle, type HandleOwner, sinceStart } from "./handle.ts";
import type { PastAttempt } from "./handle_facts.ts";
import type { Limits } from "./limits/limits.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import type { SlotWaits } from "./slot_waits.ts";
import type { StatusStore } from "./status_store.ts";

/** How long a pool may need to end a body that runs in a worker, in milliseconds: it first asks, then kills. */
const MAX_WORKER_END_MS = 3_000;

/** How many of the attempts before the current one a task remembers. */
const MAX_HISTORY = 20;

/** What backoffs need of the rest of the engine. */
export interface BackoffParts {
  readonly owner: HandleOwner;
  readonly alarms: Timers;
  /** Where retries and pauses are noted, if they are. */
  readonly detailLogger: Logger | undefined;
  readonly statuses: StatusStore;
  readonly dispatcher: Dispatcher;
  readonly completion: Completion;
  readonly durability: Durability;
  readonly limits: Limits;
  readonly waits: SlotWaits;
  /** A number from 0 to 1, for waits that are randomized. */
  random(): number;
}

/** Judges failed attempts, and keeps the tasks that wait for another one. */
export class Backoffs {
  readonly #parts: BackoffParts;

  constructor(parts: BackoffParts) {
    this.#parts = parts;
  }

  /**
   * Lets the task of a failed attempt fail or be tried again, by its retry policy. One that was interrupted is ready again.
   *
   * @returns Whether the attempt counts and another one follows.
   */
  judge(attempt: Attempt, failure: Failure): boolean {
    const { handle } = attempt;
    if (handle.done) return false; // an observer of its attempts cancelled it
    if (attempt.isInterrupted) {
      this.#putBack(attempt, failure.error);
      return false;
    }
    const counted = handle.attempts - (handle.details?.uncounted ?? 0);
    const { completion, owner, random } = this.#parts;
    const now = owner.clock.now();
    const verdict = settle(handle.spec.options, failure, counted, now, random);
    const pause = failure.kind === "failed"
      ? askedPause(failure.error, now, verdict.kind === "retry" ? verdict.delayMs : 0)
      : undefined;
    if (pause !== undefined) this.#pauseOthers(handle, pause.what, pause.forMs);
    if (handle.done) return false; // the task's retry policy cancelled it
    if (verdict.kind === "fail") {
      completion.end(handle, FAILED, verdict.error);
      return false;
    }
    if (failure.kind === "failed" && !countsAsAttempt(failure.error)) handle.ensureDetails().uncounted++;
    this.#retry(attempt, failure.error, verdict.delayMs);
    return true;
  }

  /** Lets a pending task wait until a time, as it did in an earlier run. */
  waitUntil(handle: Handle, time: number): void {
    const { alarms, owner, statuses } = this.#parts;
    const delayMs = Math.max(0, time - owner.clock.now());
    handle.ensureDetails().backoff = alarms.set(delayMs, () => this.#backoffEnded(handle), time);
    statuses.transition(handle, RETRYING);
  }

  /** A body that had timed out has ended. Its successor may be waiting for that. */
  overrunEnded(handle: Handle): void {
    const details = handle.ensureDetails();
    details.overrunning = undefined;
    if (details.overrunTimer === undefined) return;
    this.#parts.alarms.clear(details.overrunTimer);
    details.overrunTimer = undefined;
    this.#readyAgain(handle);
  }

  /** Lets a task wait no longer, as it ends. */
  stop(handle: Handle): void {
    const { alarms } = this.#parts;
    const details = handle.ensureDetails();
    for (const alarm of [details.backoff, details.overrunTimer]) if (alarm !== undefined) alarms.clear(alarm);
    details.backoff = undefined;
    details.overrunTimer = undefined;
  }

  /** Lets other attempts wait as well, as one has asked for. */
  #pauseOthers(handle: Handle, what: "task" | "key" | "pool", forMs: number): void {
    const { detailLogger, dispatcher, limits } = this.#parts;
    const until = limits.now() + forMs;
    const whose = what === "pool" ? `of pool "${handle.pool}"` : what === "key" ? "with its key" : "of its task";
    const pause = `It has asked that nothing ${whose} starts for ${formatMilliseconds(forMs)}`;
    detailLogger?.info(new About(handle, handle.attempts, true), pause);
    if (what === "pool") return dispatcher.queueOf(handle).pause(until);
    limits.pause(handle, what, until);
    dispatcher.considerLimits();
  }

  #retry(attempt: Attempt, error: unknown, delayMs: number): void {
    const { alarms, detailLogger, dispatcher, durability, statuses } = this.#parts;
    const { handle, number } = attempt;
    if (detailLogger !== undefined) {
      const when = delayMs === 0 ? "at once" : `in ${formatMilliseconds(delayMs)}`;
      const message = `Attempt ${number} failed, the next one starts ${when}:`;
      detailLogger.debug(new About(handle, number, true), message, error);
    }
    const details = handle.ensureDetails();
    details.lastError = error;
    remember(attempt, "failed", error);
    const waits = delayMs > 0 || details.overrunning !== undefined;
    if (waits) details.backoff = alarms.set(delayMs, () => this.#backoffEnded(handle));
    statuses.transition(handle, RETRYING);
    if (handle.code !== RETRYING) return; // a listener cancelled it
    durability.changed(handle);
    if (!waits) dispatcher.ready(handle);
  }

  /** Makes a task ready again whose attempt does not count, as it was interrupted. */
  #putBack(attempt: Attempt, error: unknown): void {
    const { dispatcher, durability, statuses } = this.#parts;
    const { handle } = attempt;
    remember(attempt, "interrupted", error);
    const details = handle.ensureDetails();
    details.uncounted++;
    details.lastError = error;
    statuses.transition(handle, RETRYING);
    if (handle.code !== RETRYING) return; // a listener cancelled it
    durability.changed(handle);
    dispatcher.ready(handle);
  }

  #backoffEnded(handle: Handle): void {
    const { alarms, dispatcher } = this.#parts;
    const details = handle.ensureDetails();
    const usedMs = details.backoff?.delayMs ?? 0;
    details.backoff = undefined;
    if (details.overrunning === undefined) return this.#readyAgain(handle);
    // The body that timed out has not ended. It gets as long again as it was allowed to take, and at least as long as a
    // pool needs to end it; its successor must not run beside it.
    const { timeout = 0 } = handle.spec.options;
    const { prefetches, pool } = dispatcher.queueOf(handle);
    const grace = prefetches ? Math.max(timeout, pool.longestEnd ?? MAX_WORKER_END_MS) : timeout;
    details.overrunTimer = alarms.set(Math.max(0, grace - usedMs), () => this.#failOverrun(handle));
  }

  /** A task has waited long enough. Bodies that wait for it may hold all slots by now. */
  #readyAgain(handle: Handle): void {
    const { dispatcher, waits } = this.#parts;
    dispatcher.ready(handle);
    waits.scheduleStallCheck();
  }

  #failOverrun(handle: Handle): void {
    const details = handle.ensureDetails();
    details.overrunTimer = undefined;
    const message =
      `"${handle.id}" timed out in attempt ${handle.attempts} and could not be tried again, as the body of ` +
      `that attempt still runs: let the body end when its signal is aborted`;
    const error = new TaskTimeoutError(message, { task: handle.name, cause: details.lastError });
    this.#parts.completion.end(handle, FAILED, atDefinition(error, handle));
  }
}

/** Adds an attempt that has ended to those that its task has had. */
function remember({ handle, number, worker }: Attempt, status: PastAttempt["status"], error: unknown): void {
  const details = handle.ensureDetails();
  const finishedMs = sinceStart(handle.owner);
  const past = { number, startedMs: handle.startedMs ?? 0, finishedMs, status, error, worker };
  const { history } = details;
  if (history === undefined) {
    details.history = [past]; // most tasks that are tried again have one such attempt: `push()` would make room for 17
    return;
  }
  history.push(past);
  if (history.length > MAX_HISTORY) history.shift();
}
