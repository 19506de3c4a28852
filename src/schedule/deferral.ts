/**
 * Jobs that Deno's crons look after.
 *
 * @module
 */

import { addCron, checkCronName, type DeferOptions, denoScheduleOf, HEARTBEAT } from "./deno_cron.ts";
import type { Fires } from "./fires.ts";
import type { Job } from "./job.ts";
import { CronTrigger } from "./trigger.ts";
import { Zone } from "./zone.ts";

const MINUTE_MS = 60_000;
/** Deno may call this early, in milliseconds. */
const EARLY_MS = 1_000;

/** Hands jobs over to Deno's crons, and submits their tasks when Deno says so. */
export class Deferral {
  readonly #options: DeferOptions;
  readonly #clock: () => number;
  readonly #fires: Fires;
  readonly #onLast: (job: Job) => void;
  /** What ends the crons of jobs. */
  readonly #crons = new Map<Job, AbortController>();
  /** Jobs that only the heartbeat can look after. */
  readonly #beaten = new Set<Job>();
  #heartbeat: AbortController | undefined;
  /** Up to when the heartbeat has seen to what was due. */
  #beatenUntil = -Infinity;
  /** When it was through with that. Until then no other program was woken for it. */
  #beatEndedAt = -Infinity;

  /** @param onLast Told of jobs that were due for the last time. */
  constructor(options: DeferOptions, clock: () => number, fires: Fires, onLast: (job: Job) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#fires = fires;
    this.#onLast = onLast;
  }

  /**
   * Makes sure that a job can be handed over.
   *
   * @throws {TypeError} If Deno cannot express it, and there is no heartbeat.
   * @throws {RangeError} If Deno does not take its name.
   */
  check(job: Job): void {
    const schedule = denoScheduleOf(job);
    if ("expression" in schedule) return checkCronName(job.name);
    if (this.#options.heartbeat) return;
    throw new TypeError(
      `Deno.cron cannot run job "${job.name}", as ${schedule.obstacle}: change that, or use ` +
        `deferToDenoCron({ heartbeat: true })`,
    );
  }

  /**
   * Hands a job over.
   *
   * @throws {TypeError} If Deno refuses.
   */
  take(job: Job): void {
    const { trigger } = job.parts;
    const schedule = denoScheduleOf(job);
    if ("expression" in schedule) {
      this.#crons.set(
        job,
        this.#cron(job.name, schedule.expression, () => this.#onCron(job)),
      );
    } else this.#beat(job);
    if (trigger!.anchor !== undefined) trigger!.anchor = 0;
    const zone = "expression" in schedule ? Zone.named("UTC", "zone") : undefined;
    job.dueElsewhere = () => {
      const now = this.#clock();
      if (zone !== undefined && trigger instanceof CronTrigger) return trigger.times.after(now, zone);
      const due = trigger!.after(now);
      return due === undefined ? undefined : Math.ceil(due / MINUTE_MS) * MINUTE_MS;
    };
  }

  /** Takes a job back. */
  release(job: Job): void {
    job.dueElsewhere = undefined;
    this.#crons.get(job)?.abort();
    this.#crons.delete(job);
    this.#beaten.delete(job);
    if (this.#beaten.size > 0) return;
    this.#heartbeat?.abort();
    this.#heartbeat = undefined;
  }

  #beat(job: Job): void {
    this.#heartbeat ??= this.#cron(HEARTBEAT, "* * * * *", () => this.#onBeat());
    this.#beaten.add(job);
  }

  #cron(name: string, expression: string, handler: () => Promise<void>): AbortController {
    const controller = new AbortController();
    addCron(name, expression, { ...this.#options, signal: controller.signal }, handler);
    return controller;
  }

  /** Rejects if the task fails, so that Deno tells of it and tries again. */
  async #onCron(job: Job): Promise<void> {
    if (job.status !== "active") return;
    const due = this.#minute();
    await this.#fires.demand(job, { ...job.fireAt(due, due), audience: "deno" });
  }

  /** Looks at each minute once, in whichever program is woken for it. */
  async #onBeat(): Promise<void> {
    const until = this.#minute();
    const previous = until - MINUTE_MS;
    const from = Math.max(this.#beatenUntil, this.#beatEndedAt >= previous ? -Infinity : previous);
    this.#beatenUntil = until;
    const handles = [...this.#beaten].map((job) => this.#beginBetween(job, from, until));
    await Promise.all(handles.map((handle) => handle?.exception()));
    this.#beatEndedAt = this.#clock();
  }

  #beginBetween(job: Job, from: number, until: number): ReturnType<Fires["begin"]> {
    const { trigger } = job.parts;
    const due = job.status === "active" ? trigger!.after(from) : undefined;
    if (due === undefined || due > until) return undefined;
    const handle = this.#fires.begin(job, job.fireAt(due, until));
    if (trigger!.after(until) === undefined) this.#onLast(job);
    return handle;
  }

  #minute(): number {
    return Math.floor((this.#clock() + EARLY_MS) / MINUTE_MS) * MINUTE_MS;
  }
}
