/**
 * Jobs that Deno's crons run.
 *
 * @module
 */

import { addCron, checkCronName, type DeferOptions, denoScheduleOf, HEARTBEAT } from "./deno_cron.ts";
import { cronTimeAfter } from "./cron_times.ts";
import type { Job } from "./job.ts";
import type { JobRuns } from "./job_runs.ts";
import { TimeZone } from "./time_zone.ts";
import { CronTrigger } from "./trigger.ts";

const MINUTE_MS = 60_000;
/** Deno may call a handler this early, in milliseconds. */
const EARLY_MS = 1_000;

/** Makes crons of jobs, and starts their runs when Deno calls. */
export class DenoCronJobs {
  readonly #options: DeferOptions;
  readonly #clock: () => number;
  readonly #runs: JobRuns;
  /** What removes the crons of jobs. */
  readonly #crons = new Map<Job, AbortController>();
  /** Jobs that the heartbeat starts. */
  readonly #heartbeatJobs = new Set<Job>();
  #heartbeat: AbortController | undefined;
  /** The last minute that the heartbeat has processed. */
  #processedUntil = -Infinity;
  /** When it had finished that. Meanwhile no other program was called for the minutes that passed. */
  #processedAt = -Infinity;

  constructor(options: DeferOptions, clock: () => number, runs: JobRuns) {
    this.#options = options;
    this.#clock = clock;
    this.#runs = runs;
  }

  /**
   * Adds jobs: all of them or, if it throws, none.
   *
   * @throws {TypeError} If Deno cannot express one and there is no heartbeat, or has a cron of its name.
   * @throws {RangeError} If Deno does not take the name of one.
   */
  add(...jobs: readonly Job[]): void {
    for (const job of jobs) this.#check(job);
    try {
      for (const job of jobs) this.#add(job);
    } catch (error) {
      for (const job of jobs) this.remove(job);
      throw error;
    }
  }

  remove(job: Job): void {
    job.dueInDeno = undefined;
    this.#crons.get(job)?.abort();
    this.#crons.delete(job);
    this.#heartbeatJobs.delete(job);
    if (this.#heartbeatJobs.size > 0) return;
    this.#heartbeat?.abort();
    this.#heartbeat = undefined;
  }

  #check(job: Job): void {
    const schedule = denoScheduleOf(job);
    if ("expression" in schedule) return checkCronName(job.name);
    if (this.#options.heartbeat) return;
    throw new TypeError(
      `Deno.cron cannot run job "${job.name}", as ${schedule.obstacle}: change that, or use ` +
        `deferToDenoCron({ heartbeat: true })`,
    );
  }

  #add(job: Job): void {
    const trigger = job.parts.trigger!;
    const schedule = denoScheduleOf(job);
    if ("expression" in schedule) {
      this.#crons.set(job, this.#addCron(job.name, schedule.expression, () => this.#onCron(job)));
    } else {
      this.#heartbeat ??= this.#addCron(HEARTBEAT, "* * * * *", () => this.#onHeartbeat());
      this.#heartbeatJobs.add(job);
    }
    // Deno counts intervals from the hour or the day, in UTC.
    if (trigger.anchor !== undefined) trigger.anchor = 0;
    const utc = TimeZone.named("UTC", "zone");
    job.dueInDeno = (after = this.#clock()) => {
      const isInUtc = "expression" in schedule && trigger instanceof CronTrigger;
      return isInUtc ? cronTimeAfter(trigger.fields, after, utc) : ceilToMinute(trigger.after(after));
    };
  }

  #addCron(name: string, expression: string, handler: () => Promise<void>): AbortController {
    const controller = new AbortController();
    addCron(name, expression, { ...this.#options, signal: controller.signal }, handler);
    return controller;
  }

  /** Rejects if the task fails, so that Deno reports it and tries again. */
  async #onCron(job: Job): Promise<void> {
    if (job.phase !== "active") return;
    const due = this.#currentMinute();
    await this.#runs.start(job, { ...job.runAt(due, due), reportedBy: "deno" });
  }

  /** Processes each minute once, in whichever program Deno calls for it. */
  async #onHeartbeat(): Promise<void> {
    const until = this.#currentMinute();
    const previous = until - MINUTE_MS;
    const from = Math.max(this.#processedUntil, this.#processedAt >= previous ? -Infinity : previous);
    this.#processedUntil = until;
    const handles = [...this.#heartbeatJobs].map((job) => this.#startBetween(job, from, until));
    await Promise.all(handles.map((handle) => handle?.exception()));
    this.#processedAt = this.#clock();
  }

  #startBetween(job: Job, from: number, until: number): ReturnType<JobRuns["tryStart"]> {
    const trigger = job.parts.trigger!;
    const due = job.phase === "active" ? trigger.after(from) : undefined;
    if (due === undefined || due > until) return undefined;
    const handle = this.#runs.tryStart(job, job.runAt(due, until));
    if (trigger.after(until) === undefined) job.finish();
    return handle;
  }

  #currentMinute(): number {
    return Math.floor((this.#clock() + EARLY_MS) / MINUTE_MS) * MINUTE_MS;
  }
}

function ceilToMinute(time: number | undefined): number | undefined {
  return time === undefined ? undefined : Math.ceil(time / MINUTE_MS) * MINUTE_MS;
}
