/**
 * The parts of a runner, put together.
 *
 * Calls form one ring: admission → queue → executor → completion → durability → publish → queue. `ARCHITECTURE.md` draws
 * it.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { describeError } from "../core/describe.ts";
import type { CheckpointError } from "../core/errors.ts";
import { IdleGate } from "../core/idle_gate.ts";
import { About } from "../core/log_format.ts";
import type { Logger } from "../core/logger.ts";
import { onAbort } from "../core/on_abort.ts";
import type { TaskResult } from "../core/result.ts";
import { NonRetryableError } from "../core/retry_errors.ts";
import { CANCELLED, COMPLETED, RUNNING } from "../core/status.ts";
import { Timers } from "../core/timers.ts";
import { Namesakes } from "../tasks/namesakes.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { InternalSubmitOptions, Submitter } from "../tasks/submitter.ts";
import type { ResolvedRunnerCache } from "../core/task_cache.ts";
import { Admission } from "./admission.ts";
import { Ends } from "./as_completed.ts";
import { currentAttempt } from "./attempt.ts";
import { Caching } from "./caching.ts";
import { CancelGroups } from "./cancel_groups.ts";
import { Completion, type CompletionListener } from "./completion.ts";
import { Deadlines } from "./deadlines.ts";
import { Dependencies } from "./dependencies.ts";
import type { Durability, DurabilityHost, Resubmission } from "./durability.ts";
import { Backoffs } from "./backoffs.ts";
import { Executor } from "./executor.ts";
import { explain } from "./explain.ts";
import type { AttemptState, Handle, HandleDetails, HandleOwner } from "./handle.ts";
import { HandleStore } from "./handle_store.ts";
import { limitObstacle, readyObstacle } from "./limits/explain_limits.ts";
import { Limits } from "./limits/limits.ts";
import { Dispatcher } from "./queue/dispatcher.ts";
import type { PoolQueue } from "./queue/pool_queue.ts";
import { Signals } from "./signals.ts";
import { leaveQueued, letGo } from "./leaving.ts";
import { Observers } from "./observers.ts";
import { Releaser } from "./release.ts";
import { Retries } from "./retrying.ts";
import { RunReports } from "./run_reports.ts";
import { SlotWaits } from "./slot_waits.ts";
import { StatusStore } from "./status_store.ts";
import { Watching } from "./watching.ts";

/** What an engine is made from. */
export interface EngineOptions {
  readonly queues: ReadonlyMap<string, PoolQueue>;
  /** The queue of tasks that name neither a backend nor a pool. */
  readonly defaultQueue: string;
  /** How many finished handles are kept. */
  readonly retain: number;
  readonly logger: Logger;
  /** Where retries, pauses and what waits for a limit are noted, if they are. */
  readonly detailLogger: Logger | undefined;
  readonly durability: Durability;
  /** Where results of tasks with a cache are kept. */
  readonly cache: ResolvedRunnerCache;
  readonly clock: Clock;
  /** A number from 0 to 1, for waits that are randomized. */
  readonly random: () => number;
}

/** The runner that an engine belongs to. */
export interface EngineHost {
  /** Where submissions from task bodies go. */
  readonly submitter: Submitter;
  /** Notified of each task that failed, once its dependents have been dealt with. */
  failed(handle: Handle): void;
  /** Told that nothing more can be saved. */
  broken(error: CheckpointError): void;
}

/** Runs tasks; what a failure means to `run()` and `serve()` is the runner's business. */
export class Engine implements HandleOwner, CompletionListener, DurabilityHost {
  readonly clock: Clock;
  readonly epoch: number;
  readonly origin: number;
  readonly alarms: Timers;
  readonly observers: Observers;
  readonly statuses: StatusStore;
  readonly handles: HandleStore;
  readonly dispatcher: Dispatcher;
  readonly admission: Admission;
  readonly executor: Executor;
  readonly durability: Durability;
  readonly signals: Signals;
  readonly retries: Retries;
  readonly reports: RunReports;
  readonly #watching: Watching;
  readonly #limits: Limits;
  readonly #host: EngineHost;
  readonly #logger: Logger;
  readonly #completion: Completion;
  readonly #caching: Caching;
  readonly #waits: SlotWaits;
  readonly #releaser: Releaser;
  readonly #namesakes: Namesakes;
  readonly #dependencies: Dependencies;
  /** While set, what is submitted is cancelled at once, for this reason. */
  #cancelReason: { readonly reason: unknown } | undefined;
  /** Whether a submission is being cancelled for that reason. */
  #isRefusing = false;
  readonly #idle = new IdleGate();
  /** Opened whenever a body has ended, or waits for a handle. */
  readonly #calm = new IdleGate();
  /** Whether what has not started was left for the next run. */
  #hasLeft = false;
  #purpose: "run" | "serve" | undefined;
  /** Whether there are pools that know the run. */
  #hasAttached = false;

