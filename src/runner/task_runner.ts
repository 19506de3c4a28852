/**
 * The runner, as users see it.
 *
 * @module
 */

import { abortSignal } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { DependencyFailedError, TaskError } from "../core/errors.ts";
import { onAbort } from "../core/on_abort.ts";
import type { TaskResult } from "../core/result.ts";
import { ambientSubmitter, enterRunner, leaveRunner, useRunner } from "../tasks/ambient.ts";
import { currentAttempt } from "../tasks/attempt.ts";
import type { Handle } from "../tasks/handle.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { Inputs } from "../tasks/inputs.ts";
import { SPEC, specOfFunction, type TaskSpec } from "../tasks/spec.ts";
import { refuseWhileLoading } from "../tasks/loading.ts";
import { SUBMIT, SUBMIT_WITH, type SubmitOptions, type Submitter } from "../tasks/submitter.ts";
import type { Task } from "../tasks/task.ts";
import { Engine } from "./engine.ts";
import { TaskEventTarget } from "./events.ts";
import { type ResolvedRunnerOptions, resolveRunnerOptions, type TaskRunnerOptions } from "./options.ts";
import type { RunReport } from "./report.ts";
import { type RunnerStatistics, statisticsOf } from "./statistics.ts";

/** How long `run()` or `serve()` go on. */
export interface RunOptions {
  /** Cancels everything that is not over. `run()` then rejects with its `reason`, `serve()` resolves. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * - `open`: takes submissions; they start when somebody awaits a handle.
 * - `running`: within `run()`.
 * - `serving`: within `serve()`.
 * - `stopping`: within `serve()`, after `stop()`.
 * - `shut`: after `shutdown()`.
 */
type Phase = "open" | "running" | "serving" | "stopping" | "shut";

/** The longest interval of a timer, in milliseconds; `serve()` keeps the program alive with one. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;

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
  #phase: Phase = "open";
  /** The failure that ends the run under way. */
  #failure: { readonly error: unknown } | undefined;
  #stop: PromiseWithResolvers<void> | undefined;
  #served: Promise<void> | undefined;
  #shutdown: Promise<void> | undefined;
  /** Takes back the listening to the runner's own signal. */
  readonly #ignoreSignal: () => void;

  /**
   * Makes a runner. Dispose of it at the end, by `await using` or `shutdown()`.
   *
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If a value is out of range.
   */
  constructor(options: TaskRunnerOptions = {}) {
    super();
    this.#options = resolveRunnerOptions(options);
    this.#engine = new Engine(this.#options, this, (handle) => this.#onFailure(handle));
    this.#ignoreSignal = this.#obey(this.#options.signal, () => this.#stop?.resolve());
  }

