/**
 * Submitting tasks when they are due.
 *
 * @module
 */

import { abortSignal, callable, nonEmptyString } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import type { Duration } from "../core/duration.ts";
import { onAbort } from "../core/on_abort.ts";
import type { TaskResult } from "../core/result.ts";
import type { RunOptions } from "../runner/options.ts";
import { refuseWhileLoading } from "../tasks/loading.ts";
import type { Task } from "../tasks/task.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { BackfillOptions } from "./backfill.ts";
import { parseCron } from "./cron_expression.ts";
import { checkDeferOptions, type DeferOptions } from "./deno_cron.ts";
import type { JobArgs } from "./job.ts";
import type { ScheduledJob } from "./scheduled_job.ts";
import type { JobEvents, JobTimes } from "./job_builder.ts";
import { type JobOptions, type ResolvedJobOptions, resolveJobOptions } from "./job_options.ts";
import { type PointInTime, timeOf } from "./point_in_time.ts";
import { SchedulerControl } from "./scheduler_control.ts";
import { type ResolvedSchedulerOptions, resolveSchedulerOptions, type SchedulerOptions } from "./scheduler_options.ts";
import { TimeZone } from "./time_zone.ts";
import { AtTrigger, checkInterval, checkToCome, CronTrigger, doubtOf, EveryTrigger, type Trigger } from "./trigger.ts";

