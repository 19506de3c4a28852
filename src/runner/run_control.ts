/**
 * How a runner runs, serves, stops and shuts down, and what a failure means to that.
 *
 * @module
 */

import {
  CheckpointError,
  DependencyFailedError,
  TaskCancelledError,
  TaskError,
  TaskInterruptedError,
  TaskTimeoutError,
} from "../core/errors.ts";
import { formatMilliseconds } from "../core/duration.ts";
import { About } from "../core/log_format.ts";
import { MAX_TIMEOUT_MS, type Timer } from "../core/timers.ts";
import type { Engine } from "../engine/engine.ts";
import { type Handle, sinceStart } from "../engine/handle.ts";
import type { RunEvent } from "../engine/observer.ts";
import { RunReport } from "../engine/report.ts";
import type { RunnerLifecycle } from "./lifecycle.ts";
import type { ResolvedRunnerOptions } from "./options.ts";
import { disposeOfPools } from "./own_pools.ts";
import { endOnSignal } from "./process_signals.ts";
import { resolveStopOptions, type StopOptions } from "./stop_options.ts";

/** What the control of a runner works with. */
export interface RunControlParts {
  readonly options: ResolvedRunnerOptions;
  readonly engine: Engine;
  readonly lifecycle: RunnerLifecycle;
  /** Whether the program listens to failures. */
  hearsOfFailures(): boolean;
}

/** Carries out `run()`, `serve()`, `stop()` and `shutdown()`. */
export class RunControl {
  readonly #parts: RunControlParts;
  /** The task whose failure ends the run, under way or to come. */
  #failed: Handle | undefined;
  #stop: PromiseWithResolvers<void> | undefined;
  /** Resolves once everything that was not to be left is done, if something was. */
  #leave = Promise.withResolvers<void>();
  /** Fires when what has not finished is to be cancelled. */
  #limit: Timer | undefined;
  /** What `run()` or `serve()` returned last. */
  #underWay: Promise<unknown> | undefined;
  #shutdown: Promise<void> | undefined;
  /** Removes the listener from the runner's own signal. */
  readonly #ignoreSignal: () => void;
  /** The same for signals of the operating system. */
  readonly #ignoreEndSignals: (() => void) | undefined;

  constructor(parts: RunControlParts) {
    const { engine, options } = parts;
    this.#parts = parts;
    this.#ignoreSignal = engine.cancelOnAbort(options.signal, () => this.#stop?.resolve());
    this.#ignoreEndSignals = options.endLimits && endOnSignal(options.endLimits, engine, options);
  }

  /** See `TaskRunner.run()`. */
  async run(signal: AbortSignal | undefined): Promise<RunReport> {
    this.#parts.lifecycle.begin("running");
    const run = this.#run(signal);
    this.#underWay = run;
    return await run;
  }

  async #run(signal: AbortSignal | undefined): Promise<RunReport> {
    const { engine, options } = this.#parts;
    const startedAt = engine.clock.elapsed();
    const stopListening = engine.cancelOnAbort(signal);
    let report: RunReport | undefined;
    this.#tellStart("run");
    try {
      if (this.#failed !== undefined && !this.#wasRetried(this.#failed)) this.#endRun(this.#failed);
      engine.holdOpen("run");
      const taken = engine.durability.openToRequests();
      if (taken !== undefined) await taken;
      await this.#done();
      const { handles, counts } = engine.reports.take(engine.admission.lastSeq);
      report = new RunReport(handles, counts, Math.round(engine.clock.elapsed() - startedAt));
      if (this.#failed !== undefined) throw this.#failed.error;
      signal?.throwIfAborted();
      options.signal?.throwIfAborted();
      this.#tellEnd("run", { report });
      return report;
    } catch (error) {
      this.#tellEnd("run", { ...(report !== undefined && { report }), error });
      throw error;
    } finally {
      stopListening();
      this.#ended();
    }
  }

  #tellStart(mode: RunEvent["mode"]): void {
    this.#parts.engine.observers.run?.({ kind: "started", mode, at: this.#now() });
  }

