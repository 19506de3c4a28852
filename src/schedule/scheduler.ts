/**
 * Submitting tasks when they are due.
 *
 * @module
 */

import { abortSignal, callable, nonEmptyString } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import type { Logger } from "../core/logger.ts";
import { onAbort } from "../core/on_abort.ts";
import type { RunOptions } from "../runner/options.ts";
import type { TaskRunner } from "../runner/task_runner.ts";
import { currentAttempt } from "../tasks/attempt.ts";
import { refuseWhileLoading } from "../tasks/loading.ts";
import { SPEC, type TaskSpec } from "../tasks/spec.ts";
import { SUBMIT, SUBMIT_WITH } from "../tasks/submitter.ts";
import type { Task } from "../tasks/task.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import { CronTimes } from "./cron_times.ts";
import { Deferral } from "./deferral.ts";
import { checkDeferOptions, type DeferOptions, needDenoCron } from "./deno_cron.ts";
import { FireLog } from "./fire_log.ts";
import { Fires } from "./fires.ts";
import { Job, type ScheduledJob, type Submit } from "./job.ts";
import { JobBook } from "./job_book.ts";
import type { JobEvents, JobTimes } from "./job_builder.ts";
import { type JobOptions, type ResolvedJobOptions, resolveJobOptions } from "./job_options.ts";
import { Listening } from "./listening.ts";
import { type PointInTime, timeOf } from "./point_in_time.ts";
import { resolveSchedulerOptions, type SchedulerOptions } from "./scheduler_options.ts";
import { Timekeeper } from "./timekeeper.ts";
import { AtTrigger, CronTrigger, EveryTrigger, type Trigger } from "./trigger.ts";
import { Zone } from "./zone.ts";

/** An `at` that has passed by less than this, in milliseconds, is as good as now. */
const JUST_NOW_MS = 60_000;
/** Dates end some 270,000 years from now. */
const LONGEST_INTERVAL_MS = 100_000 * 365.25 * 86_400_000;

/**
 * Submits tasks at intervals, at the times of cron expressions, at points in time, and on events.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const greet = task({ name: "greet" }, (name: string) => `hello, ${name}`);
 * let now = Date.parse("2026-11-22T07:59:00Z"); // a clock for the example
 * await using runner = new TaskRunner();
 * await using scheduler = new Scheduler({ runner, clock: () => now });
 * scheduler.cron("0 8 * * *", { timezone: "UTC" }).do(greet, "early bird");
 * scheduler.at("2026-11-22T08:00:00Z").do(greet, "world");
 * assertEquals(scheduler.tick(), []);
 * now += 60_000;
 * assertEquals(await Promise.all(scheduler.tick()), ["hello, early bird", "hello, world"]);
 * ```
 */
export class Scheduler implements AsyncDisposable {
  readonly #clock: () => number;
  readonly #logger: Logger;
  readonly #runner: TaskRunner;
  readonly #ownsRunner: boolean;
  readonly #timekeeper: Timekeeper;
  readonly #log: FireLog;
  readonly #fires: Fires;
  readonly #listening = new Listening();
  readonly #jobs = new JobBook();
  #running: PromiseWithResolvers<void> | undefined;
  /** Whether somebody has seen to its jobs, or had that done. */
  #wasUsed = false;
  /** How often it was stopped. */
  #stops = 0;
  /** Set while Deno's crons look after the jobs. */
  #deferral: Deferral | undefined;

