/**
 * How a scheduler starts, stops and hands over its jobs, and what happens to each of them.
 *
 * @module
 */

import type { TaskResult } from "../core/result.ts";
import { SLICE_MS } from "../core/slice.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { Task } from "../tasks/task.ts";
import { backfill, type BackfillOptions } from "./backfill.ts";
import { type DeferOptions, needDenoCron } from "./deno_cron.ts";
import { DenoCronJobs } from "./deno_cron_jobs.ts";
import { type ArgsOfEvent, EventBindings } from "./event_bindings.ts";
import type { Job, JobArgs } from "./job.ts";
import { JobClock } from "./job_clock.ts";
import { JobFactory } from "./job_factory.ts";
import type { ResolvedJobOptions } from "./job_options.ts";
import { JobRegistry } from "./job_registry.ts";
import { JobRuns } from "./job_runs.ts";
import { JobStore } from "./job_store.ts";
import { checkModeChange, type SchedulerMode } from "./scheduler_mode.ts";
import type { ResolvedSchedulerOptions } from "./scheduler_options.ts";
import type { Trigger } from "./trigger.ts";

/** The jobs of a scheduler, and who starts their runs. */
export class SchedulerControl {
  readonly jobs: JobRegistry;
  readonly #options: ResolvedSchedulerOptions;
  readonly #store: JobStore;
  readonly #jobClock: JobClock;
  readonly #runs: JobRuns;
  readonly #events: EventBindings;
  readonly #factory: JobFactory;
  #mode: SchedulerMode = { name: "stopped" };
  /** How often `stop()` was called: it ends a `tick()` that has more jobs to start. */
  #stops = 0;
  /** Whether the jobs were ever given a chance to run. */
  #wasUsed = false;