  #tellEnd(mode: RunEvent["mode"], outcome: Pick<RunEvent, "report" | "error">): void {
    this.#parts.engine.observers.run?.({ kind: "ended", mode, at: this.#now(), ...outcome });
  }

  /** By the clock of the times of tasks, so that those of a run lie between its start and its end. */
  #now(): Date {
    const { engine } = this.#parts;
    return new Date(engine.epoch + sinceStart(engine, engine.clock.elapsed()));
  }

  /** See `TaskRunner.serve()`. */
  async serve(signal: AbortSignal | undefined): Promise<void> {
    this.#parts.lifecycle.begin("serving");
    await (this.#underWay = this.#serve(signal));
  }

  /** See `TaskRunner.stop()`. */
  async stop(options: StopOptions = {}): Promise<void> {
    const { engine, lifecycle, options: { recorder } } = this.#parts;
    const { queued, within } = resolveStopOptions(options, recorder !== undefined);
    if (lifecycle.isRunning || lifecycle.isServing) {
      lifecycle.stop();
      engine.durability.closeToRequests();
      if (queued === "leave" && !engine.dispatcher.isHeld) this.#leave.resolve(engine.leave(leavingReason()));
      if (within !== undefined) {
        this.#clearLimit();
        this.#limit = engine.alarms.set(within, () => this.#runOut(within));
      }
      this.#stop?.resolve();
    }
    if (!lifecycle.isWithinTask) await this.#untilEnded();
  }

  /** Resolves when everything is done that is not to be left. */
  async #done(): Promise<void> {
    await Promise.race([this.#parts.engine.drained(), this.#leave.promise]);
  }

  /** Cancels what has not finished in the time that `stop()` gave it, but not what is left for the next run. */
  #runOut(within: number): void {
    const { engine } = this.#parts;
    const reason = new TaskError(
      `the runner was stopped, and it had not finished within ${formatMilliseconds(within)}`,
    );
    if (engine.dispatcher.isHeld) engine.cancelRunning(reason);
    else engine.cancelEverything(reason);
  }

  #clearLimit(): void {
    if (this.#limit !== undefined) this.#parts.engine.alarms.clear(this.#limit);
    this.#limit = undefined;
  }

  /** See `TaskRunner.shutdown()`. */
  shutDown(): Promise<void> {
    return this.#shutdown ??= this.#shutDown();
  }

  /** Cancels everything, as nothing more can be saved; `run()` or `serve()` reject once everything has ended. */
  halt(error: CheckpointError): void {
    const { engine } = this.#parts;
    engine.cancelEverything(error);
    this.#stop?.resolve();
    if (engine.reports.isKnown(error)) engine.durability.acknowledge();
  }

  /** Deals with a task that failed, once its dependents have been dealt with. */
  failed(handle: Handle): void {
    const { engine, lifecycle: { isOpen, isRunning, isServing }, options: { logger, onTaskError } } = this.#parts;
    if (onTaskError === "raise" && isRunning) {
      if (this.#failed === undefined) this.#endRun(handle);
    } else if (onTaskError === "raise" && isOpen) {
      // What failed in an earlier run, was cut short too often, or ran out of time or could not be saved while nothing could
      // start, does so before this one begins.
      const isEarly = handle.restored || handle.error instanceof TaskInterruptedError ||
        (!engine.dispatcher.isOpen && hasNeverStarted(handle));
      if (isEarly) this.#failed ??= handle;
    } else if (onTaskError === "log" || (onTaskError === "raise" && isServing)) {
      const level = handle.error instanceof DependencyFailedError ? "warn" : "error";
      logger[level](new About(handle, undefined, false), handle.explain(), handle.error);
      handle.observed = true; // the end of the program need not tell it again
    }
  }

  async #serve(signal: AbortSignal | undefined): Promise<void> {
    const { engine, options } = this.#parts;
    const stop = this.#stop = Promise.withResolvers<void>();
    const stopListening = engine.cancelOnAbort(signal, () => this.stop());
    const keepAlive = setInterval(() => {}, MAX_TIMEOUT_MS);
    this.#tellStart("serve");
    engine.holdOpen("serve");
    if (options.signal?.aborted) stop.resolve();
    void engine.durability.openToRequests();
    try {
      await stop.promise;
      await this.#done();
      this.#tellEnd("serve", {});
    } catch (error) {
      this.#tellEnd("serve", { error });
      throw error;
    } finally {
      clearInterval(keepAlive);
      stopListening();
      this.#stop = undefined;
      this.#ended();
    }
  }

  /** Ends what `run()` or `serve()` began. */
  #ended(): void {
    const { engine, lifecycle, options } = this.#parts;
    this.#failed = undefined;
    this.#leave = Promise.withResolvers();
    this.#clearLimit();
    engine.durability.closeToRequests();
    engine.letClose();
    lifecycle.end();
    if (!options.signal?.aborted) engine.acceptAgain();
  }

  async #shutDown(): Promise<void> {
    const { engine, lifecycle, options: { ownPools } } = this.#parts;
    this.#warnOfOversights();
    lifecycle.shut();
    this.#ignoreSignal();
    engine.durability.freeze();
    engine.letGo();
    engine.cancelEverything(new TaskError("the runner was shut down"));
    this.#stop?.resolve();
    await engine.untilIdle();
    await engine.untilCacheIsIdle();
    await this.#untilEnded();
    engine.dispose();
    try {
      await disposeOfPools(ownPools);
    } finally {
      engine.stopWatching();
      try {
        await engine.durability.close();
      } finally {
        this.#ignoreEndSignals?.();
      }
    }
  }

  /** Resolves when `run()` or `serve()` has ended. Its caller gets its error. */
  async #untilEnded(): Promise<void> {
    await Promise.allSettled([this.#underWay]);
  }

  /** Warns of submissions that never started, and of failures that nothing has reported. */
  #warnOfOversights(): void {
    const { engine, lifecycle, options: { logger, onTaskError, signal } } = this.#parts;
    if (!lifecycle.isOpen || onTaskError === "continue" || signal?.aborted || this.#parts.hearsOfFailures()) return;
    for (const warning of engine.warnings()) logger.warn(warning);
  }

  /** Whether a task that failed before a run began runs again in it. */
  #wasRetried({ id }: Handle): boolean {
    const latest = this.#parts.engine.find(id);
    if (latest === undefined || latest === this.#failed) return false;
    this.#failed = undefined;
    return true;
  }

  /** Ends the current run, as a task failed. */
  #endRun(handle: Handle): void {
    this.#failed = handle;
    const reason = new TaskError(`"${handle.id}" failed`, { task: handle.name, cause: handle.error });
    this.#parts.engine.cancelEverything(reason);
  }
}

/** Whether a task ran out of time, or could not be saved, before it could start. */
function hasNeverStarted({ attempts, error }: Handle): boolean {
  return attempts === 0 && (error instanceof TaskTimeoutError || error instanceof CheckpointError);
}

/** What a body sees that waits for what is left. */
function leavingReason(): TaskCancelledError {
  return new TaskCancelledError("The runner stops, and leaves what has not started for the next run");
}
