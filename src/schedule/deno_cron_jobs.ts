/**
 * Jobs that Deno's crons run.
 *
 * @module
 */

import type { Logger } from "../core/logger.ts";
import { addCron, checkCronName, type DeferOptions, denoScheduleOf, HEARTBEAT, isOnDenoDeploy } from "./deno_cron.ts";
import type { Job, JobRun } from "./job.ts";
import type { JobRuns } from "./job_runs.ts";
import { lastTimes } from "./last_times.ts";
import { TimeZone } from "./time_zone.ts";
import { CronTrigger, type Trigger } from "./trigger.ts";

const MINUTE_MS = 60_000;
/** Deno may call a handler this early, in milliseconds. */
const EARLY_MS = 1_000;
/** How many crons a program may have on a free plan of Deno Deploy. */
const MAX_FREE_CRONS = 10;

/** What it needs of its scheduler. */
export interface DenoCronJobsParts {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
  readonly runs: JobRuns;
}

/** Makes crons of jobs, and starts their runs when Deno calls. */
export class DenoCronJobs {
  readonly #options: DeferOptions;
  readonly #parts: DenoCronJobsParts;
  /** What removes the crons of jobs. */
  readonly #crons = new Map<Job, AbortController>();
  /** The last run of each of these jobs that Deno has called for. */
  readonly #lastRuns = new Map<Job, JobRun>();
  /** Jobs that the heartbeat starts. */
  readonly #heartbeatJobs = new Set<Job>();
  #heartbeat: AbortController | undefined;
  /** The last minute that the heartbeat has processed. */
  #processedUntil = -Infinity;
  /** When it had finished that. Meanwhile no other program was called for the minutes that passed. */
  #processedAt = -Infinity;
  #hasWarned = false;

  constructor(options: DeferOptions, parts: DenoCronJobsParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /**
   * Adds jobs: all of them or, if it throws, none.
   *
   * @throws {TypeError} If Deno cannot express one and there is no heartbeat, or has a cron of its name.
   * @throws {RangeError} If Deno does not take the name of one.
   */
  add(...jobs: readonly Job[]): void {
    for (const job of jobs) if (this.#expressionOf(job) !== undefined) checkCronName(job.name);
    try {
      for (const job of jobs) this.#add(job);
    } catch (error) {
      for (const job of jobs) this.remove(job);
      throw error;
    }
    this.#warnOfCount();
  }

  remove(job: Job): void {
    job.inDeno = undefined;
    this.#crons.get(job)?.abort();
    this.#crons.delete(job);
    this.#lastRuns.delete(job);
    this.#heartbeatJobs.delete(job);
    if (this.#heartbeatJobs.size > 0) return;
    this.#heartbeat?.abort();
    this.#heartbeat = undefined;
  }

  /**
   * The expression of a job's own cron; `undefined` if the heartbeat starts it.
   *
   * @throws {TypeError} If neither is possible.
   */
  #expressionOf(job: Job): string | undefined {
    const { heartbeat } = this.#options;
    if (heartbeat === "all") return undefined;
    const schedule = denoScheduleOf(job);
    if ("expression" in schedule) return schedule.expression;
    if (heartbeat) return undefined;
    throw new TypeError(
      `Deno.cron cannot run job "${job.name}", as ${schedule.obstacle}: change that, or use ` +
        `deferToDenoCron({ heartbeat: true })`,
    );
  }

  #add(job: Job): void {
    const trigger = job.parts.trigger!;
    const expression = this.#expressionOf(job);
    const { clock } = this.#parts;
    // Deno counts intervals from the hour or the day, in UTC.
    if (trigger.anchor !== undefined) trigger.anchor = 0;
    if (expression === undefined) {
      this.#heartbeat ??= this.#addCron(HEARTBEAT, "* * * * *", () => this.#onHeartbeat());
      this.#heartbeatJobs.add(job);
      job.inDeno = { trigger, next: (after = clock()) => ceilToMinute(trigger.after(after)) };
    } else {
      const inUtc = trigger instanceof CronTrigger
        ? new CronTrigger(trigger.fields, TimeZone.named("UTC", "zone"))
        : trigger;
      this.#crons.set(job, this.#addCron(job.name, expression, () => this.#onCron(job, inUtc)));
      job.inDeno = { trigger: inUtc, next: (after = clock()) => inUtc.after(after) };
    }
  }

  #addCron(name: string, expression: string, handler: () => Promise<void>): AbortController {
    const controller = new AbortController();
    addCron(name, expression, { ...this.#options, signal: controller.signal }, handler);
    return controller;
  }

  /** Rejects if the task fails, so that Deno reports it and tries again. */
  async #onCron(job: Job, trigger: Trigger): Promise<void> {
    if (job.phase !== "active") return;
    // Deno may call late, or again.
    const due = lastTimes((time) => trigger.after(time), -Infinity, this.#currentMinute(), 1)[0]!;
    const { runs } = this.#parts;
    await runs.restartUnfinished(job, due - 1);
    if (job.phase !== "active" || !this.#crons.has(job)) return;
    const last = this.#lastRuns.get(job);
    const isAgain = last?.due === due && job.lastHandle?.done === true && job.lastHandle.status !== "completed";
    const run: JobRun = isAgain ? last : { ...runs.runInDeno(job, due, due), reportedBy: "deno" };
    this.#lastRuns.set(job, run);
    await runs.start(job, run);
  }

  /** Processes each minute once, in whichever program Deno calls for it. */
  async #onHeartbeat(): Promise<void> {
    const until = this.#currentMinute();
    const previous = until - MINUTE_MS;
    const from = Math.max(this.#processedUntil, this.#processedAt >= previous ? -Infinity : previous);
    this.#processedUntil = until;
    await Promise.all([...this.#heartbeatJobs].map((job) => this.#runBetween(job, from, until)));
    this.#processedAt = this.#parts.clock();
  }

  async #runBetween(job: Job, from: number, until: number): Promise<void> {
    const { runs } = this.#parts;
    if (job.phase !== "active") return;
    await runs.restartUnfinished(job, from);
    if (job.phase !== "active" || !this.#heartbeatJobs.has(job)) return;
    const trigger = job.parts.trigger!;
    const due = trigger.after(from);
    const isDue = due !== undefined && due <= until;
    const handle = isDue ? runs.tryStart(job, runs.runInDeno(job, due, until)) : undefined;
    if (trigger.after(until) === undefined) job.finish();
    await handle?.exception();
  }

  #warnOfCount(): void {
    const count = this.#crons.size + (this.#heartbeat === undefined ? 0 : 1);
    if (this.#hasWarned || count <= MAX_FREE_CRONS || !isOnDenoDeploy()) return;
    this.#hasWarned = true;
    this.#parts.logger.warn(
      `The scheduler has ${count} crons, and free plans of Deno Deploy allow ${MAX_FREE_CRONS}: there, let one cron start all ` +
        `jobs, with deferToDenoCron({ heartbeat: "all" })`,
    );
  }

  #currentMinute(): number {
    return Math.floor((this.#parts.clock() + EARLY_MS) / MINUTE_MS) * MINUTE_MS;
  }
}

function ceilToMinute(time: number | undefined): number | undefined {
  return time === undefined ? undefined : Math.ceil(time / MINUTE_MS) * MINUTE_MS;
}