  constructor(options: EngineOptions, host: EngineHost) {
    const { queues, defaultQueue, retain, logger, detailLogger, durability, clock, random } = options;
    this.clock = clock;
    this.epoch = clock.now();
    this.origin = clock.elapsed();
    const alarms = this.alarms = new Timers(clock);
    this.#host = host;
    this.#logger = logger;
    this.durability = durability;
    const observers = this.observers = new Observers((callback, error) => {
      logger.error(`An observer's ${callback}() failed:`, error);
    });
    this.#watching = new Watching(observers, [...queues.values()]);
    const statuses = this.statuses = new StatusStore(observers);
    const dispatcher = this.dispatcher = new Dispatcher(statuses, queues, defaultQueue, clock);
    const handles = this.handles = new HandleStore(retain, durability);
    const awaitsEvent = () => this.signals.waiting > 0 || this.#caching.isBusy;
    const part = (handle: Handle) => this.#caching.part(handle);
    const waits = this.#waits = new SlotWaits(statuses, dispatcher, durability, alarms, awaitsEvent, part, this.#calm);
    const limits = this.#limits = new Limits(alarms, () => waits.scheduleStallCheck());
    if (detailLogger !== undefined) {
      limits.waits = (handle) => {
        const obstacle = limitObstacle(handle, limits.now());
        if (obstacle !== undefined) detailLogger.debug(new About(handle, undefined, true), `It ${obstacle}`);
      };
    }
    for (const queue of queues.values()) {
      const opened = () => {
        dispatcher.touch(queue);
        waits.scheduleStallCheck(); // what was not stalled, as the pool would open, may be now
      };
      const failed = (call: string, error: unknown) => logger.error(`${call} of pool "${queue.name}" failed:`, error);
      queue.connect(limits, { opened, held: () => this.#warnOfPause(queue, logger), failed });
    }
    const completion = this.#completion = new Completion(
      statuses,
      durability,
      this,
      this,
      (handle, value, then) => this.#caching.keep(handle, value, then),
    );
    const released = (handle: Handle) => this.released(handle);
    const follows = () => waits.recheck();
    const caching = this.#caching = new Caching({
      options: options.cache,
      logger,
      clock,
      dispatcher,
      completion,
      durability,
      released,
      follows,
    });
    const signals = this.signals = new Signals(durability, completion, retain, clock);
    const parts = { owner: this, statuses, dispatcher, completion, durability };
    const backoffs = new Backoffs({ ...parts, alarms, detailLogger, limits, waits, random });
    const executor = this.executor = new Executor({
      ...parts,
      submitter: host.submitter,
      observers,
      alarms,
      logger,
      waits,
      calm: this.#calm,
      backoffs,
    });
    const { cancellation } = executor;
    const cancelGroups = new CancelGroups(cancellation);
    const deadlines = new Deadlines(alarms, cancellation);
    const releaser = this.#releaser = new Releaser({
      ...parts,
      alarms,
      logger,
      deadlines,
      backoffs,
      signals,
      caching,
      limits,
      waits,
    });
    const namesakes = this.#namesakes = new Namesakes(logger);
    const dependencies = this.#dependencies = new Dependencies(parts);
    this.admission = new Admission({ ...parts, handles, cancelGroups, deadlines, namesakes, dependencies, releaser });
    const isCancelling = () => this.#cancelReason !== undefined;
    this.reports = new RunReports(handles, statuses);
    this.retries = new Retries({ handles, admission: this.admission, dependencies, isCancelling });
    completion.releaseWith(releaser);
    dispatcher.startWith(executor);
    if (durability.attach(this)) this.#attachPools();
    else dispatcher.gate("bar");
  }

  /** Whether nothing is left to do. */
  get isIdle(): boolean {
    return this.statuses.unfinished === 0;
  }

  /** Whether `run()` or `serve()` is under way, which report failures. */
  get isActive(): boolean {
    return this.#purpose !== undefined;
  }

  /** Takes a task in; throws as {@linkcode Admission.submit} does. */
  submit(spec: TaskSpec, args: readonly unknown[], options: InternalSubmitOptions | undefined): Handle {
    const attempt = currentAttempt();
    const own = attempt?.owner === this ? attempt : undefined;
    if (this.#cancelReason === undefined) return this.admission.submit(spec, args, options, own);
    return this.#submitAndCancel(spec, args, options, own, this.#cancelReason);
  }

  isTakingRequests(): boolean {
    return this.#purpose !== undefined && this.#cancelReason === undefined;
  }

  deliver(key: string, value: unknown): Promise<boolean> {
    return this.signals.deliver(key, value);
  }

  resubmit(
    spec: TaskSpec,
    args: readonly unknown[],
    dependencies: readonly Handle[],
    resubmission: Resubmission,
  ): Handle {
    return this.admission.resubmit(spec, args, dependencies, resubmission);
  }

  isBetweenSlices(): boolean {
    return this.dispatcher.isBetweenSlices;
  }

  hasNamesake(spec: TaskSpec): boolean {
    return this.#namesakes.has(spec);
  }

  find(id: string): Handle | undefined {
    return this.handles.find(id);
  }

  cancel(handle: Handle, reason: unknown): boolean {
    return this.executor.cancellation.cancel(handle, reason);
  }

  /** Cancels all unfinished tasks. Returns how many there were. */
  cancelAll(reason: unknown): number {
    if (this.isIdle) return 0; // what has finished need not be looked at
    const before = this.statuses.count(CANCELLED);
    this.executor.cancellation.cancelTogether(this.handles.list(), () => true, reason);
    return this.statuses.count(CANCELLED) - before;
  }

  /**
   * Starts nothing more and tells all bodies to end, while everything else stays as it is: nothing that waits for a task
   * continues.
   *
   * @returns When they have ended.
   */
  interrupt(reason: unknown): Promise<void> {
    this.durability.freeze();
    this.letGo();
    this.dispatcher.gate("dispose");
    this.#completion.stop();
    this.#caching.stop();
    return this.executor.interrupt(this.handles.list(), reason);
  }

  /** Lets bodies that survive the program run without it, if there can be another run that gets their outcomes. */
  letGo(): void {
    if (this.durability.isLasting) letGo(this.handles.list(), this.dispatcher);
  }

  /** Cancels everything, and everything submitted until `acceptAgain()`. */
  cancelEverything(reason: unknown): void {
    this.#cancelReason ??= { reason };
    this.cancelAll(reason);
  }

  /**
   * Cancels everything once the signal is aborted, and calls `then`.
   *
   * @returns A function that stops listening.
   */
  cancelOnAbort(signal: AbortSignal | undefined, then: () => void = () => {}): () => void {
    if (signal === undefined) return () => {};
    const abort = () => {
      this.cancelEverything(signal.reason);
      then();
    };
    if (!signal.aborted) return onAbort(signal, abort);
    abort();
    return () => {};
  }

  /** Takes submissions again, unless they cannot be saved. */
  acceptAgain(): void {
    const reason = this.durability.broken;
    this.#cancelReason = reason && { reason };
  }

  poolOf({ spec }: Handle): string | undefined {
    return spec.wait === undefined ? this.dispatcher.queueFor(spec).name : undefined;
  }

  childrenOf(handle: Handle): readonly Handle[] {
    return this.handles.childrenOf(handle);
  }

  endsOf(handles: ReadonlySet<Handle>): AsyncIterable<TaskResult> {
    return new Ends(handles);
  }

  addDependencies(handle: Handle, dependencies: readonly unknown[]): void {
    this.#dependencies.add(handle, dependencies);
    this.#waits.recheck();
  }

  startWait(handle: Handle): AttemptState | undefined {
    this.#open();
    const attempt = currentAttempt();
    if (attempt === undefined) this.clock.awaited?.(() => handle.done);
    return attempt === undefined || attempt.phase === "aborted" ? undefined : attempt;
  }

  /**
   * Starts what is submitted, and resolves when a task has finished: with its error, if it did not complete. Nothing outside
   * counts as waiting for it.
   */
  ended(handle: Handle): Promise<unknown> {
    handle.observed = true;
    if (!handle.done) this.#open();
    return handle.whenDone().then(() => undefined, (error: unknown) => error);
  }

  saved(handle: Handle): Promise<void> {
    return this.durability.saved(handle);
  }

  explain(handle: Handle): string {
    return explain(handle, () => {
      if (this.dispatcher.isHeld) return "its runner stops, and leaves it for the next run";
      if (!this.dispatcher.isOpen) return "its runner has not started: call run() or serve(), or await a handle";
      return readyObstacle(handle, this.dispatcher.queueOf(handle), this.clock.elapsed());
    });
  }

  /**
   * Starts what is submitted, now and until `letClose()`, also when there was nothing left to do in between.
   *
   * @param purpose `"run"` reports on all of its tasks; `"serve"` keeps only the last finished handles.
   */
  holdOpen(purpose: "run" | "serve"): void {
    this.#purpose = purpose;
    if (purpose === "serve") this.durability.takeNewWork();
    this.#hasLeft = false;
    this.handles.trim(purpose === "serve" ? Infinity : this.reports.lastSeq);
    this.#open();
    if (purpose === "run") this.clock.awaited?.(() => this.#purpose !== "run");
  }

  /** What is submitted once nothing is left to do waits until something starts it. */
  letClose(): void {
    this.#purpose = undefined;
    this.dispatcher.gate("letGo");
    if (this.isIdle) this.dispatcher.gate("close");
  }

  /** Forgets all but the last finished handles, unless a run is to report on them. */
  trim(): void {
    if (this.#purpose !== "run") this.handles.trim();
  }

  /** What a program that ends now has likely overlooked, in a sentence each. */
  warnings(): string[] {
    return this.reports.warnings(this.dispatcher.isOpen || this.#hasLeft);
  }

  /** Resolves when the cache reads, writes and deletes no file any more. */
  untilCacheIsIdle(): Promise<void> {
    return this.#caching.idle();
  }

  /**
   * Resolves when nothing is left to do and all is saved.
   *
   * @throws {CheckpointError} If it cannot be saved.
   */
  async drained(): Promise<void> {
    do {
      await this.untilIdle();
      if (this.executor.abandoned > 0) {
        // Bodies that were just left behind get a chance to clean up, and to submit what that takes.
        await new Promise((resolve) => setImmediate(resolve));
        await this.untilIdle();
      }
      await this.untilCacheIsIdle();
      await this.durability.flush();
    } while (!this.isIdle); // as something was submitted meanwhile
  }

  /**
   * Lets what runs end and leaves the rest as it is, until `letClose()`: see {@linkcode leaveQueued}.
   *
   * @returns When nothing runs, and all is saved.
   * @throws {CheckpointError} If it cannot be saved.
   */
  async leave(reason: unknown): Promise<void> {
    const { handles, dispatcher, executor } = this;
    this.#hasLeft = true;
    await leaveQueued(reason, { handles, dispatcher, executor, waits: this.#waits, calm: this.#calm });
    await this.durability.flush();
  }

  /** Cancels what runs. */
  cancelRunning(reason: unknown): void {
    const running = new Set(this.handles.running());
    this.executor.cancellation.cancelTogether(running, (handle) => running.has(handle), reason);
  }

  /** Resolves when nothing is left to do. */
  untilIdle(): Promise<void> {
    return this.#idle.until(() => this.isIdle);
  }

  /**
   * Whether nothing happens by itself before time passes: no body is at work, and nothing is read from the cache.
   *
   * @param parked How many bodies do nothing that could end by itself.
   */
  isStill(parked: number): boolean {
    for (const { prefetched } of this.dispatcher.queuesNamed(undefined)) if (prefetched > 0) return false;
    if (this.#caching.isBusy && this.dispatcher.isOpen) return false;
    return this.statuses.count(RUNNING) - this.#waits.size === parked;
  }

  /** Resolves when a body has ended, or waits for a handle, or a task has finished. */
  nextChange(): Promise<void> {
    return this.#calm.next();
  }

  /** Cancels the callbacks that the engine has scheduled for itself. Everything has finished by then. */
  dispose(): void {
    this.dispatcher.gate("dispose");
    this.#waits.dispose();
    this.#limits.dispose();
  }

  /** Observers hear no more of workers and of what is printed. */
  stopWatching(): void {
    this.#watching.dispose();
  }

  finishing(handle: Handle): void {
    this.admission.finishing(handle);
    if (handle.details !== undefined) this.#dropNotes(handle, handle.details);
    this.handles.finished(handle);
    if (this.#hasAttached && !this.durability.isLasting) this.recordedEnd(handle);
    if (this.#purpose === "serve") this.handles.trim();
    this.#waits.scheduleStallCheck();
    this.#calm.open();
  }

  failed(handle: Handle): void {
    if (handle.spec.wait !== undefined && handle.depth > 0) return; // the body that waits decides what it means
    this.#host.failed(handle);
  }

  idle(): void {
    if (this.#purpose === undefined && this.dispatcher.isOpen) {
      // Work that was started by awaiting handles: run(), which would report on them all, may never be called.
      this.dispatcher.gate("close");
      this.handles.trim();
    }
    this.#idle.open();
  }

  begun(): void {
    this.#attachPools();
    this.dispatcher.gate("unbar");
  }

  survives(handle: Handle): boolean {
    return this.dispatcher.queueOf(handle).pool.leave !== undefined;
  }

  recordedEnd(handle: Handle): void {
    if (!this.#hasAttached) return;
    const queue = this.dispatcher.queueOf(handle);
    if (queue.pool.settled !== undefined) queue.ask("settled()", (pool) => pool.settled!(handle.id));
  }

  broken(error: CheckpointError): void {
    this.#host.broken(error);
  }

  released(handle: Handle): void {
    this.#releaser.released(handle);
  }

  unfinished(): Iterable<Handle> {
    return this.handles.list().filter(({ done }) => !done);
  }

  refuse(handle: Handle, error: CheckpointError): void {
    if (!handle.done) return this.executor.cancellation.fail(handle, error);
    if (handle.code !== COMPLETED) return; // it would run again anyway, and a failure was told
    this.#logger.error(`"${handle.id}" completed, which is not on record, as it cannot be saved: ${error.message}`);
  }

  /** Tells pools that want to know it which run they are for. */
  #attachPools(): void {
    const wanting = [...this.dispatcher.queuesNamed(undefined)].filter(({ pool }) => pool.attach !== undefined);
    if (wanting.length === 0) return;
    this.#hasAttached = true;
    const { id: run, resumed, recorded } = this.durability.run();
    recorded.catch(() => {}); // a run that cannot be recorded ends anyway
    for (const queue of wanting) {
      const changed = () => {
        queue.ask("changed()", () => queue.resize());
        this.dispatcher.touch(queue);
      };
      const host = { name: queue.name, run, resumed, recorded, logger: this.#logger, changed };
      const refuse = (error: unknown) => queue.refusal = poolError(queue.name, error);
      queue.ask("attach()", (pool) => pool.attach!(host), refuse);
    }
  }

  /** Drops what the engine has noted for a finishing task beyond what every task has. */
  #dropNotes(handle: Handle, { waits }: HandleDetails): void {
    this.#releaser.finishing(handle);
    this.#caching.finishing(handle);
    this.signals.finishing(handle);
    for (const each of waits?.unclaimed() ?? []) this.executor.cancellation.cancel(each, undefined);
  }

  #open(): void {
    this.dispatcher.gate("open");
    this.#caching.pump();
  }

  /** Says that nothing runs as a pool is paused, if that is so: a program that has forgotten it must not hang silently. */
  #warnOfPause({ name, queued }: PoolQueue, logger: Logger): boolean {
    if (this.statuses.count(RUNNING) > 0 || queued === 0) return false;
    const waiting = queued === 1 ? "a task waits" : `${queued} tasks wait`;
    logger.warn(`Nothing runs: pool "${name}" is paused, and ${waiting} for it. unpause("${name}") lets them start`);
    return true;
  }

  /**
   * Submits a task while everything is being cancelled. A listener that submits again whenever a task is cancelled would
   * do so without end.
   *
   * @throws {Error} If it is called by a listener of such a task.
   */
  #submitAndCancel(
    spec: TaskSpec,
    args: readonly unknown[],
    options: InternalSubmitOptions | undefined,
    attempt: ReturnType<typeof currentAttempt>,
    { reason }: { readonly reason: unknown },
  ): Handle {
    if (this.#isRefusing) {
      throw new Error(
        `Cannot submit "${spec.options.name}" as a task is cancelled that was submitted too late itself: wait ` +
          `until run() or serve() has ended`,
      );
    }
    this.#isRefusing = true;
    try {
      const handle = this.admission.submit(spec, args, options, attempt);
      this.executor.cancellation.cancel(handle, reason);
      return handle;
    } finally {
      this.#isRefusing = false;
    }
  }
}

/** What the tasks of a pool fail with whose `attach()` has failed. */
function poolError(pool: string, cause: unknown): Error {
  const message = `Pool "${pool}" cannot run tasks, as its attach() failed: ${describeError(cause)}`;
  return new NonRetryableError(message, { cause });
}
