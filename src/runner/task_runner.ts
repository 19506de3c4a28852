/**
 * The runner, as users see it.
 *
 * @module
 */

import type { Checkpointer } from "../core/checkpointer.ts";
import { abortSignal } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { type CheckpointError, DependencyFailedError, TaskError } from "../core/errors.ts";
import type { TaskResult } from "../core/result.ts";
import { MAX_TIMEOUT_MS } from "../core/timers.ts";
import { enterRunner, leaveRunner, useRunner } from "../tasks/scopes.ts";
import type { Handle } from "../engine/handle.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { Inputs } from "../tasks/inputs.ts";
import { SPEC, specOfFunction, type TaskSpec } from "../tasks/spec.ts";
import { type InternalSubmitOptions, SUBMIT, SUBMIT_WITH, type Submitter } from "../tasks/submitter.ts";
import type { Task } from "../tasks/task.ts";
import { endOnSignal } from "./process_signals.ts";
import type { OrphanRecord } from "../durability/recorder.ts";
import { Engine } from "../engine/engine.ts";
import { TaskEventEmitter, TaskEventTarget } from "./events.ts";
import {
  type ResolvedRunnerOptions,
  resolveRunnerOptions,
  type RunOptions,
  type TaskRunnerOptions,
} from "./options.ts";
import { JOB_RECORDS, type JobRecords, RunnerJobRecords, SchedulerNames } from "./job_records.ts";
import { RunnerLifecycle } from "./lifecycle.ts";
import { RunReport } from "./report.ts";
import { resolveResumeOptions, type ResumeOptions } from "./resume_options.ts";
import { type RunnerStatistics, statisticsOf } from "./statistics.ts";

/**
 * Runs tasks: takes submissions, orders them by their dependencies, starts them as slots are free, tries again what
 * failed, and tells how it went.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 *
 * const load = task(function load() {
 *   return [3, 1, 2];
 * });
 * const sort = task(function sort(numbers: number[]) {
 *   return numbers.toSorted();
 * });
 *
 * await using runner = new TaskRunner({ maxWorkers: 8 });
 * runner.enter();
 * const sorted = sort.submit(load.submit());
 * const report = await runner.run();
 * assertEquals(await sorted, [1, 2, 3]);
 * assertEquals(report.counts.completed, 2);
 * ```
 */
export class TaskRunner extends TaskEventTarget implements Submitter, AsyncDisposable {
  readonly #options: ResolvedRunnerOptions;
  readonly #engine: Engine;
  readonly #lifecycle: RunnerLifecycle;
  readonly #schedulerNames = new SchedulerNames();
  /** The task whose failure ends the run, under way or to come. */
  #failed: Handle | undefined;
  #stop: PromiseWithResolvers<void> | undefined;
  #served: Promise<void> | undefined;
  #shutdown: Promise<void> | undefined;
  /** Undoes the listening to the runner's own signal. */
  readonly #ignoreSignal: () => void;
  /** The same for signals of the operating system. */
  #ignoreEndSignals: (() => void) | undefined;