  /** Whether it takes submissions: until `shutdown()`; after `stop()`, for a while, only those of its own tasks. */
  get open(): boolean {
    return this.#phase !== "shut";
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
    if (isTask(what)) {
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

  /** For this package: submits a task by its spec. */
  [SUBMIT]<R>(
    spec: TaskSpec<never, R>,
    args: readonly unknown[],
    options: SubmitOptions | undefined,
  ): TaskHandle<R> {
    refuseWhileLoading(`submit "${spec.options.name}"`);
    if (this.#phase === "shut" || (this.#phase === "stopping" && currentAttempt()?.submitter !== this)) {
      const why = this.#phase === "shut" ? "was shut down" : "is stopping";
      throw new Error(`Cannot submit "${spec.options.name}", as its runner ${why}`);
    }
    return this.#engine.submit(spec, args, options) as Handle<R>;
  }

  /**
   * Runs all that was submitted, and what that submits, to an end.
   *
   * @returns What became of all tasks submitted since the last run.
   * @throws The first failing task's own error, with `onTaskError: "raise"`, after everything else was cancelled and
   * is over; the `reason` of `signal` or of the runner's own, once that is aborted.
   * @throws {Error} If the runner is running or serving already, or was shut down.
   */
  async run({ signal }: RunOptions = {}): Promise<RunReport> {
    if (signal !== undefined) abortSignal(signal, "signal of run()");
    this.#enterPhase("running", "run");
    const engine = this.#engine;
    const startedAt = performance.now();
    const release = this.#obey(signal);
    engine.holdOpen("run");
    try {
      await engine.untilIdle();
      if (engine.attempts.abandoned > 0) {
        // Bodies that were just left to themselves get a chance to clean up, and to submit what that takes.
        await nextTurn();
        await engine.untilIdle();
      }
      const report = engine.takeReport(performance.now() - startedAt);
      if (this.#failure !== undefined) throw this.#failure.error;
      signal?.throwIfAborted();
      this.#options.signal?.throwIfAborted();
      return report;
    } finally {
      release();
      this.#failure = undefined;
      engine.letClose();
      if (this.#phase === "running") this.#phase = "open";
      if (!this.#options.signal?.aborted) engine.reopen();
    }
  }

  /**
   * Starts whatever is submitted, now and later, until `stop()`. It keeps the program alive meanwhile. A task's failure
   * stays with its handle, and is logged unless `onTaskError` is "continue".
   *
   * @returns When everything is over, after `stop()` or once `signal` is aborted.
   * @throws {Error} If the runner is running or serving already, or was shut down.
   */
  async serve({ signal }: RunOptions = {}): Promise<void> {
    if (signal !== undefined) abortSignal(signal, "signal of serve()");
    this.#enterPhase("serving", "serve");
    await (this.#served = this.#serve(signal));
  }

  /**
   * Ends `serve()` with grace: no more submissions but those of running tasks, and everything submitted gets done.
   *
   * @returns When it is done; at once if the runner is not serving, and for one of its own tasks, which would wait for
   * itself.
   */
  async stop(): Promise<void> {
    if (this.#phase === "serving") this.#phase = "stopping";
    this.#stop?.resolve();
    if (currentAttempt()?.owner !== this.#engine) await this.#served;
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
    return this.#engine.roster.list();
  }

  /** The results of those handles that are over, in the order of submission. */
  results(): TaskResult[] {
    return this.#engine.roster.list().flatMap((handle) => handle.peek() ?? []);
  }

  /** The handle of that task name and dedup key, if its task is not over. */
  findActive(name: string, dedupKey: string): TaskHandle<unknown> | undefined {
    return this.#engine.submissions.findActive(name, dedupKey);
  }

  /** The runner in numbers. */
  statistics(): RunnerStatistics {
    return statisticsOf(this.#engine, this.#options.lanes);
  }

  /** Calls a function with this runner as the ambient one, for it and all that it starts. */
  use<T>(fn: () => T): T {
    if (this.#phase === "shut") throw new Error("Cannot use a runner that was shut down: make a new one");
    return useRunner(this, fn);
  }

  /**
   * Makes this the ambient runner from here on, until it is shut down.
   *
   * @throws {Error} If it was shut down.
   */
  enter(): this {
    if (this.#phase === "shut") throw new Error("Cannot enter a runner that was shut down: make a new one");
    enterRunner(this);
    return this;
  }

  /** Cancels what is not over, waits until all is, and releases everything. Any number of calls do it once. */
  shutdown(): Promise<void> {
    return this.#shutdown ??= this.#shutDown();
  }

  /** The same as {@linkcode TaskRunner.shutdown}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async #serve(signal: AbortSignal | undefined): Promise<void> {
    const engine = this.#engine;
    const stop = this.#stop = Promise.withResolvers<void>();
    const release = this.#obey(signal, () => this.stop());
    const keepAlive = setInterval(() => {}, LONGEST_INTERVAL_MS);
    engine.holdOpen("serve");
    if (this.#options.signal?.aborted) stop.resolve();
    try {
      await stop.promise;
      await engine.untilIdle();
    } finally {
      clearInterval(keepAlive);
      engine.letClose();
      release();
      this.#stop = undefined;
      if (this.#phase !== "shut") this.#phase = "open";
      if (!this.#options.signal?.aborted) engine.reopen();
    }
  }

  async #shutDown(): Promise<void> {
    const engine = this.#engine;
    this.#tellOversights();
    this.#phase = "shut";
    leaveRunner(this);
    this.#ignoreSignal();
    engine.shut(new TaskError("the runner was shut down"));
    this.#stop?.resolve();
    await engine.untilIdle();
    await this.#served;
    engine.dispose();
    await Promise.all(this.#options.ownPools.map((pool) => pool[Symbol.asyncDispose]()));
  }

  /** Work that was forgotten, and failures that nobody would hear of. */
  #tellOversights(): void {
    const { onTaskError, signal } = this.#options;
    if (this.#phase !== "open" || onTaskError === "continue" || signal?.aborted || this.wants("failed")) return;
    for (const oversight of this.#engine.oversights()) this.#log("warn", oversight);
  }

  /** A logger that fails has nowhere to be reported to, and must not stop the tasks. */
  #log(level: "warn" | "error", ...data: readonly unknown[]): void {
    try {
      this.#options.logger[level](...data);
    } catch {
      return;
    }
  }

  #enterPhase(phase: "running" | "serving", method: string): void {
    refuseWhileLoading(`${method}() a runner`);
    if (this.#phase !== "open") {
      const why = this.#phase === "shut" ? "was shut down: make a new one" : `is ${this.#phase} already`;
      throw new Error(`Cannot ${method}() a runner that ${why}`);
    }
    if (currentAttempt()?.owner === this.#engine) {
      throw new Error(`Cannot ${method}() a runner from within one of its tasks: await the handles instead`);
    }
    this.#phase = phase;
  }

  /** Cancels everything once the signal is aborted; returns what takes that back. */
  #obey(signal: AbortSignal | undefined, then: () => void = () => {}): () => void {
    if (signal === undefined) return () => {};
    const abort = () => {
      this.#engine.shut(signal.reason);
      then();
    };
    if (!signal.aborted) return onAbort(signal, abort);
    abort();
    return () => {};
  }

  #onFailure(handle: Handle): void {
    const { onTaskError } = this.#options;
    const isServing = this.#phase === "serving" || this.#phase === "stopping";
    if (this.#phase === "running" && onTaskError === "raise") {
      if (this.#failure !== undefined) return;
      this.#failure = { error: handle.error };
      this.#engine.shut(new TaskError(`"${handle.id}" failed`, { task: handle.name, cause: handle.error }));
    } else if (onTaskError === "log" || (onTaskError === "raise" && isServing)) {
      this.#log(handle.error instanceof DependencyFailedError ? "warn" : "error", handle.explain(), handle.error);
    }
  }
}

/**
 * The runner that `submit()` goes to here: that of the running task, or the one entered or used; `undefined` if there
 * is none.
 *
 * @example
 * ```ts
 * import { assertStrictEquals } from "@std/assert";
 * import { currentRunner, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * assertStrictEquals(runner.use(() => currentRunner()), runner);
 * ```
 */
export function currentRunner(): TaskRunner | undefined {
  const submitter = ambientSubmitter();
  return submitter instanceof TaskRunner ? submitter : undefined;
}

/** Resolves after the event loop went round: a body whose signal was aborted may have ended by then. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isTask(what: unknown): what is Task<never, unknown> {
  return what !== null && (typeof what === "object" || typeof what === "function") && SPEC in what;
}