/**
 * Submits tasks at intervals, at the times of cron expressions, at points in time, and on events. Its jobs run from
 * `start()` or `run()` on, or whenever `tick()` is called.
 *
 * @example Two jobs, on a clock of the example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const greet = task({ name: "greet" }, (name: string) => `hello, ${name}`);
 * let now = Date.parse("2026-11-22T07:59:00Z");
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
  readonly #options: ResolvedSchedulerOptions;
  readonly #control: SchedulerControl;
  /** Whether it has warned of an interval. */
  #hasDoubted = false;

  /**
   * Makes a scheduler without jobs. Dispose of it at the end, by `await using` or `stop()`.
   *
   * @param options The runner, the clock and the logger. Default: the current runner, or one of its own; its clock and
   * its logger.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   */
  constructor(options: SchedulerOptions = {}) {
    this.#options = resolveSchedulerOptions(options);
    this.#control = new SchedulerControl(this.#options);
    this.#options.records.list(this);
  }

  /** The name of its options, or the one that the runner gave it. */
  get name(): string {
    return this.#options.records.name;
  }

  /**
   * A job at a fixed interval: due for the first time one interval after `start()`, or after the job was made if that is
   * later. Tasks that take long do not shift the times.
   *
   * @param interval The time between two runs, in milliseconds if it is a number; at least 1 ms. A number below 1,000 is
   * warned of once, as it may have been meant in seconds.
   * @param options The options of the job; all but `timezone`.
   * @returns The times, for which `do()` names the task.
   * @throws {RangeError} If `interval` is less than 1 ms or has no fixed length, or an option is out of range.
   * @throws {TypeError} If `interval` is not a duration, or an option is unknown or of a wrong kind.
   *
   * @example Every 90 seconds
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = 0;
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.every("90s").do(task({ name: "clean-up" }, () => {}));
   * now = 100_000;
   * assertEquals(scheduler.tick().length, 1);
   * assertEquals(job.nextFire, new Date(180_000));
   * ```
   */
  every(interval: Duration, options: JobOptions = {}): JobTimes {
    const resolved = resolveJobOptions(options, "of an interval job", ["timezone"]);
    const { clock, logger } = this.#options;
    const milliseconds = checkInterval(interval);
    const doubt = doubtOf(interval);
    if (doubt !== undefined && !this.#hasDoubted) logger.warn(doubt);
    this.#hasDoubted ||= doubt !== undefined;
    return this.#times(resolved, () => new EveryTrigger(milliseconds, clock()));
  }

  /**
   * A job at the times of a cron expression. If both days are restricted, it is enough that one of them matches, unless one
   * begins with a star. Times that clocks skip, as they are put forward, run later by as much; in an hour that is
   * repeated, a job that names hours runs once.
   *
   * @param expression Minute, hour, day of month, month and day of week, each as `*`, `N`, `a-b`, lists of these with commas, and
   * steps such as `0-30/5`, `5/15` (from 5 on) and `*` followed by `/5`; or a nickname such as `@hourly`. Months and weekdays
   * have names; 0 and 7 are Sunday.
   * @param options The options of the job.
   * @returns The times, for which `do()` names the task.
   * @throws {RangeError} If the expression is wrong or never due, the time zone is unknown, or an option is out of range.
   * @throws {TypeError} If the expression is not a string, or an option is unknown or of a wrong kind.
   * @throws {Error} If this version of Deno cannot tell the times of the zone.
   *
   * @example Each working day at nine, in Berlin
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * const now = Date.parse("2026-06-05T12:00:00Z"); // a Friday
   * await using scheduler = new Scheduler({ clock: () => now });
   * const times = scheduler.cron("0 9 * * MON-FRI", { timezone: "Europe/Berlin" });
   * const job = times.do(task({ name: "report" }, () => {}));
   * assertEquals(job.nextFire, new Date("2026-06-08T07:00:00Z"));
   * scheduler.tick();
   * ```
   */
  cron(expression: string, options: JobOptions = {}): JobTimes {
    const resolved = resolveJobOptions(options, "of a cron job", []);
    const zone = TimeZone.named(resolved.timezone, "timezone of a cron job");
    const fields = parseCron(expression);
    return this.#times(resolved, () => new CronTrigger(fields, zone));
  }

  /**
   * A job that is due once.
   *
   * @param time A `Date`, a `Temporal.Instant` or `ZonedDateTime`, milliseconds since the epoch, or a string such as
   * `"2026-12-31T23:59:00Z"`.
   * @param options The options of the job; all but `timezone`.
   * @returns The time, for which `do()` names the task.
   * @throws {RangeError} If `time` is not a valid time, or has passed by a minute or more and `catchUp` is `"none"`; or an
   * option is out of range.
   * @throws {TypeError} If `time` or an option is of a wrong kind, or an option is unknown.
   * @throws {Error} If `time` is a string, and this version of Deno has no `Temporal`.
   *
   * @example At noon
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = Date.parse("2026-06-01T11:00:00Z");
   * await using scheduler = new Scheduler({ clock: () => now });
   * scheduler.at(new Date("2026-06-01T12:00:00Z")).do(task({ name: "ring" }, () => "ding"));
   * now += 3_600_000;
   * assertEquals(await Promise.all(scheduler.tick()), ["ding"]);
   * ```
   */
  at(time: PointInTime, options: JobOptions = {}): JobTimes {
    const resolved = resolveJobOptions(options, "of a job at a time", ["timezone"]);
    const at = timeOf(time);
    if (resolved.catchUp === "none") checkToCome(at, this.#options.clock());
    return this.#times(resolved, () => new AtTrigger(at));
  }

  /**
   * A job that is due at each event of a type, while the scheduler is started.
   *
   * @param target Where the events are dispatched.
   * @param type The type of the events.
   * @param options The options of the job; all but `timezone`, `catchUp`, `catchUpLimit` and `jitter`.
   * @returns The events, for which `do()` names the task.
   * @throws {TypeError} If `target` is not an `EventTarget`, `type` is not a string, or an option is unknown or of a wrong kind.
   * @throws {RangeError} If `type` is empty, or an option is out of range.
   *
   * @example A task for each upload
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * const uploads = new EventTarget();
   * const index = task({ name: "index" }, (path: string) => `indexed ${path}`);
   * await using scheduler = new Scheduler();
   * const job = scheduler.on<CustomEvent<string>>(uploads, "upload").do(index, (event) => [event.detail]);
   * scheduler.start();
   * uploads.dispatchEvent(new CustomEvent("upload", { detail: "cat.jpg" }));
   * assertEquals(await job.lastHandle, "indexed cat.jpg");
   * ```
   */
  on<E extends Event = CustomEvent>(target: EventTarget, type: string, options: JobOptions = {}): JobEvents<E> {
    const resolved = resolveJobOptions(options, "of a job on events", [
      "timezone",
      "catchUp",
      "catchUpLimit",
      "jitter",
    ]);
    if (typeof (target as Partial<EventTarget> | null)?.addEventListener !== "function") {
      throw new TypeError(`on() needs an EventTarget, not ${describeValue(target)}`);
    }
    nonEmptyString(type, "The type of events of a job");
    return {
      do: (task, ...[mapper]) => {
        if (mapper !== undefined) callable(mapper, "The mapper of a job on events");
        const argsOf = (event: Event) => mapper === undefined ? [] : mapper(event as E);
        return this.#control.addOnEvents(resolved, task, target, type, argsOf);
      },
    };
  }

  /** Whether its jobs are paused: by `pause()`, in this program or an earlier one. */
  get paused(): boolean {
    return this.#control.isPaused;
  }

  /**
   * Stops all jobs from being due until `resume()`, those that are made later, too, as `job.pause()` does for one of them: times
   * and events that pass meanwhile are skipped, and queued runs still start. So do all schedulers of this name that its runner
   * has. With a checkpoint, they stay paused in later programs, whichever jobs these make.
   *
   * @example Nothing during a maintenance
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = 0;
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.every("1h").do(task({ name: "back-up" }, () => {}));
   * scheduler.pause();
   * now += 3_600_000;
   * assertEquals([scheduler.paused, job.status, scheduler.tick()], [true, "paused", []]);
   * scheduler.resume();
   * assertEquals([job.status, job.nextFire], ["active", new Date(2 * 3_600_000)]);
   * ```
   */
  pause(): void {
    this.#control.pause();
  }

  /**
   * Undoes `pause()`. Jobs that were paused by themselves stay so.
   *
   * @example One job stays paused
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * await using scheduler = new Scheduler();
   * const clean = task({ name: "clean-up" }, () => {});
   * const jobs = [scheduler.every("1h").do(clean), scheduler.every("1d").do(clean)];
   * jobs[1]?.pause();
   * scheduler.pause();
   * scheduler.resume();
   * assertEquals(jobs.map(({ status }) => status), ["active", "paused"]);
   * scheduler.tick();
   * ```
   */
  resume(): void {
    this.#control.resume();
  }

  /**
   * The jobs that have not ended.
   *
   * @returns The jobs, in the order in which they were made.
   *
   * @example The names of all jobs
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * await using scheduler = new Scheduler();
   * scheduler.every("1h").do(task({ name: "clean-up" }, () => {}));
   * assertEquals(scheduler.jobs().map(({ name }) => name), ["clean-up"]);
   * scheduler.tick();
   * ```
   */
  jobs(): ScheduledJob[] {
    return [...this.#control.jobs];
  }

  /**
   * Submits the tasks of all jobs that are due, each once, or with `catchUp: "all"` for each time that it has missed: for
   * tests, and for programs that have a clock of their own.
   *
   * @returns The handles of what was submitted; none while Deno's crons run the jobs.
   *
   * @example An hour later
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = 0;
   * await using scheduler = new Scheduler({ clock: () => now });
   * scheduler.every("1h").do(task({ name: "clean-up" }, () => "clean"));
   * now += 3_600_000;
   * assertEquals(await Promise.all(scheduler.tick()), ["clean"]);
   * ```
   */
  tick(): TaskHandle<unknown>[] {
    return this.#control.tick();
  }

  /**
   * Runs a job for each time of a range at which it was due, or would have been, except for those times for which a run has
   * completed, as far as that is on record: for what happened before the job was made, and for what failed. The runs are
   * those that the job would have had then, without its jitter: they have the same ids, `currentTask().scheduledAt` and
   * arguments, and the job does not catch up on these times again. They start in the order of their times; with an `overlap`
   * other than `"allow"`, each waits until the last run of the job has finished. The times of an interval job are counted from
   * its start, into the past, too.
   *
   * @param job A job of this scheduler that has times, paused or not.
   * @param options The range: `from` is part of it, `to` is not.
   * @returns The results of the runs, in the order of their times, once all have finished: a run that failed is a result with
   * `ok: false`. Times that were left out have none.
   * @throws {TypeError} If the job waits for events or is none, or an option is unknown or of a wrong kind.
   * @throws {RangeError} If `from` or `to` is not a valid time, `from` is after `to`, `to` is in the future, or the job was due
   * more than `limit` times: nothing was submitted then.
   * @throws {CheckpointError} If what is on record cannot be read.
   * @throws {CycleError} If runs of the job that call this would wait for each other.
   * @throws {Error} If the job has ended, belongs to another scheduler, or would wait for itself, as one of its runs calls this
   * and they must not overlap, or the time of that run is one of the range. Or, once what was submitted has finished, if not
   * all could be submitted: the scheduler was stopped, the runner shut down, the job cancelled, or arguments could not be made.
   *
   * @example Three nights, of which one is done
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { currentTask, Scheduler, task } from "@workflowy/workflowy";
   *
   * const count = task({ name: "count" }, () => currentTask()?.scheduledAt?.getUTCDate());
   * await using scheduler = new Scheduler();
   * const job = scheduler.cron("0 3 * * *", { timezone: "UTC" }).do(count);
   * await job.runNow("2025-06-02T03:00:00Z");
   * const results = await scheduler.backfill(job, { from: "2025-06-01T00:00:00Z", to: "2025-06-04T00:00:00Z" });
   * assertEquals(results.map(({ value }) => value), [1, 3]);
   * ```
   */
  async backfill(job: ScheduledJob, options: BackfillOptions): Promise<TaskResult[]> {
    return await this.#control.backfill(job, options);
  }

  /**
   * Submits tasks as they are due, from now on until `stop()`. It keeps the program alive meanwhile.
   *
   * @throws {Error} If it is started already, Deno's crons run the jobs, or a worker imports the module that calls it.
   *
   * @example Three times
   * ```ts
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * await using scheduler = new Scheduler();
   * const { promise, resolve } = Promise.withResolvers<void>();
   * let count = 0;
   * scheduler.every("20ms").do(task({ name: "count" }, () => void (++count === 3 && resolve())));
   * scheduler.start();
   * await promise;
   * await scheduler.stop();
   * ```
   */
  start(): void {
    refuseWhileLoading("start() a scheduler");
    void this.#control.start();
  }

  /**
   * {@linkcode Scheduler.start}, until `stop()` is called or a signal is aborted, and what was submitted has finished.
   *
   * @param options The signal that stops it; default: none.
   * @throws {TypeError} If `signal` is not an `AbortSignal`.
   * @throws {Error} If it is started already, Deno's crons run the jobs, or a worker imports the module that calls it.
   *
   * @example Until a signal
   * ```ts
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * await using scheduler = new Scheduler();
   * const controller = new AbortController();
   * scheduler.every("20ms").do(task({ name: "once" }, () => controller.abort()));
   * await scheduler.run({ signal: controller.signal });
   * ```
   */
  async run(options: RunOptions = {}): Promise<void> {
    const { signal } = options;
    if (signal !== undefined) abortSignal(signal, "signal of run()");
    if (signal?.aborted) return;
    refuseWhileLoading("start() a scheduler");
    const stopped = this.#control.start();
    const release = signal && onAbort(signal, () => void this.stop());
    await stopped;
    release?.();
    await this.#control.untilIdle();
  }

  /**
   * Stops submitting, and lets what was submitted finish; `TaskRunner.cancelAll()` would cancel that. The scheduler can be
   * started again: intervals continue as they were, and missed times are caught up as `catchUp` says. Runs that wait in the
   * queue of their job (`overlap: "queue"`) or for their jitter do not start: only a job with a `catchUp` is due for them again.
   *
   * It does not wait for tasks whose next attempt is more than 10 seconds away, or that wait for such ones, and logs that.
   * They stay with the runner, which tries them again unless it is shut down before. With a checkpoint they are then
   * unfinished on record, and a job with a `catchUp` is due for them again.
   *
   * @returns When all tasks that it has submitted have finished; at once if one of these calls it, which would wait for itself.
   *
   * @example Started and stopped
   * ```ts
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * const scheduler = new Scheduler();
   * scheduler.every("1h").do(task({ name: "clean-up" }, () => {}));
   * scheduler.start();
   * await scheduler.stop();
   * ```
   */
  async stop(): Promise<void> {
    await this.#control.stop();
  }

  /**
   * {@linkcode Scheduler.stop}; and disposes of the runner, if the scheduler has made it. Warns if there are jobs and the
   * scheduler was never started.
   *
   * @returns When everything has finished.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control.dispose();
  }

  /**
   * Hands all jobs but those on events over to `Deno.cron`, these and those that are made later: for Deno Deploy, where
   * crons run though no program of yours is running. Deno's crons are in UTC, deal with missed times in their own way, and call
   * a job again whose task has failed. What an earlier program has not finished of a job with a `catchUp` is started again when
   * Deno calls that job. `stop()` takes the jobs back: on Deno Deploy, do not call it and do not dispose of
   * the scheduler.
   *
   * @param options Whether there is a heartbeat, and when Deno tries again.
   * @throws {TypeError} If Deno cannot express a job (with `heartbeat` there is a way), or has a cron of that name: no job is
   * handed over then. Or if an option is unknown or of a wrong kind.
   * @throws {RangeError} If Deno does not take the name of a job, or an option is out of range.
   * @throws {Error} If there is no `Deno.cron`, as `--unstable-cron` is missing; or if the scheduler is started, or
   * has handed them over before.
   *
   * @example A job on Deno Deploy
   * ```ts
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * const scheduler = new Scheduler();
   * scheduler.cron("0 * * * *").do(task({ name: "collect" }, () => {}));
   * scheduler.deferToDenoCron();
   * await scheduler.stop(); // not on Deno Deploy
   * ```
   */
  deferToDenoCron(options: DeferOptions = {}): void {
    checkDeferOptions(options);
    refuseWhileLoading("deferToDenoCron()");
    this.#control.defer(options);
  }

  #times(options: ResolvedJobOptions, trigger: () => Trigger): JobTimes {
    return {
      do: <A extends unknown[], R>(task: Task<A, R>, ...args: readonly unknown[]) => {
        const [only] = args;
        const isMade = args.length === 1 && typeof only === "function";
        return this.#control.addTimed(options, task, trigger(), isMade ? only as JobArgs : args);
      },
    };
  }
}
