/**
 * The parts of a runner, put together.
 *
 * @module
 */

import { Timers } from "../core/timers.ts";
import type { TaskRecord } from "../core/checkpointer.ts";
import type { LogLevel } from "../core/logger.ts";
import type { CheckpointError } from "../core/errors.ts";
import { onAbort } from "../core/on_abort.ts";
import { runDetached } from "../core/run_detached.ts";
import { CANCELLED, FAILED, type TaskStatus } from "../core/status.ts";
import { type Attempt, type AttemptOwner, currentAttempt } from "../tasks/attempt.ts";
import { explain } from "../tasks/explain.ts";
import type { Handle } from "../tasks/handle.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { SubmitOptions, Submitter } from "../tasks/submitter.ts";
import { Attempts } from "./attempts.ts";
import { Completions } from "./completions.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Journal } from "./journal.ts";
import type { TaskEventTarget } from "./events.ts";
import { Ledger } from "./ledger.ts";
import type { ResolvedRunnerOptions } from "./options.ts";
import { submitAgain } from "./orphans.ts";
import { RunReport } from "./report.ts";
import { type Kept, Restorer } from "./restorer.ts";
import { Roster } from "./roster.ts";
import { Signals } from "./signals.ts";
import { Submissions } from "./submissions.ts";
import { Waits } from "./waits.ts";

/** The runner that an engine belongs to: where submissions from task bodies go, and events. */
export type EngineHost = Submitter & TaskEventTarget;

/** Runs tasks; it knows nothing of `run()`, `serve()` and what a failure means to them. */
export class Engine implements AttemptOwner {
  readonly epoch = Date.now();
  readonly alarms = new Timers();
  readonly ledger: Ledger;
  readonly roster: Roster;
  readonly dispatcher: Dispatcher;
  readonly submissions: Submissions;
  readonly attempts: Attempts;
  readonly submitter: Submitter;
  readonly restorer: Restorer;
  /** Of a runner with a checkpointer. */
  readonly journal: Journal | undefined;
  readonly #options: ResolvedRunnerOptions;
  readonly #completions: Completions;
  readonly #waits: Waits;
  /** The `seq` of the last handle that a run has reported. */
  #reported = 0;
  /** How many tasks had ended with each status by then. */
  #reportedCounts: Readonly<Record<TaskStatus, number>>;
  /** While set, what is submitted is cancelled at once, for this reason. */
  #closing: { readonly reason: unknown } | undefined;
  #idle: PromiseWithResolvers<void> | undefined;
  #purpose: "run" | "serve" | undefined;