  /**
   * Makes a scheduler. Dispose of it at the end, by `await using` or `stop()`.
   *
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   */
  constructor(options: SchedulerOptions = {}) {
    const { runner, engine, ownsRunner, clock, logger } = resolveSchedulerOptions(options);
    this.#clock = clock;
    this.#logger = logger;
    this.#ownsRunner = ownsRunner;
    this.#runner = runner;
    this.#log = new FireLog(engine);
    this.#timekeeper = new Timekeeper(clock, this.#log, (job) => this.#end(job));
    this.#fires = new Fires(this.#log, logger, {
      get isOpen() {
        return runner.open;
      },
      get tellsFailures() {
        return engine.tellsFailures;
      },
    });
  }

  /**
   * A job that is due again and again, a fixed time apart: for the first time one interval after `start()`, or after the
   * job was made if that is later. Tasks that take long do not shift the times.
   *
   * @throws {RangeError} If `interval` is no length of time from a millisecond on.
   * @throws {TypeError} If it, or an option, is of a wrong kind.
   */
  every(interval: Duration, options: JobOptions = {}): JobTimes {
    const resolved = resolveJobOptions(options, "of an interval job", ["timezone"]);
    const milliseconds = toMilliseconds(interval, "The interval of a job");
    if (milliseconds < 1 || milliseconds > LONGEST_INTERVAL_MS) {
      throw new RangeError(`The interval of a job must be from 1 ms to 100,000 years, not ${milliseconds} ms`);
    }
    return this.#times(resolved, () => new EveryTrigger(milliseconds, this.#clock()));
  }

  /**
   * A job that is due when a cron expression says so: minute, hour, day of month, month and day of week, each as `*`, `N`,
   * `a-b`, lists of these with commas, and steps such as `0-30/5`; or `@hourly` and the like. Months and weekdays have names;
   * 0 and 7 are Sunday. If both days are restricted, either is enough. Where clocks are put forward, what is skipped is
   * made up for; where they are put back, a job that names hours is not due twice.
   *
   * @throws {RangeError} If the expression is wrong, or never due, or the time zone is unknown.
   * @throws {TypeError} If something is of a wrong kind.
   */
  cron(expression: string, options: JobOptions = {}): JobTimes {
    const resolved = resolveJobOptions(options, "of a cron job", []);
    const zone = Zone.named(resolved.timezone, "timezone of a cron job");
    const times = CronTimes.of(expression);
    return this.#times(resolved, () => new CronTrigger(times, zone));
  }

  /**
   * A job that is due once: at a `Date`, a `Temporal.Instant` or `ZonedDateTime`, milliseconds since the epoch, or a text
   * such as `"2026-12-31T23:59:00Z"`.
   *
   * @throws {RangeError} If it is no time, or one that passed a minute ago or earlier (unless `catchUp` says that this is to
   * be made up for).
   * @throws {TypeError} If something is of a wrong kind.
   */
  at(time: PointInTime, options: JobOptions = {}): JobTimes {
    const resolved = resolveJobOptions(options, "of a job at a time", ["timezone"]);
    const at = timeOf(time);
    if (at <= this.#clock() - JUST_NOW_MS && resolved.catchUp === "none") {
      throw new RangeError(
        `The time of a job must not have passed, as ${
          new Date(at).toISOString()
        } has: give a later one, or catchUp: "one"`,
      );
    }
    return this.#times(resolved, () => new AtTrigger(at));
  }

  /**
   * A job for each event of a type, while the scheduler is started.
   *
   * @throws {TypeError} If `target` is no `EventTarget`, or an option makes no sense here.
   */
  on<E extends Event = CustomEvent>(target: EventTarget, type: string, options: JobOptions = {}): JobEvents<E> {
    const resolved = resolveJobOptions(options, "of a job on events", ["timezone", "catchUp", "jitter"]);
    if (typeof (target as Partial<EventTarget> | null)?.addEventListener !== "function") {
      throw new TypeError(`on() needs an EventTarget, not ${describeValue(target)}`);
    }
    nonEmptyString(type, "The type of events of a job");
    return {
      do: (task, ...[mapper]) => {
        if (mapper !== undefined) callable(mapper, "The mapper of a job on events");
        const job = this.#make(resolved, task, undefined, []);
        const listener = (event: Event) => this.#onEvent(job, () => mapper === undefined ? [] : mapper(event as E));
        this.#listening.add(job, { target, type, listener });
        return job;
      },
    };
  }

  /** The jobs that are not over, in the order in which they were made. */
  jobs(): ScheduledJob[] {
    return [...this.#jobs];
  }

  /**
   * Submits the tasks of all jobs that are due, each once (or as often as it was missed, with `catchUp: "all"`): for
   * tests, and for programs that have a clock of their own.
   *
   * @returns The handles of what was submitted; none while Deno's crons look after the jobs.
   */
  tick(): TaskHandle<unknown>[] {
    if (this.#deferral !== undefined) return [];
    this.#wasUsed = true;
    const now = this.#timekeeper.look(this.#jobs);
    const handles: TaskHandle<unknown>[] = [];
    const stops = this.#stops;
    while (this.#stops === stops) {
      const job = this.#timekeeper.takeDue(now);
      if (job === undefined) break;
      const due = job.due!;
      const isAlone = job.parts.options.catchUp === "all" || this.#log.knowsEndOf(job, due);
      const until = isAlone ? due : Math.max(due, now);
      const handle = this.#fires.begin(job, job.fireAt(due, until));
      if (handle !== undefined) handles.push(handle);
      this.#timekeeper.again(job);
    }
    return handles;
  }

  /**
   * Begins to submit tasks as they are due, until `stop()`. It keeps the program alive meanwhile.
   *
   * @throws {Error} If it was begun already, or Deno's crons have taken over.
   */
  start(): void {
    refuseWhileLoading("start() a scheduler");
    if (this.#running !== undefined) throw new Error("Cannot start() a scheduler that is started already");
    if (this.#deferral !== undefined) throw new Error("Cannot start() a scheduler whose jobs Deno.cron looks after");
    this.#wasUsed = true;
    this.#running = Promise.withResolvers();
    this.#listening.begin();
    this.#timekeeper.start(this.#jobs, () => this.#onDue());
  }

  /**
   * {@linkcode Scheduler.start}, until `signal` is aborted or `stop()` is called, and what was begun is over.
   *
   * @throws {TypeError} If `signal` is none.
   * @throws {Error} If it was started already, or Deno's crons have taken over.
   */
  async run({ signal }: RunOptions = {}): Promise<void> {
    if (signal !== undefined) abortSignal(signal, "signal of run()");
    if (signal?.aborted) return;
    this.start();
    const running = this.#running!;
    const release = signal && onAbort(signal, () => void this.stop());
    await running.promise;
    release?.();
    await this.#untilOver();
  }

  /**
   * Submits nothing more, and lets what it has submitted end; `TaskRunner.cancelAll()` would cancel that. A scheduler that
   * was stopped can be started again: intervals go on as they were, and what was missed meanwhile is made up for if
   * `catchUp` says so.
   *
   * @returns When all that it submitted is over; at once for one of its own tasks, which would wait for itself.
   */
  async stop(): Promise<void> {
    this.#stops++;
    this.#timekeeper.stop();
    this.#listening.end();
    const deferral = this.#deferral;
    this.#deferral = undefined;
    for (const job of this.#jobs) {
      this.#timekeeper.dropWaiting(job);
      if (deferral === undefined || job.parts.trigger === undefined) continue;
      deferral.release(job);
      this.#timekeeper.takeBack(job);
    }
    this.#running?.resolve();
    this.#running = undefined;
    await this.#untilOver();
  }

  /** {@linkcode Scheduler.stop}, and the end of the runner if it is the scheduler's own. Warns of jobs that nobody has seen to. */
  async [Symbol.asyncDispose](): Promise<void> {
    const [first] = this.#jobs;
    if (!this.#wasUsed && first !== undefined) {
      this.#logger.warn(`Job "${first.name}" was never due, as its scheduler was not started: call start() or run()`);
    }
    await this.stop();
    if (this.#ownsRunner) await this.#runner.shutdown();
  }

  /**
   * Hands all jobs but those on events over to `Deno.cron`, these and those that are made later: for Deno Deploy, where
   * crons run though no program of yours is running. Deno knows UTC only, has its own way with times that it missed, and
   * tries a job again whose task has failed. `stop()` takes it back: on Deno Deploy nobody should call that, nor dispose
   * of the scheduler.
   *
   * @throws {TypeError} If Deno cannot express a job (with `heartbeat` there is a way), or has a cron of that name. None is
   * handed over then.
   * @throws {RangeError} If Deno does not take the name of a job, or a value is out of range.
   * @throws {Error} If there is no `Deno.cron`, as `--unstable-cron` is missing; or the scheduler was started.
   */
  deferToDenoCron(options: DeferOptions = {}): void {
    checkDeferOptions(options);
    refuseWhileLoading("deferToDenoCron()");
    needDenoCron();
    if (this.#running !== undefined) throw new Error("Cannot deferToDenoCron() a scheduler that is started");
    if (this.#deferral !== undefined) {
      throw new Error("Cannot deferToDenoCron() twice: jobs that are made later follow");
    }
    const jobs = [...this.#jobs].filter(({ parts: { trigger } }) => trigger !== undefined);
    const deferral = new Deferral(options, this.#clock, this.#fires, (job) => this.#end(job));
    for (const job of jobs) deferral.check(job);
    try {
      for (const job of jobs) deferral.take(job);
    } catch (error) {
      for (const job of jobs) deferral.release(job);
      throw error;
    }
    this.#wasUsed = true;
    this.#deferral = deferral;
    for (const job of jobs) this.#timekeeper.remove(job);
    this.#listening.begin();
  }

  /** Without its runner, it would do nothing but complain, and keep the program alive for that. */
  #onDue(): void {
    if (this.#runner.open) return void this.tick();
    this.#logger.error("The scheduler stops, as its runner was shut down: stop() the scheduler before that");
    void this.stop();
  }

  async #untilOver(): Promise<void> {
    if (!this.#fires.include(currentAttempt())) await this.#fires.untilOver();
  }

  #changed(job: Job): void {
    this.#timekeeper.remove(job);
    this.#listening.changed(job);
    if (job.status === "over") {
      this.#jobs.delete(job);
      this.#deferral?.release(job);
      if (job.isCancelled) this.#log.drop(job.parts.key);
    } else if (job.status === "active" && job.parts.trigger !== undefined && this.#deferral === undefined) {
      this.#timekeeper.resume(job);
    }
  }

  #times(options: ResolvedJobOptions, trigger: () => Trigger): JobTimes {
    return {
      do: (task, ...args) => {
        const job = this.#make(options, task, trigger(), args);
        if (this.#deferral === undefined) this.#timekeeper.admit(job);
        return job;
      },
    };
  }

  #make<A extends unknown[], R>(
    options: ResolvedJobOptions,
    task: Task<A, R>,
    trigger: Trigger | undefined,
    args: readonly unknown[],
  ): Job {
    const submit = this.#submitterOf(task);
    this.#log.checkArgs(task[SPEC] as TaskSpec, args);
    const onChange = (job: Job) => this.#changed(job);
    const now = this.#clock();
    const job = new Job(
      { ...this.#jobs.nameFor(options, task.name), options, trigger, args, submit, onChange },
      trigger instanceof AtTrigger ? Math.min(now, trigger.time - 1) : now,
    );
    if (trigger !== undefined) {
      this.#deferral?.check(job);
      this.#deferral?.take(job);
    }
    this.#jobs.add(job, task.name);
    return job;
  }

  #submitterOf<A extends unknown[], R>(task: Task<A, R>): Submit {
    if (task === null || (typeof task !== "object" && typeof task !== "function") || !(SPEC in task)) {
      throw new TypeError(`do() needs a task, not ${describeValue(task)}: make it one, with task()`);
    }
    const options = task[SUBMIT_WITH];
    if (options?.runner !== undefined && options.runner !== this.#runner) {
      throw new TypeError(`Cannot schedule "${task.name}" here, as .with({ runner }) bound it to another runner`);
    }
    return (key, args) =>
      this.#runner[SUBMIT](task[SPEC] as never, args, { source: "schedule", ...options, key }) as TaskHandle<unknown>;
  }

  #end(job: Job): void {
    job.status = "over";
    this.#changed(job);
  }

  #onEvent(job: Job, argsOf: () => readonly unknown[]): void {
    const due = this.#clock();
    try {
      const args = argsOf();
      if (!Array.isArray(args)) throw new TypeError(`it returned ${describeValue(args)} and no array of arguments`);
      this.#fires.begin(job, job.fireAt(due, due, args));
    } catch (error) {
      this.#logger.error(`Job "${job.name}" missed an event, as its mapper failed:`, error);
    }
  }
}