  constructor(options: ResolvedSchedulerOptions) {
    const { runner, records, clock, timers, logger } = this.#options = options;
    const store = this.#store = new JobStore(records);
    this.#jobClock = new JobClock(clock, store, logger, timers, records.random);
    const runs = this.#runs = new JobRuns({ store, records, logger, runner });
    this.#events = new EventBindings({ runs, logger, clock });
    const registry = this.jobs = new JobRegistry(records.keys);
    records.onPaused((isPaused) => {
      for (const job of [...this.jobs]) isPaused ? job.hold() : job.release();
    });
    this.#factory = new JobFactory({
      runner,
      records,
      registry,
      clock,
      onChange: (job) => this.#onChange(job),
      runNow: (job, time) => runs.startNow(job, time, clock()),
    });
  }

  /** Makes a job that is due at times; throws as {@linkcode JobFactory.make} does. */
  addTimed<A extends unknown[], R>(
    options: ResolvedJobOptions,
    task: Task<A, R>,
    trigger: Trigger,
    args: JobArgs,
  ): Job {
    const job = this.#factory.make(options, task, trigger, args);
    if (this.isPaused) job.begin("hold");
    if (this.#mode.name === "deferred") this.#mode.crons.add(job);
    this.jobs.add(job);
    if (this.#mode.name === "deferred") this.#jobClock.addDeferred(job);
    else this.#jobClock.add(job);
    return job;
  }

  /** Makes a job that is due at events; throws as {@linkcode JobFactory.make} does. */
  addOnEvents<A extends unknown[], R>(
    options: ResolvedJobOptions,
    task: Task<A, R>,
    target: EventTarget,
    type: string,
    mapper: ArgsOfEvent,
  ): Job {
    const job = this.#factory.make(options, task, undefined, []);
    if (this.isPaused) job.begin("hold");
    this.jobs.add(job);
    this.#store.load(job);
    this.#events.add(job, target, type, mapper);
    return job;
  }

  /** See `Scheduler.paused`. */
  get isPaused(): boolean {
    return this.#options.records.isPaused;
  }

  /** See `Scheduler.pause()`. */
  pause(): void {
    this.#options.records.setPaused(true);
  }

  /** See `Scheduler.resume()`. */
  resume(): void {
    this.#options.records.setPaused(false);
  }

  /** See `Scheduler.tick()`. */
  tick(): TaskHandle<unknown>[] {
    if (this.#mode.name === "deferred") return [];
    this.#wasUsed = true;
    return this.#startDue(Infinity);
  }

  /** See `Scheduler.backfill()`. */
  backfill(job: unknown, options: BackfillOptions): Promise<TaskResult[]> {
    const { clock, records, runner } = this.#options;
    const stops = this.#stops;
    this.#wasUsed = true;
    const continues = () => this.#stops === stops && runner.open;
    return backfill(job, options, { jobs: this.jobs, runs: this.#runs, records, clock, continues });
  }

  /**
   * See `Scheduler.start()`.
   *
   * @returns A promise that resolves when it is stopped.
   * @throws {Error} If it was started before, or Deno's crons run the jobs.
   */
  start(): Promise<void> {
    checkModeChange(this.#mode.name, "started");
    this.#wasUsed = true;
    const stopped = Promise.withResolvers<void>();
    this.#mode = { name: "started", stopped };
    this.#events.start();
    this.#jobClock.start(this.jobs, () => this.#onDue());
    return stopped.promise;
  }

  /** See `Scheduler.stop()`. */
  async stop(): Promise<void> {
    this.#stops++;
    this.#jobClock.stop();
    this.#events.stop();
    const mode = this.#mode;
    this.#mode = { name: "stopped" };
    for (const job of this.jobs) {
      this.#jobClock.dropWaiting(job);
      if (mode.name !== "deferred" || job.parts.trigger === undefined) continue;
      mode.crons.remove(job);
      this.#jobClock.takeOver(job);
    }
    if (mode.name === "started") mode.stopped.resolve();
    await this.untilIdle();
  }

  /** See `Scheduler.deferToDenoCron()`. */
  defer(options: DeferOptions): void {
    needDenoCron();
    checkModeChange(this.#mode.name, "deferred");
    const jobs = [...this.jobs].filter(({ parts: { trigger } }) => trigger !== undefined);
    const { clock, logger } = this.#options;
    const crons = new DenoCronJobs(options, { clock, logger, runs: this.#runs });
    crons.add(...jobs);
    this.#wasUsed = true;
    this.#mode = { name: "deferred", crons };
    for (const job of jobs) this.#jobClock.remove(job);
    this.#events.start();
  }

  /** Stops for good. Warns if there are jobs that never had a chance to run. */
  async dispose(): Promise<void> {
    const { logger, ownsRunner, records, runner } = this.#options;
    const [first] = this.jobs;
    if (!this.#wasUsed && first !== undefined) {
      logger.warn(`Job "${first.name}" was never due, as its scheduler was not started: call start() or run()`);
    }
    await this.stop();
    this.jobs.close();
    records.close();
    if (ownsRunner) await runner.shutdown();
  }

  /** Resolves when all runs have finished; at once within one of them, which would wait for itself. */
  async untilIdle(): Promise<void> {
    if (!this.#runs.isWithin) await this.#runs.untilIdle();
  }

  /** Without its runner, it would only log errors, and keep the program alive for that. */
  #onDue(): void {
    const { logger, runner } = this.#options;
    if (runner.open) return void this.#startDue(SLICE_MS);
    logger.error("The scheduler stops, as its runner was shut down: stop() the scheduler before that");
    void this.stop();
  }

  /** Starts what is due, for so many milliseconds: what is left stays due. */
  #startDue(milliseconds: number): TaskHandle<unknown>[] {
    const now = this.#jobClock.readClock(this.jobs);
    const handles: TaskHandle<unknown>[] = [];
    const stops = this.#stops;
    const end = performance.now() + milliseconds;
    do {
      const next = this.#jobClock.takeRun(now);
      if (next === undefined) break;
      const handle = this.#runs.tryStart(next.job, next.run);
      if (handle !== undefined) handles.push(handle);
    } while (this.#stops === stops && performance.now() < end);
    return handles;
  }

  /** Does what follows from the new phase of a job. */
  #onChange(job: Job): void {
    this.#events.update(job);
    if (job.status === "paused") {
      this.#jobClock.pause(job);
      return this.#store.update(job);
    }
    this.#jobClock.remove(job);
    if (job.status === "over") {
      this.jobs.delete(job);
      if (this.#mode.name === "deferred") this.#mode.crons.remove(job);
      if (job.phase === "cancelled") this.#store.delete(job.parts.key);
      return;
    }
    this.#store.update(job);
    if (job.parts.trigger !== undefined && this.#mode.name !== "deferred") this.#jobClock.resume(job);
  }
}
