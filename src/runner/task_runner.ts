/**
 * The runner, as users see it.
 *
 * @module
 */

import type { Checkpointer } from "../core/checkpointer.ts";
import { callable, nonEmptyString } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import type { TaskResult } from "../core/result.ts";
import { enterRunner, leaveRunner, useRunner } from "../tasks/scopes.ts";
import { Handle } from "../engine/handle.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { Inputs } from "../tasks/inputs.ts";
import { SPEC, specOfFunction, type TaskSpec } from "../tasks/spec.ts";
import { type InternalSubmitOptions, SLOTS, SUBMIT, SUBMIT_WITH, type Submitter } from "../tasks/submitter.ts";
import type { Task } from "../tasks/task.ts";
import type { OrphanRecord } from "../durability/recorder.ts";
import { Engine } from "../engine/engine.ts";
import type { Observer } from "../engine/observer.ts";
import { checkObserver } from "../engine/observers.ts";
import { announce, lentCheckpoint } from "./attached_tool.ts";
import { EventListeners, TaskEventEmitter } from "./event_listeners.ts";
import type { RunEndedListener, TaskEventListener, TaskEventType } from "./events.ts";
import {
  type ResolvedRunnerOptions,
  resolveRunnerOptions,
  type RunOptions,
  signalOf,
  type TaskRunnerOptions,
} from "./options.ts";
import { JOB_RECORDS, type JobRecords, RunnerJobRecords, SchedulerNames } from "./job_records.ts";
import { RunnerLifecycle } from "./lifecycle.ts";
import type { RunnerScheduler } from "./schedulers.ts";
import type { RunReport } from "../engine/report.ts";
import { KEPT, resolveResumeOptions, type ResumeOptions } from "./resume_options.ts";
import { RunControl } from "./run_control.ts";
import { openWhenFree } from "./standby.ts";
import type { StopOptions } from "./stop_options.ts";
import { type RunnerStatistics, statisticsOf } from "./statistics.ts";
import { limitsOf, type LimitStatistics } from "./limit_statistics.ts";