  /**
   * Makes a runner. Dispose of it at the end, by `await using` or `shutdown()`.
   *
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If a value is out of range.
   */
  constructor(options: TaskRunnerOptions = {}) {
    super();
    this.#options = resolveRunnerOptions(options);
    const { signal, handleSignals } = this.#options;
    this.#engine = new Engine(this.#options, {
      submitter: this,
      listener: new TaskEventEmitter(this),
      failed: (handle) => this.#onFailure(handle),
      broken: (error) => this.#halt(error),
    });
    this.#lifecycle = new RunnerLifecycle(this.#engine);
    this.#ignoreSignal = this.#engine.cancelOnAbort(signal, () => this.#stop?.resolve());
    if (handleSignals) this.#ignoreEndSignals = endOnSignal(this.#engine, this.#options);
  }

  /**
   * Makes a runner that continues where an earlier one was when its program ended, however it ended: tasks that have
   * completed, or were skipped, have finished as soon as they are submitted, with the values that they had; all others run.
   * A task is found again by its `key`, or else by its name, `version`, arguments and dependencies, in whatever order
   * tasks are submitted. Where nothing was saved yet it begins from scratch, so that a program may always begin with this.
   *
   * @param from A file that was given as `checkpointPath`, or what was given as `checkpointer`.
   * @throws {CheckpointError} If what was saved cannot be read, or is in use by another runner, or nothing can be saved there.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If a value is out of range.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * let calls = 0;
   * const measure = task({ name: "measure" }, (place: string) => (calls++, place.length));
   * const path = await Deno.makeTempFile();
   * for (let round = 1; round <= 2; round++) {
   *   await using runner = await TaskRunner.resume(path);
   *   const handle = runner.submit(measure, "Oslo");
   *   await runner.run();
   *   assertEquals([await handle, calls], [4, 1]);
   * }
   * await Deno.remove(path);
   * ```
   */
  static async resume(from: string | URL | Checkpointer, options: ResumeOptions = {}): Promise<TaskRunner> {
    const { kept, ...runnerOptions } = resolveResumeOptions(from, options);
    const runner = new TaskRunner(runnerOptions);
    try {
      await runner.#options.recorder!.resume(kept);
      return runner;
    } catch (error) {
      await Promise.allSettled([runner.shutdown()]); // what comes of that has the same cause
      throw error;
    }
  }

  /**
   * The records of tasks that were not over when the earlier run ended, and that have not been submitted since: of a
   * runner that `TaskRunner.resume()` made.
   */
  get orphaned(): readonly OrphanRecord[] {
    return this.#options.recorder?.orphaned ?? [];
  }

  /**
   * Submits the orphaned tasks from their records, with what they depend on, dependencies first: what a program does
   * that cannot tell what it had submitted. One that can submits its own tasks first. Tasks are found by module and
   * name, so that their modules must have been imported; what `.with()` changed but the name counts no more. Tasks that
   * were submitted by the body of another one are left to that, if it is yet to run.
   *
   * @returns Their handles.
   * @throws {CheckpointError} If the task of one is not there; none is submitted then.
   * @throws {Error} If the runner takes no more submissions.
   */
  resubmitOrphans(): TaskHandle<unknown>[] {
    this.#lifecycle.checkSubmit("orphans");
    return this.#options.recorder?.resubmitOrphans() ?? [];
  }

  /** Whether it takes submissions: until `shutdown()`; after `stop()`, for a while, only those of its own tasks. */
  get open(): boolean {
    return !this.#lifecycle.isShut;
  }

  /**
   * Submits a task, or a function as it is. A handle may stand wherever a value is expected, also one level down in an
   * array or plain object: the task then waits for it and gets its value.
   *
   * @throws {Error} If the runner takes no more submissions.
   * @throws {TypeError} If a handle belongs to another runner, or the task's pool or backend is not there.
   */
  submit<A extends unknown[], R>(task: Task<A, R>, ...args: Inputs<NoInfer<A>>): TaskHandle<R>;
  /** Submits a function. */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: Inputs<NoInfer<A>>): TaskHandle<Awaited<R>>;
  submit(what: Task<never, unknown> | ((...args: never) => unknown), ...args: unknown[]): TaskHandle<unknown> {
    if (what !== null && (typeof what === "object" || typeof what === "function") && SPEC in what) {
      const options = what[SUBMIT_WITH];
      if (options?.runner !== undefined && options.runner !== this) {
        throw new TypeError(`Cannot submit "${what.name}" here, as .with({ runner }) bound it to another runner`);
      }
      return this[SUBMIT](what[SPEC], args, options);
    }
    if (typeof what !== "function") {
      throw new TypeError(`Cannot submit ${describeValue(what)}: give a task or a function`);
    }
    return this[SUBMIT](specOfFunction(what), args, undefined);
  }

  /**
   * For this package: submits a task by its spec.
   *
   * @internal
   */
  [SUBMIT]<R>(
    spec: TaskSpec<never, R>,
    args: readonly unknown[],
    options: InternalSubmitOptions | undefined,
  ): TaskHandle<R> {
    this.#lifecycle.checkSubmit(`"${spec.options.name}"`);
    return this.#engine.submit(spec, args, options) as Handle<R>;
  }

  /**
   * For this package: what a scheduler needs.
   *
   * @param scheduler Its name; by default a free one.
   * @internal
   */
  [JOB_RECORDS](scheduler?: string): JobRecords {
    const { recorder, onTaskError } = this.#options;
    return new RunnerJobRecords({
      engine: this.#engine,
      recorder,
      logsFailures: onTaskError !== "raise",
      names: this.#schedulerNames,
      submit: (spec, args, options) => this[SUBMIT](spec as TaskSpec<never, unknown>, args, options),
    }, scheduler);
  }

  /**
   * Runs all that was submitted, and what that submits, to an end.
   *
   * @returns What happened to all tasks submitted since the last run.
   * @throws The first failing task's own error, with `onTaskError: "raise"`, after everything else was cancelled and
   * has finished; the `reason` of `signal` or of the runner's own, once that is aborted.
   * @throws {CheckpointError} If what happened to tasks cannot be saved; everything else was cancelled.
   * @throws {Error} If the runner is running or serving already, or was shut down.
   */
  async run({ signal }: RunOptions = {}): Promise<RunReport> {
    if (signal !== undefined) abortSignal(signal, "signal of run()");
    this.#lifecycle.begin("running");
    const engine = this.#engine;
    const startedAt = performance.now();
    const stopListening = engine.cancelOnAbort(signal);
    if (this.#failed !== undefined) this.#endRun(this.#failed);
    engine.holdOpen("run");
    try {
      await engine.drained();
      const { handles, counts } = engine.takeReport();
      const report = new RunReport(handles, counts, Math.round(performance.now() - startedAt));
      if (this.#failed !== undefined) throw this.#failed.error;
      signal?.throwIfAborted();
      this.#options.signal?.throwIfAborted();
      return report;
    } finally {
      stopListening();
      this.#failed = undefined;
      engine.letClose();
      this.#lifecycle.end();
      if (!this.#options.signal?.aborted) engine.acceptAgain();
    }
  }

  /**
   * Starts whatever is submitted, now and later, until `stop()`. It keeps the program alive meanwhile. A task's failure
   * stays with its handle, and is logged unless `onTaskError` is "continue".
   *
   * @returns When everything has finished, after `stop()` or once `signal` is aborted.
   * @throws {CheckpointError} If what happened to tasks cannot be saved; everything else was cancelled.
   * @throws {Error} If the runner is running or serving already, or was shut down.
   */
  async serve({ signal }: RunOptions = {}): Promise<void> {
    if (signal !== undefined) abortSignal(signal, "signal of serve()");
    this.#lifecycle.begin("serving");
    await (this.#served = this.#serve(signal));
  }

  /**
   * Ends `serve()` with grace: no more submissions but those of running tasks, and everything submitted gets done.
   *
   * @returns When it is done; at once if the runner is not serving, and for one of its own tasks, which would wait for
   * itself.
   */
  async stop(): Promise<void> {
    this.#lifecycle.stop();
    this.#stop?.resolve();
    if (!this.#lifecycle.isWithinTask) await this.#untilServed();
  }

  /**
   * Cancels everything that is not over; what is submitted afterwards runs.
   *
   * @returns How many tasks that were.
   */
  cancelAll(reason?: unknown): number {
    return this.#engine.cancelAll(reason);
  }

  /** The handles in the order of submission: all that are not over, and the last ones that are (see `retain`). */
  handles(): TaskHandle<unknown>[] {
    return this.#engine.handles.list();
  }

  /** The results of those handles that have finished, in the order of submission. */
  results(): TaskResult[] {
    return this.#engine.handles.list().flatMap((handle) => handle.peek() ?? []);
  }

  /** The handle of that task name and dedup key, if its task is not over. */
  findActive(name: string, dedupKey: string): TaskHandle<unknown> | undefined {
    return this.#engine.admission.findActive(name, dedupKey);
  }

  /**
   * Resolves when everything so far is on record; at once without a checkpointer.
   *
   * @returns A promise without a value.
   * @throws {CheckpointError} If it cannot be saved.
   *
   * @example Answer once the work is on record
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { MemoryCheckpointer, task, TaskRunner } from "@workflowy/workflowy";
   *
   * const checkpointer = new MemoryCheckpointer();
   * await using runner = new TaskRunner({ checkpointer });
   * runner.submit(task({ name: "send" }, (to: string) => to), "ann");
   * await runner.flush();
   * const [record] = await Array.fromAsync(checkpointer.load());
   * assertEquals([record?.name, record?.status], ["send", "ready"]);
   * ```
   */
  flush(): Promise<void> {
    return this.#engine.durability.flush();
  }

  /** The runner in numbers. */
  statistics(): RunnerStatistics {
    return statisticsOf(this.#engine, this.#options.queues);
  }

  /** Calls a function with this runner as the ambient one, for it and all that it starts. */
  use<T>(fn: () => T): T {
    this.#lifecycle.checkUse("use");
    return useRunner(this, fn);
  }

  /**
   * Makes this the ambient runner from here on, until it is shut down.
   *
   * @throws {Error} If it was shut down.
   */
  enter(): this {
    this.#lifecycle.checkUse("enter");
    enterRunner(this);
    return this;
  }

  /**
   * Cancels what is not over, waits until all is, and releases everything. Any number of calls do it once. In a checkpoint
   * what was not over stays so, for {@linkcode TaskRunner.orphaned}.
   *
   * @throws {CheckpointError} If what happened to tasks cannot be saved, and neither `run()` or `serve()` nor a handle has said so.
   */
  shutdown(): Promise<void> {
    return this.#shutdown ??= this.#shutDown();
  }

  /** The same as {@linkcode TaskRunner.shutdown}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /**
   * Logs what a listener threw.
   *
   * @internal
   */
  protected override listenerFailed(type: string, error: unknown): void {
    this.#options.logger.error(`A listener to "${type}" events failed:`, error);
  }

  async #serve(signal: AbortSignal | undefined): Promise<void> {
    const engine = this.#engine;
    const stop = this.#stop = Promise.withResolvers<void>();
    const stopListening = engine.cancelOnAbort(signal, () => this.stop());
    const keepAlive = setInterval(() => {}, MAX_TIMEOUT_MS);
    engine.holdOpen("serve");
    if (this.#options.signal?.aborted) stop.resolve();
    try {
      await stop.promise;
      await engine.drained();
    } finally {
      clearInterval(keepAlive);
      engine.letClose();
      stopListening();
      this.#stop = undefined;
      this.#failed = undefined;
      this.#lifecycle.end();
      if (!this.#options.signal?.aborted) engine.acceptAgain();
    }
  }

  async #shutDown(): Promise<void> {
    const engine = this.#engine;
    this.#warnOfOversights();
    this.#lifecycle.shut();
    leaveRunner(this);
    this.#ignoreSignal();
    engine.durability.freeze();
    engine.cancelEverything(new TaskError("the runner was shut down"));
    this.#stop?.resolve();
    await engine.untilIdle();
    await this.#untilServed();
    engine.dispose();
    try {
      await Promise.all(this.#options.ownPools.map((pool) => pool[Symbol.asyncDispose]()));
    } finally {
      try {
        await engine.durability.close();
      } finally {
        this.#ignoreEndSignals?.();
      }
    }
  }

  /** Resolves when `serve()` has finished; what it throws is its caller's. */
  async #untilServed(): Promise<void> {
    await Promise.allSettled([this.#served]);
  }

  /** Ends everything, as nothing can be saved any more; whatever waits in `run()` or `serve()` is told when it has finished. */
  #halt(error: CheckpointError): void {
    this.#engine.cancelEverything(error);
    this.#stop?.resolve();
    if (this.#engine.isReported(error)) this.#engine.durability.acknowledge();
  }

  /** Work that was forgotten, and failures that no one would hear of. */
  #warnOfOversights(): void {
    const { onTaskError, signal } = this.#options;
    if (!this.#lifecycle.isOpen || onTaskError === "continue" || signal?.aborted || this.wants("failed")) return;
    for (const warning of this.#engine.warnings()) this.#options.logger.warn(warning);
  }

  /** Ends the run under way, as a task failed. */
  #endRun(handle: Handle): void {
    this.#failed = handle;
    this.#engine.cancelEverything(new TaskError(`"${handle.id}" failed`, { task: handle.name, cause: handle.error }));
  }

  #onFailure(handle: Handle): void {
    const { onTaskError } = this.#options;
    const { isOpen, isRunning, isServing } = this.#lifecycle;
    if (onTaskError === "raise" && isRunning) {
      if (this.#failed === undefined) this.#endRun(handle);
    } else if (onTaskError === "raise" && isOpen) {
      // What failed in an earlier run does so before this one begins.
      if (handle.restored) this.#failed ??= handle;
    } else if (onTaskError === "log" || (onTaskError === "raise" && isServing)) {
      const level = handle.error instanceof DependencyFailedError ? "warn" : "error";
      this.#options.logger[level](handle.explain(), handle.error);
    }
  }
}
