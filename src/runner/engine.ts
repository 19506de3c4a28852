/**
 * The parts of a runner, put together.
 *
 * @module
 */

import { Alarms } from "../core/alarms.ts";
import type { LogLevel } from "../core/logger.ts";
import { CANCELLED, FAILED, type TaskStatus } from "../core/status.ts";
import { type Attempt, type AttemptOwner, currentAttempt } from "../tasks/attempt.ts";
import { explain } from "../tasks/explain.ts";
import type { Handle } from "../tasks/handle.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { SubmitOptions, Submitter } from "../tasks/submitter.ts";
import { Attempts } from "./attempts.ts";
import { Completions } from "./completions.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { TaskEventTarget } from "./events.ts";
import { Ledger } from "./ledger.ts";
import type { ResolvedRunnerOptions } from "./options.ts";
import { RunReport } from "./report.ts";
import { Roster } from "./roster.ts";
import { Signals } from "./signals.ts";
import { Submissions } from "./submissions.ts";
import { Waits } from "./waits.ts";

/** The runner that an engine belongs to: where submissions from task bodies go, and events. */
export type EngineHost = Submitter & TaskEventTarget;

/** Runs tasks; it knows nothing of `run()`, `serve()` and what a failure means to them. */
export class Engine implements AttemptOwner {
  readonly epoch = Date.now();
  readonly alarms = new Alarms();
  readonly ledger: Ledger;
  readonly roster: Roster;
  readonly dispatcher: Dispatcher;
  readonly submissions: Submissions;
  readonly attempts: Attempts;
  readonly submitter: Submitter;
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

  /** @param onFailure Told of each task that failed, once its dependents have been dealt with. */
  constructor(options: ResolvedRunnerOptions, host: EngineHost, onFailure: (handle: Handle) => void) {
    const { lanes, defaultLane, retain } = options;
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
    this.#completions = new Completions(ledger, dispatcher, this.epoch, {
      over: (handle) => this.#over(handle),
      failed: onFailure,
      idle: () => this.#becomeIdle(),
    });
    this.roster = new Roster(retain, (handle) => this.submissions.forget(handle));
    this.#waits = new Waits(ledger, dispatcher);
    const parts = { owner: this, ledger, dispatcher, completions: this.#completions };
    this.attempts = new Attempts({ ...parts, alarms: this.alarms, waits: this.#waits });
    const signals = new Signals((handles, reason) =>
      this.attempts.cancelTogether(handles, (handle) => handles.has(handle), reason)
    );
    this.submissions = new Submissions({ ...parts, roster: this.roster, signals });
  }

  /** Whether nothing is left to do. */
  get isIdle(): boolean {
    return this.ledger.unfinished === 0;
  }

  /** Takes a task in. */
  submit(spec: TaskSpec, args: readonly unknown[], options: SubmitOptions | undefined): Handle {
    this.#checkLane(spec, args);
    const attempt = currentAttempt();
    const parent = attempt?.owner === this && attempt.phase !== "aborted" ? attempt : undefined;
    const handle = this.submissions.submit(spec, args, options, parent);
    if (this.#closing !== undefined) this.attempts.cancel(handle, this.#closing.reason);
    return handle;
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

  /** Cancels everything, and everything submitted until `reopen()`. */
  shut(reason: unknown): void {
    this.#closing ??= { reason };
    this.cancelAll(reason);
  }

  reopen(): void {
    this.#closing = undefined;
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
    try {
      this.#options.logger[level](`[${attempt.id}]`, ...data);
    } catch {
      return; // it has nowhere to be reported to, and must not stop the tasks
    }
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
    this.roster.trim(purpose === "serve" ? Infinity : this.#reported);
    this.dispatcher.open();
  }

  /** What is submitted once nothing is left to do waits for somebody to start it. */
  letClose(): void {
    this.#purpose = undefined;
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
    if (this.#purpose === "serve") this.roster.trim();
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

  #checkLane(spec: TaskSpec, args: readonly unknown[]): void {
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
}

function countOf(handles: readonly Handle[]): string {
  return handles.length === 1 ? "A task" : `${handles.length} tasks`;
}