/**
 * Runs tasks: accepts submissions, orders them by their dependencies, starts them when slots are free, retries what failed,
 * and reports the outcome. It is an `EventTarget`, whose events say what happens to tasks.
 *
 * @example Two tasks, of which one depends on the other
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
export class TaskRunner extends EventTarget implements Submitter, AsyncDisposable {
  readonly #options: ResolvedRunnerOptions;
  readonly #engine: Engine;
  readonly #lifecycle: RunnerLifecycle;
  readonly #control: RunControl;
  readonly #listeners: EventListeners;
  readonly #schedulerNames = new SchedulerNames();
  #runId: string | undefined;
  /** Set once there was a listener to events. */
  #emitting: Disposable | undefined;

  /**
   * Makes a runner. Dispose of it at the end, by `await using` or `shutdown()`.
   *
   * @param options Pools, limits, the checkpoint, and what failures mean. Default: 100 tasks at a time on the event loop,
   * nothing is saved, and the first failure ends `run()`.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If a value is out of range.
   */
  constructor(options: TaskRunnerOptions = {}) {
    super();
    const lent = lentCheckpoint(options);
    const resolved = this.#options = resolveRunnerOptions(
      lent === undefined ? options : { ...options, checkpointer: lent.checkpointer },
    );
    const listeners = this.#listeners = new EventListeners((type, error) => {
      resolved.logger.error(`A listener to "${type}" events failed:`, error);
    });
    const engine = this.#engine = new Engine(resolved, {
      submitter: this,
      failed: (handle) => this.#control.failed(handle),
      broken: (error) => this.#control.halt(error),
    });
    const lifecycle = this.#lifecycle = new RunnerLifecycle(engine);
    const hearsOfFailures = () => listeners.wants("failed") || listeners.wants("status");
    this.#control = new RunControl({ options: resolved, engine, lifecycle, hearsOfFailures });
    if (lent !== undefined) resolved.recorder!.continueFrom(new Map(lent.records), KEPT);
    announce(this, options);
    resolved.surroundings.joined(engine);
  }

  /**
   * Makes a runner that continues where an earlier one was when its program ended, however it ended. Tasks that completed
   * or were skipped have finished as soon as they are submitted, with the values that they had; all others run. A task is
   * found again by its `key`, or else by its module, name, `version`, arguments and dependencies, and by the task whose body
   * submits it. Where nothing was saved yet, it starts from the beginning, so that a program can always begin with this.
   *
   * @param from A file that was given as `checkpointPath`, or what was given as `checkpointer`.
   * @param options Those of the runner, whether failures are kept, and whether to wait while another runner has it. Default:
   * as those of `new TaskRunner()`; what failed runs again; not to wait.
   * @returns The runner, once all that was saved is read.
   * @throws {CheckpointError} If what was saved cannot be read, or is in use by another runner, or nothing can be saved there.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If a value is out of range.
   * @throws The reason of a signal, if it is aborted while it waits.
   *
   * @example The second round finds what the first one has done
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
    const { kept, standby, ...runnerOptions } = resolveResumeOptions(from, options);
    const runner = new TaskRunner(runnerOptions);
    const open = () => runner.#options.recorder!.resume(kept);
    try {
      if (standby === undefined) await open();
      else await openWhenFree(open, [standby.signal, runner.#options.signal].filter((each) => each !== undefined));
      return runner;
    } catch (error) {
      await Promise.allSettled([runner.shutdown()]); // if that fails, it is for the same reason
      throw error;
    }
  }

  /**
   * The records of tasks that had not finished when the earlier run ended, and that have not been submitted since. Only a
   * runner made by `TaskRunner.resume()` has any. A record that `resubmitOrphans()` could not submit has the reason.
   */
  get orphaned(): readonly OrphanRecord[] {
    return this.#options.recorder?.orphaned ?? [];
  }

  /**
   * Submits the orphaned tasks from their records, dependencies first: for programs that cannot tell what they had
   * submitted, such as services. A program that can tell submits its own tasks first. Tasks are found by module and name, so
   * their modules must have been imported. Tasks that the body of another task submitted are left to that body, if it is
   * still to run. Those that cannot be submitted stay in `orphaned`, with the reason, which is also logged.
   *
   * @returns The handles of those that were submitted.
   * @throws {Error} If the runner accepts no more submissions.
   *
   * @example What was accepted is done after a restart
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { MemoryCheckpointer, task, TaskRunner } from "@workflowy/workflowy";
   *
   * const checkpointer = new MemoryCheckpointer();
   * const send = task({ name: "send-mail" }, (to: string) => `sent to ${to}`);
   * {
   *   await using runner = new TaskRunner({ checkpointer });
   *   await runner.submit(send, "ann").saved(); // and the program ends
   * }
   * await using runner = await TaskRunner.resume(checkpointer);
   * const handles = runner.resubmitOrphans();
   * assertEquals(await Promise.all(handles), ["sent to ann"]);
   * ```
   */
  resubmitOrphans(): TaskHandle<unknown>[] {
    this.#lifecycle.checkSubmit("orphans");
    return this.#options.recorder?.resubmitOrphans() ?? [];
  }

  /** The `name` of its options. Default: `"runner-1"`, and so on, in the order in which the program makes its runners. */
  get name(): string {
    return this.#options.name;
  }

  /** Identifies this runner among all, in this program and others: a UUID. */
  get runId(): string {
    return this.#runId ??= crypto.randomUUID();
  }

  /** Its schedulers that have not ended, for those who look at a runner. */
  get schedulers(): readonly RunnerScheduler[] {
    return [...this.#schedulerNames.listed];
  }

  /** Whether it accepts submissions: until `shutdown()`. After `stop()`, only those of its own tasks, for a while. */
  get open(): boolean {
    return !this.#lifecycle.isShut;
  }

  /**
   * Submits a task. A handle can be given wherever a value is expected, also one level down in an array or plain object: the
   * task then waits for it and gets its value.
   *
   * @param task The task.
   * @param args Its arguments: values, or handles whose values they are.
   * @returns The handle of the task.
   * @throws {Error} If the runner accepts no more submissions.
   * @throws {TypeError} If a handle belongs to another runner, the task's pool or backend does not exist, or an argument
   * cannot be sent to it.
   * @throws {CheckpointError} If the arguments cannot be saved.
   *
   * @example A task and a plain function
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const square = task({ name: "square" }, (x: number) => x * x);
   * await using runner = new TaskRunner();
   * const nine = runner.submit(square, 3);
   * const ten = runner.submit((x: number) => x + 1, nine);
   * assertEquals([await nine, await ten], [9, 10]);
   * ```
   */
  submit<A extends unknown[], R>(task: Task<A, R>, ...args: Inputs<NoInfer<A>>): TaskHandle<R>;
  /**
   * Submits a function, as a task without options.
   *
   * @param fn The function.
   * @param args Its arguments: values, or handles whose values they are.
   * @returns The handle of the task.
   * @throws {Error} If the runner accepts no more submissions.
   * @throws {TypeError} If a handle belongs to another runner.
   * @throws {CheckpointError} If the arguments cannot be saved.
   */
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
   * For this package: how many slots the pool of a task has.
   *
   * @internal
   */
  [SLOTS](spec: TaskSpec): number {
    return this.#engine.dispatcher.queueFor(spec).pool.maxWorkers;
  }

  /**
   * For this package: what a scheduler needs.
   *
   * @param scheduler Its name; by default a free one.
   * @internal
   */
  [JOB_RECORDS](scheduler?: string): JobRecords {
    const { recorder, onTaskError, logger, random } = this.#options;
    return new RunnerJobRecords({
      engine: this.#engine,
      recorder,
      logsFailures: onTaskError !== "raise",
      names: this.#schedulerNames,
      logger,
      random,
      submit: (spec, args, options) => this[SUBMIT](spec as TaskSpec<never, unknown>, args, options),
    }, scheduler);
  }

  /**
   * Runs all that was submitted, and what that submits, until everything has finished, also what sleeps or waits for a signal.
   * `stop()` may end it earlier.
   *
   * @param options A signal that cancels everything that has not finished. Default: none.
   * @returns What happened to all tasks submitted since the last run.
   * @throws The error of the first task that failed, with `onTaskError: "raise"`, once everything else was cancelled, although
   * bodies may still be cleaning up; the `reason` of the signal or of the runner's own, once that is aborted.
   * @throws {CheckpointError} If what happened to tasks cannot be saved; everything else was cancelled.
   * @throws {TypeError} If an option is unknown, or `signal` is not an `AbortSignal`.
   * @throws {Error} If the runner is running or serving already, or was shut down.
   *
   * @example A report of three tasks
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const square = task({ name: "square" }, (x: number) => x * x);
   * await using runner = new TaskRunner();
   * square.with({ runner }).map([1, 2, 3]);
   * const { ok, counts } = await runner.run({ signal: AbortSignal.timeout(60_000) });
   * assertEquals([ok, counts.completed], [true, 3]);
   * ```
   */
  async run(options: RunOptions = {}): Promise<RunReport> {
    return await this.#control.run(signalOf(options, "of run()"));
  }

  /**
   * Starts whatever is submitted, now and later, until `stop()`. It keeps the program alive meanwhile. A failure stays with
   * its handle, and is logged unless `onTaskError` is `"continue"`.
   *
   * @param options A signal that stops it and cancels everything that has not finished. Default: none.
   * @returns A promise that resolves when everything has finished, after `stop()` or once the signal is aborted.
   * @throws {CheckpointError} If what happened to tasks cannot be saved; everything else was cancelled.
   * @throws {TypeError} If an option is unknown, or `signal` is not an `AbortSignal`.
   * @throws {Error} If the runner is running or serving already, or was shut down.
   *
   * @example A service that answers one request
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const square = task({ name: "square" }, (x: number) => x * x);
   * await using runner = new TaskRunner();
   * const served = runner.serve();
   * assertEquals(await runner.submit(square, 3), 9); // for each request
   * await runner.stop();
   * await served;
   * ```
   */
  async serve(options: RunOptions = {}): Promise<void> {
    await this.#control.serve(signalOf(options, "of serve()"));
  }

  /**
   * Ends `serve()` or `run()`: no more submissions but those of running tasks are accepted, and everything that was submitted
   * is done, or left in the checkpoint for the next run. It may be called again, to leave what it was to finish, or for another
   * limit.
   *
   * @param options Whether what has not started is left, and after which time the rest is cancelled. Default: everything is
   * done, however long it takes.
   * @returns A promise that resolves when everything is done. It resolves at once if the runner neither serves nor runs, and
   * for one of its own tasks, which would wait for itself.
   * @throws {TypeError} If an option is unknown or of a wrong kind, or there is no checkpoint to leave anything in.
   * @throws {RangeError} If a value is out of range.
   *
   * @example What was submitted is still done
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner();
   * const served = runner.serve();
   * const last = runner.submit(task({ name: "last" }, () => "done"));
   * await runner.stop();
   * assertEquals(last.status, "completed");
   * await served;
   * ```
   */
  async stop(options: StopOptions = {}): Promise<void> {
    await this.#control.stop(options);
  }

  /**
   * Cancels everything that has not finished. What is submitted afterwards runs.
   *
   * @param reason What bodies get as the `reason` of their signal. Default: a `TaskCancelledError`.
   * @returns How many tasks were cancelled.
   *
   * @example Cancel two tasks
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const wait = task({ name: "wait" }, () => new Promise(() => {}));
   * await using runner = new TaskRunner();
   * const handles = [runner.submit(wait), runner.submit(wait)];
   * assertEquals(runner.cancelAll("not needed any more"), 2);
   * assertEquals(handles.map(({ status }) => status), ["cancelled", "cancelled"]);
   * ```
   */
  cancelAll(reason?: unknown): number {
    return this.#engine.cancelAll(reason);
  }

  /**
   * Starts nothing more in a pool, or in all of them, until `unpause()`. What runs continues, also when it returns from a
   * wait, and so does what a worker was already given, which is some milliseconds of work. `run()`, `stop()` and code that
   * waits for a handle wait until then; they keep the program alive, and a warning says that nothing runs. Signals, `cancel()`
   * and `shutdown()` end what waits. A pause is not saved in a checkpoint.
   *
   * @param pool The name of the pool, or of a backend. Default: all pools.
   * @throws {TypeError} If there is no such pool.
   *
   * @example Nothing starts during maintenance
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner({ pools: { database: { maxWorkers: 4 } } });
   * const served = runner.serve();
   * runner.pause("database");
   * const handle = runner.submit(task({ name: "query", pool: "database" }, () => 42));
   * assertEquals(handle.explain(), `"query#1" is ready, but its pool "database" is paused, until unpause("database") or unpause().`);
   * runner.unpause("database");
   * assertEquals(await handle, 42);
   * await runner.stop();
   * await served;
   * ```
   */
  pause(pool?: string): void {
    for (const queue of this.#engine.dispatcher.queuesNamed(pool)) queue.pause();
  }

  /**
   * Lets tasks start again in a pool that was paused, or in all of them.
   *
   * @param pool The name of the pool, or of a backend. Default: all pools.
   * @throws {TypeError} If there is no such pool.
   *
   * @example What had to wait starts
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner();
   * runner.pause();
   * const handle = runner.submit(task({ name: "answer" }, () => 42));
   * setTimeout(() => runner.unpause(), 10);
   * assertEquals(await handle, 42);
   * ```
   */
  unpause(pool?: string): void {
    for (const queue of this.#engine.dispatcher.queuesNamed(pool)) queue.unpause();
  }

  /**
   * Runs a task again that failed, was cancelled or was skipped: a new handle with the same id, arguments and options, and all
   * attempts. With it run the dependencies for whose sake it was not run, and what depends on it is decided again: tasks that
   * were not run because of it, or ran in spite of its loss. Old handles keep their outcome; {@linkcode TaskRunner.get} gives
   * the new ones. On record, they take the place of the old ones. After a `run()`, the next one runs them.
   *
   * @param handle A handle of this runner. If its task was retried since, the latest handle counts.
   * @returns The new handle; if the task was retried since and has not failed again, that handle.
   * @throws {TypeError} If it is not a handle of this runner.
   * @throws {Error} If it has not finished or has completed, the runner no longer knows it (see `retain`), everything is being
   * cancelled, or the runner accepts no more submissions.
   *
   * @example Once the server is back
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * let isUp = false;
   * const load = task({ name: "load" }, (page: number) => {
   *   if (!isUp) throw new Error("no answer");
   *   return page;
   * });
   * const double = task({ name: "double" }, (x: number) => 2 * x);
   * await using runner = new TaskRunner({ onTaskError: "continue" });
   * const page = load.with({ runner }).submit(4);
   * const doubled = double.with({ runner }).submit(page);
   * assertEquals((await runner.run()).counts.failed, 2);
   *
   * isUp = true;
   * assertEquals(await runner.retry(page), 4);
   * assertEquals([await runner.get(doubled.id), doubled.status], [8, "failed"]);
   * ```
   */
  retry<T>(handle: TaskHandle<T>): TaskHandle<T> {
    this.#lifecycle.checkSubmit("anything again");
    if (!(handle instanceof Handle) || handle.owner !== this.#engine) {
      throw new TypeError(`Cannot retry ${describeValue(handle)}: give a handle of this runner`);
    }
    return this.#engine.retries.retry(handle as Handle) as Handle<T>;
  }

  /**
   * Runs everything again that failed, was cancelled or was skipped, as {@linkcode TaskRunner.retry} does, of all handles that
   * the runner knows (see `retain`). What the body of such a task had submitted is left to that body.
   *
   * @returns The new handles, dependencies first.
   * @throws {Error} If everything is being cancelled, or the runner accepts no more submissions.
   *
   * @example A second run for what failed in the first one
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * let night = 1;
   * const back = task({ name: "back-up" }, (disk: string) => {
   *   if (disk === "d" && night === 1) throw new Error("not mounted");
   *   return disk;
   * });
   * await using runner = new TaskRunner({ onTaskError: "continue" });
   * back.with({ runner }).map(["c", "d"]);
   * assertEquals((await runner.run()).counts.failed, 1);
   * night++;
   * assertEquals(runner.retryFailed().length, 1);
   * assertEquals((await runner.run()).results.map(({ value }) => value), ["d"]);
   * ```
   */
  retryFailed(): TaskHandle<unknown>[] {
    this.#lifecycle.checkSubmit("anything again");
    return this.#engine.retries.retryFailed();
  }

  /**
   * The handles of all tasks that have not finished, and of the last ones that have (see `retain`).
   *
   * @returns The handles, in the order of submission.
   *
   * @example The tasks that wait
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner();
   * runner.submit(task({ name: "load" }, () => {}));
   * assertEquals(runner.handles().map(({ name, status }) => `${name} is ${status}`), ["load is ready"]);
   * await runner.run();
   * ```
   */
  handles(): TaskHandle<unknown>[] {
    return this.#engine.handles.list();
  }

  /**
   * The handle with an id, of an unfinished task or one of the last that have finished (see `retain`).
   *
   * @param id The id, such as the `key` that the task was submitted with.
   * @returns The handle; of several with that id the latest; `undefined` if none is known.
   *
   * @example A task by its key
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner();
   * runner.submit(task({ name: "charge" }, () => 42).with({ key: "order-7" }));
   * assertEquals([await runner.get("order-7"), runner.get("order-8")], [42, undefined]);
   * ```
   */
  get(id: string): TaskHandle<unknown> | undefined {
    return this.#engine.find(id);
  }

  /**
   * The handles of the tasks that are running now.
   *
   * @returns The handles, in the order of submission.
   *
   * @example What runs
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner();
   * const look = task({ name: "look" }, () => runner.running().map(({ name }) => name));
   * assertEquals(await runner.submit(look), ["look"]);
   * ```
   */
  running(): TaskHandle<unknown>[] {
    return this.#engine.handles.running();
  }

  /**
   * The results of those handles that have finished.
   *
   * @returns The results, in the order of submission.
   *
   * @example The value of a task
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner();
   * await runner.submit(task({ name: "answer" }, () => 42));
   * assertEquals(runner.results().map(({ name, value }) => [name, value]), [["answer", 42]]);
   * ```
   */
  results(): TaskResult[] {
    return this.#engine.handles.list().flatMap((handle) => handle.peek() ?? []);
  }

  /**
   * The unfinished task with a dedup key.
   *
   * @param name The name of the task.
   * @param dedupKey The key, as `dedupKey` or `dedupBy` gave it.
   * @returns Its handle; `undefined` if there is none, or it has finished.
   *
   * @example Whether a page is being loaded
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const load = task({ name: "load", dedupBy: (url: string) => url }, (url: string) => url.length);
   * await using runner = new TaskRunner();
   * const handle = runner.submit(load, "https://deno.com");
   * assertEquals(runner.findActive("load", "https://deno.com"), handle);
   * await handle;
   * assertEquals(runner.findActive("load", "https://deno.com"), undefined);
   * ```
   */
  findActive(name: string, dedupKey: string): TaskHandle<unknown> | undefined {
    return this.#engine.admission.findActive(name, dedupKey);
  }

  /**
   * Delivers a value to what waits for a key, by `waitFor(key)`: now or later, also in a later run, if there is a checkpointer.
   * A value that no task waits for is kept until one does; the runner need not run. A key is remembered as long as it is on
   * record (see `retention`). Without a checkpointer, the last `retain` keys are that no task waits for any more.
   *
   * @param key The key. It can be delivered once.
   * @param value What those who wait get. With a checkpointer it must be one that can be saved. Default: `undefined`.
   * @returns Whether it is delivered, once that is on record; `false` if it was delivered before, or what waited for it has
   * timed out.
   * @throws {TypeError} If `key` is not a string.
   * @throws {RangeError} If `key` is empty.
   * @throws {CheckpointError} If it cannot be saved.
   * @throws {Error} If the runner was shut down.
   *
   * @example A key is delivered once
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { TaskRunner, waitFor } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner().enter();
   * const early = await runner.deliver("approval", "by Ann");
   * const twice = await runner.deliver("approval", "by Bob");
   * assertEquals([early, twice, await waitFor("approval")], [true, false, "by Ann"]);
   * ```
   */
  async deliver(key: string, value?: unknown): Promise<boolean> {
    nonEmptyString(key, "The key of deliver()");
    this.#lifecycle.checkDeliver(key);
    return await this.#engine.signals.deliver(key, value);
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

  /**
   * How many tasks have each status, and how busy the pools are.
   *
   * @returns The numbers as they are now.
   *
   * @example How many have completed
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner();
   * await runner.submit(task({ name: "answer" }, () => 42));
   * const { submitted, completed, pools } = runner.statistics();
   * assertEquals([submitted, completed, pools["async"]?.busy], [1, 1, 0]);
   * ```
   */
  statistics(): RunnerStatistics {
    return statisticsOf(this.#engine, this.#options.queues);
  }

  /**
   * The limits that ready tasks have at the moment, and those of pools: those for which most tasks wait first, at most 50.
   *
   * @returns The limits as they are now.
   *
   * @example A pool that starts one task a minute
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { TaskRunner } from "@workflowy/workflowy";
   *
   * await using runner = new TaskRunner({ pools: { mail: { maxWorkers: 5, throttle: { limit: 1, period: "1m" } } } });
   * assertEquals(runner.limits(), [
   *   { kind: "throttle", pool: "mail", waiting: 0, opensInMs: 0, limit: 1, periodMs: 60_000, used: 0 },
   * ]);
   * ```
   */
  limits(): LimitStatistics[] {
    return limitsOf(this.#options.queues.values());
  }

  /**
   * Calls a function with this runner as the current one, for the call and everything that it starts.
   *
   * @param fn The function.
   * @returns What it returns.
   * @throws What it throws.
   * @throws {TypeError} If it is not a function.
   * @throws {Error} If the runner was shut down.
   *
   * @example A runner for one call
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const square = task({ name: "square" }, (x: number) => x * x);
   * await using runner = new TaskRunner();
   * assertEquals(await runner.use(() => square.submit(3)), 9);
   * ```
   */
  use<T>(fn: () => T): T {
    this.#lifecycle.checkUse("use");
    callable(fn, "What use() is given");
    return useRunner(this, fn);
  }

  /**
   * Makes this the current runner from here on, until it is shut down.
   *
   * @returns The runner.
   * @throws {Error} If it was shut down.
   *
   * @example A runner for the rest of the program
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const square = task({ name: "square" }, (x: number) => x * x);
   * await using runner = new TaskRunner().enter();
   * assertEquals([await square.submit(3), runner.handles().length], [9, 1]);
   * ```
   */
  enter(): this {
    this.#lifecycle.checkUse("enter");
    enterRunner(this);
    return this;
  }

  /**
   * Cancels what has not finished, waits until all tasks and workers have ended, and releases everything. Further calls wait
   * for the same. It does not wait for bodies on the event loop that were cancelled: they may still be cleaning up. In a
   * checkpoint, what had not finished stays so, for {@linkcode TaskRunner.orphaned}.
   *
   * @returns A promise that resolves when all tasks and workers have ended and everything was saved.
   * @throws {CheckpointError} If what happened to tasks cannot be saved, and neither `run()`, `serve()` or `flush()` nor a
   * handle has reported it.
   *
   * @example A runner without `await using`
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const runner = new TaskRunner();
   * assertEquals(await runner.submit(task({ name: "answer" }, () => 42)), 42);
   * await runner.shutdown();
   * assertEquals(runner.open, false);
   * ```
   */
  shutdown(): Promise<void> {
    leaveRunner(this);
    return this.#control.shutDown();
  }

  /**
   * The same as {@linkcode TaskRunner.shutdown}.
   *
   * @returns A promise that resolves when all tasks and workers have ended and everything was saved.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /**
   * Watches the runner through plain callbacks, which take a fraction of the time of events: what happens to tasks, attempts
   * and workers, and what tasks log and print. See {@linkcode Observer}.
   *
   * @param observer The callbacks. Those that are there when this is called count.
   * @returns What ends it when disposed of. It need not be: the observer ends with the runner.
   * @throws {TypeError} If `observer` is not an object, or one of its callbacks is not a function.
   *
   * @example Count what runs
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * let [running, most] = [0, 0];
   * await using runner = new TaskRunner();
   * using _ = runner.observe({
   *   status(_handle, from, to) {
   *     if (from === "running") running--;
   *     if (to === "running") most = Math.max(most, ++running);
   *   },
   * });
   * await runner.submit(task({ name: "load" }, () => {}));
   * assertEquals([running, most], [0, 1]);
   * ```
   */
  observe(observer: Observer): Disposable {
    return this.#engine.observers.add(checkObserver(observer));
  }

  /**
   * Listens to what happens to tasks. Listeners are called as things happen, before code that waits for a handle continues.
   * What a listener throws, or rejects with, is logged.
   *
   * @param type What is listened to, such as `"completed"`.
   * @param listener What is called with each {@linkcode TaskEvent}.
   * @param options As those of an `EventTarget`. Default: until it is removed.
   *
   * @example What has completed
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, TaskRunner } from "@workflowy/workflowy";
   *
   * const seen: string[] = [];
   * await using runner = new TaskRunner();
   * runner.addEventListener("completed", ({ handle }) => seen.push(handle.name));
   * await runner.submit(task({ name: "load" }, () => {}));
   * assertEquals(seen, ["load"]);
   * ```
   */
  override addEventListener(
    type: TaskEventType,
    listener: TaskEventListener | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /**
   * Listens to the ends of runs.
   *
   * @param type `"run"`.
   * @param listener What is called with each {@linkcode RunEndedEvent}.
   * @param options As those of an `EventTarget`. Default: until it is removed.
   */
  override addEventListener(
    type: "run",
    listener: RunEndedListener | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /**
   * Listens to an event of another type, which the program dispatches.
   *
   * @param type The type of the events.
   * @param listener What is called with each event.
   * @param options As those of an `EventTarget`. Default: until it is removed.
   */
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | TaskEventListener | RunEndedListener | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    this.#emitting ??= this.observe(new TaskEventEmitter(this, this.#listeners));
    super.addEventListener(type, this.#listeners.add(type, listener as EventListenerOrEventListenerObject), options);
  }

  /**
   * Removes a listener.
   *
   * @param type The type of events that it was added for.
   * @param listener The listener.
   * @param options Whether it was added to capture events. Default: that it was not.
   *
   * @example A listener to the first event only
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, type TaskEvent, TaskRunner } from "@workflowy/workflowy";
   *
   * const seen: string[] = [];
   * await using runner = new TaskRunner();
   * const listener = ({ handle }: TaskEvent) => {
   *   seen.push(handle.name);
   *   runner.removeEventListener("completed", listener);
   * };
   * runner.addEventListener("completed", listener);
   * await runner.submit(task({ name: "first" }, () => {}));
   * await runner.submit(task({ name: "second" }, () => {}));
   * assertEquals(seen, ["first"]);
   * ```
   */
  override removeEventListener(
    type: TaskEventType,
    listener: TaskEventListener | null,
    options?: boolean | EventListenerOptions,
  ): void;
  /**
   * Removes a listener to the ends of runs.
   *
   * @param type `"run"`.
   * @param listener The listener.
   * @param options Whether it was added to capture events. Default: that it was not.
   */
  override removeEventListener(
    type: "run",
    listener: RunEndedListener | null,
    options?: boolean | EventListenerOptions,
  ): void;
  /**
   * Removes a listener to events of another type.
   *
   * @param type The type of events that it was added for.
   * @param listener The listener.
   * @param options Whether it was added to capture events. Default: that it was not.
   */
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | TaskEventListener | RunEndedListener | null,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, this.#listeners.guard(listener as EventListenerOrEventListenerObject), options);
  }
}