  /**
   * @param onFailure Told of each task that failed, once its dependents have been dealt with.
   * @param onBroken Told that nothing more can be saved.
   */
  constructor(
    options: ResolvedRunnerOptions,
    host: EngineHost,
    onFailure: (handle: Handle) => void,
    onBroken: (error: CheckpointError) => void,
  ) {
    const { lanes, defaultLane, retain, checkpointer, checkpointInterval } = options;
    this.#options = options;
    this.submitter = host;
    const ledger = this.ledger = new Ledger(host);
    const dispatcher = new Dispatcher(
      ledger,
      lanes,
      defaultLane,
      (handle, lane, now) => this.attempts.start(handle, lane, now),
    );
    this.dispatcher = dispatcher;
    this.#reportedCounts = ledger.counts;
    const journal = checkpointer && new Journal(checkpointer, checkpointInterval, this.epoch, {
      begun: () => dispatcher.unbar(),
      broken: onBroken,
    });
    this.journal = journal;
    if (journal !== undefined) dispatcher.bar();
    this.#completions = new Completions(ledger, dispatcher, this.epoch, {
      over: (handle) => this.#over(handle),
      failed: onFailure,
      idle: () => this.#becomeIdle(),
    }, journal);
    const restorer = this.restorer = new Restorer(this.#completions, this.epoch);
    this.roster = new Roster(retain, (handle) => this.submissions.forget(handle));
    this.#waits = new Waits(ledger, dispatcher);
    const parts = { owner: this, ledger, dispatcher, completions: this.#completions };
    this.attempts = new Attempts({ ...parts, alarms: this.alarms, waits: this.#waits });
    const signals = new Signals((handles, reason) =>
      this.attempts.cancelTogether(handles, (handle) => handles.has(handle), reason)
    );
    const adopt = (records: readonly TaskRecord[]) => {
      if (records.length > 0) runDetached(() => submitAgain(this, records));
    };
    this.submissions = new Submissions({ ...parts, roster: this.roster, signals, journal, restorer, adopt });
  }

  /** Whether nothing is left to do. */
  get isIdle(): boolean {
    return this.ledger.unfinished === 0;
  }

  /** Whether somebody is told of tasks that fail, or nobody is to be. */
  get tellsFailures(): boolean {
    return this.#purpose !== undefined || this.#options.onTaskError !== "raise";
  }

  /** Goes on from the records of an earlier run. */
  goOn(records: Map<string, TaskRecord>, kept: Kept): void {
    this.restorer.begin(records, kept);
    this.journal?.goOn();
    this.dispatcher.unbar();
  }

  /** Takes a task in. */
  submit(spec: TaskSpec, args: readonly unknown[], options: SubmitOptions | undefined): Handle {
    this.check(spec, args);
    const attempt = currentAttempt();
    const parent = attempt?.owner === this && attempt.phase !== "aborted" ? attempt : undefined;
    const handle = this.submissions.submit(spec, args, options, parent);
    if (this.#closing !== undefined) this.attempts.cancel(handle, this.#closing.reason);
    return handle;
  }

  /**
   * Looks at a task that is being submitted.
   *
   * @throws {TypeError} If its pool is not there, or cannot run it.
   */
  check(spec: TaskSpec, args: readonly unknown[]): void {
    const { lanes } = this.#options;
    const { options, definedAs } = spec;
    const { name, pool } = options;
    if (pool !== undefined && !lanes.has(pool)) {
      const known = [...lanes.keys()].map((each) => `"${each}"`).join(", ");
      throw new TypeError(
        `Cannot submit "${name}": its pool "${pool}" is none of the runner's pools, which are ${known}`,
      );
    }
    this.dispatcher.laneOf({ spec }).pool.check?.({ name, options, definedAs }, args);
  }

  cancel(handle: Handle, reason: unknown): boolean {
    return this.attempts.cancel(handle, reason);
  }

  /** Cancels all that is not over. Returns how many that were. */
  cancelAll(reason: unknown): number {
    const before = this.ledger.count(CANCELLED);
    this.attempts.cancelTogether(this.roster.list(), () => true, reason);
    return this.ledger.count(CANCELLED) - before;
  }

  /**
   * Starts nothing more and tells all bodies to end, while everything else stays as it is: nobody who waits goes on.
   *
   * @returns When they have ended.
   */
  interrupt(reason: unknown): Promise<void> {
    this.journal?.retire();
    this.dispatcher.dispose();
    this.#completions.mute();
    return this.attempts.interrupt(this.roster.list(), reason);
  }

  /** Cancels everything, and everything submitted until `reopen()`. */
  shut(reason: unknown): void {
    this.#closing ??= { reason };
    this.cancelAll(reason);
  }

  /**
   * Shuts once the signal is aborted, and calls `then`.
   *
   * @returns What takes that back.
   */
  shutOn(signal: AbortSignal | undefined, then: () => void = () => {}): () => void {
    if (signal === undefined) return () => {};
    const abort = () => {
      this.shut(signal.reason);
      then();
    };
    if (!signal.aborted) return onAbort(signal, abort);
    abort();
    return () => {};
  }

  /** Takes submissions again, unless they cannot be saved. */
  reopen(): void {
    const reason = this.journal?.broken;
    this.#closing = reason && { reason };
  }

  addDependencies(handle: Handle, dependencies: readonly unknown[]): void {
    this.submissions.addDependencies(handle, dependencies);
    this.#waits.recheck();
  }

  wait<T>(handle: Handle<T>, limited: Promise<T> | undefined): Promise<T> {
    this.dispatcher.open();
    const attempt = currentAttempt();
    if (attempt === undefined || attempt.phase === "aborted") return limited ?? handle.whenOver();
    return attempt.owner.waitFrom(attempt, handle, limited);
  }

  waitFrom<T>(attempt: Attempt, handle: Handle<T>, limited: Promise<T> | undefined): Promise<T> {
    return this.#waits.begin(attempt, handle, limited);
  }

  began(attempt: Attempt): boolean {
    return this.attempts.began(attempt);
  }

  expired(attempt: Attempt): void {
    this.attempts.expired(attempt);
  }

  completed(attempt: Attempt, value: unknown): void {
    this.attempts.completed(attempt, value);
  }

  failed(attempt: Attempt, error: unknown): void {
    this.attempts.failed(attempt, error);
  }

  report(attempt: Attempt, fraction: number, message: string | undefined): void {
    if (attempt.phase === "aborted" || attempt.phase === "over") return;
    const details = attempt.handle.need();
    details.progress = fraction;
    details.progressMessage = message;
    this.ledger.publish("progress", attempt.handle);
  }

  log(attempt: Attempt, level: LogLevel, data: readonly unknown[]): void {
    this.#options.logger[level](`[${attempt.id}]`, ...data);
  }

  explain(handle: Handle): string {
    return explain(handle, () => {
      if (!this.dispatcher.isOpen) return "its runner has not started: call run() or serve(), or await a handle";
      const lane = this.dispatcher.laneOf(handle);
      const kept = lane.keptFrom(handle) > 0 ? `, ${lane.keptFrom(handle)} kept for others` : "";
      const slots = `${lane.busy} of ${lane.pool.maxWorkers} taken${kept}`;
      return `waits for a slot of pool "${lane.name}" (${slots}; ${lane.queued} waiting)`;
    });
  }

  /**
   * Starts what is submitted, now and until `letClose()`, also when there was nothing left to do in between.
   *
   * @param purpose To `"run"`, which reports on all of its tasks, or to `"serve"`, which keeps only the last ones.
   */
  holdOpen(purpose: "run" | "serve"): void {
    this.#purpose = purpose;
    if (purpose === "serve") this.submissions.startAfresh();
    this.roster.trim(purpose === "serve" ? Infinity : this.#reported);
    this.dispatcher.open();
  }

  /** What is submitted once nothing is left to do waits for somebody to start it. */
  letClose(): void {
    this.#purpose = undefined;
    this.submissions.startAfresh();
    if (this.isIdle) this.dispatcher.close();
  }

  /** What became of all tasks submitted since this was called last. */
  takeReport(durationMs: number): RunReport {
    const handles = this.roster.list(this.#reported);
    const counts = this.ledger.counts;
    const since = Object.entries(counts).map(([status, count]) => [
      status,
      count - this.#reportedCounts[status as TaskStatus],
    ]);
    this.#reported = this.submissions.lastSeq;
    this.#reportedCounts = counts;
    return new RunReport(handles, Object.fromEntries(since), Math.round(durationMs));
  }

  /** Lets go of all but the last handles that are over, unless a run is to report on them. */
  trim(): void {
    if (this.#purpose !== "run") this.roster.trim();
  }

  /** Whether somebody who waits for a task gets to know of an error. */
  isKnown(error: Error): boolean {
    return this.roster.list().some((handle) => {
      const own = handle.noticed ? handle.error : undefined;
      return Error.isError(own) && (own === error || own.cause === error);
    });
  }

  /** What a program that ends now has likely overlooked, in a sentence each. */
  oversights(): string[] {
    const handles = this.roster.list(this.#reported);
    const waiting = this.dispatcher.isOpen ? [] : handles.filter(({ done }) => !done);
    const failed = handles.filter(({ code, noticed }) => code === FAILED && !noticed);
    const found: string[] = [];
    if (waiting[0] !== undefined) {
      found.push(`${countOf(waiting)} never started: ${waiting[0].explain()}`);
    }
    if (failed[0] !== undefined) {
      found.push(`${countOf(failed)} failed and nobody asked how it ended: ${failed[0].explain()}`);
    }
    return found;
  }

  /**
   * Resolves when nothing is left to do and all is saved.
   *
   * @throws {CheckpointError} If it cannot be saved.
   */
  async untilSettled(): Promise<void> {
    do {
      await this.untilIdle();
      if (this.attempts.abandoned > 0) {
        // Bodies that were just left to themselves get a chance to clean up, and to submit what that takes.
        await new Promise((resolve) => setImmediate(resolve));
        await this.untilIdle();
      }
      await this.journal?.flush();
    } while (!this.isIdle); // as something was submitted meanwhile
  }

  /** Resolves when nothing is left to do. */
  async untilIdle(): Promise<void> {
    while (!this.isIdle) await (this.#idle ??= Promise.withResolvers()).promise;
  }

  /** Takes back what the engine has under way on its own account. Everything is over by then. */
  dispose(): void {
    this.dispatcher.dispose();
    this.#waits.dispose();
  }

  #over(handle: Handle): void {
    this.submissions.over(handle);
    this.roster.finished(handle);
    if (this.#purpose === "serve") {
      this.submissions.startAfresh();
      this.roster.trim();
    }
    this.#waits.checkForStall();
  }

  #becomeIdle(): void {
    if (this.#purpose === undefined && this.dispatcher.isOpen) {
      // Work that was started by awaiting handles: nobody need ever call run(), which would be told of them all.
      this.dispatcher.close();
      this.roster.trim();
    }
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}

function countOf(handles: readonly Handle[]): string {
  return handles.length === 1 ? "A task" : `${handles.length} tasks`;
}
