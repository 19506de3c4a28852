/**
 * Deno's crons, which run on Deno Deploy though no program of ours is running: what they can express.
 *
 * @module
 */

import { finiteNumber, refuseUnknown } from "../core/checks.ts";
import { describeError, describeValue } from "../core/describe.ts";
import { environmentVariable } from "../core/environment.ts";
import type { CronField } from "./cron_expression.ts";
import type { Job } from "./job.ts";
import { CronTrigger, EveryTrigger } from "./trigger.ts";

/**
 * The options of `scheduler.deferToDenoCron()`.
 *
 * @example A job in a time zone, on Deno Deploy
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task } from "@workflowy/workflowy";
 *
 * const report = task({ name: "report" }, () => {});
 * await using scheduler = new Scheduler();
 * // Deno.cron knows no time zones: this job needs the heartbeat.
 * const job = scheduler.cron("0 9 * * MON", { timezone: "Europe/Berlin" }).do(report);
 * scheduler.deferToDenoCron({ heartbeat: true, backoffSchedule: [1_000, 60_000] });
 * assertEquals(job.nextFire?.getUTCDay(), 1);
 * await scheduler.stop(); // not on Deno Deploy
 * ```
 */
export interface DeferOptions {
  /**
   * Which jobs one more cron starts, which is called every minute: with `true` those that Deno's crons cannot express, with
   * `"all"` all of them, so that they need no cron each. They are due at full minutes, at most once in each, and wait for each
   * other if they take longer than a minute. Deno does not try them again; `retries` of their tasks does. Default: `false`,
   * which makes jobs that Deno cannot express an error.
   */
  readonly heartbeat?: boolean | "all" | undefined;
  /**
   * The delays, in milliseconds, after which Deno calls a job again whose task has failed: at most five, of at most an hour
   * each. Default: Deno's own; on Deno Deploy, it does not call again.
   */
  readonly backoffSchedule?: readonly number[] | undefined;
}

/** The name of the cron that starts the jobs that Deno cannot express. */
export const HEARTBEAT = "workflowy-heartbeat";

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const DAY_HOURS = 24;
/** Limits of Deno. Names of this length are for Deno Deploy: elsewhere Deno takes 64 characters, and says so itself. */
const MAX_NAME_LENGTH = 256;
const MAX_RETRIES = 5;
const MAX_RETRY_DELAY_MS = 3_600_000;
const LABEL = "of deferToDenoCron()";

/** The expression of a job for Deno, or why it has none. */
export type DenoSchedule = { readonly expression: string } | { readonly obstacle: string };

/** How Deno can run a job. Its crons have no time zones: a job without one runs as in UTC. */
export function denoScheduleOf({ parts: { trigger, options: { timezone, jitter } } }: Job): DenoSchedule {
  if (jitter > 0) return { obstacle: "it has a jitter" };
  if (trigger instanceof EveryTrigger) return everyAsCron(trigger.interval);
  if (!(trigger instanceof CronTrigger)) return { obstacle: "it is due once" };
  if (timezone !== undefined && !/^(Etc\/)?(UTC|GMT)$/i.test(timezone)) {
    return { obstacle: `its time zone is ${timezone}` };
  }
  const { minute, hour, dayOfMonth, month, dayOfWeek } = trigger.fields;
  if (dayOfMonth !== undefined && dayOfWeek !== undefined) {
    return { obstacle: "it restricts both the day of month and the day of week" };
  }
  // Deno counts weekdays from 1, which is Sunday.
  const weekday = dayOfWeek?.map((day) => day + 1);
  return { expression: [minute, hour, dayOfMonth, month, weekday].map(fieldAsCron).join(" ") };
}

function everyAsCron(interval: number): DenoSchedule {
  const minutes = interval / MINUTE_MS;
  if (minutes < 1) return { obstacle: `its interval of ${interval} ms is shorter than a minute` };
  const hours = minutes / HOUR_MINUTES;
  if (minutes === 1) return { expression: "* * * * *" };
  if (divides(minutes, HOUR_MINUTES)) return { expression: `*/${minutes} * * * *` };
  if (hours === 1) return { expression: "0 * * * *" };
  if (divides(hours, DAY_HOURS)) return { expression: `0 */${hours} * * *` };
  if (hours === DAY_HOURS) return { expression: "0 0 * * *" };
  return { obstacle: `its interval of ${interval} ms does not divide an hour, or a day` };
}

/** Whether a count is a whole number, smaller than a total, that divides it. */
function divides(count: number, total: number): boolean {
  return Number.isInteger(count) && count < total && total % count === 0;
}

function fieldAsCron(field: CronField): string {
  return field?.join(",") ?? "*";
}

/**
 * Checks the name of a job.
 *
 * @throws {RangeError} If Deno would not take it.
 */
export function checkCronName(name: string): void {
  if (name.length <= MAX_NAME_LENGTH && /^[A-Za-z0-9_ \t\r\n-]+$/.test(name)) return;
  throw new RangeError(
    `Deno.cron takes names of up to ${MAX_NAME_LENGTH} letters of the English alphabet, digits, spaces, "-" and "_", and ` +
      `not ${describeValue(name)}: give the job another name`,
  );
}

/**
 * Checks the options of `deferToDenoCron()`.
 *
 * @throws {TypeError} If one is unknown or of a wrong kind.
 * @throws {RangeError} If a value is out of range.
 */
export function checkDeferOptions(options: DeferOptions): void {
  refuseUnknown(options, ["heartbeat", "backoffSchedule"], LABEL);
  const { heartbeat, backoffSchedule } = options;
  if (heartbeat !== undefined && heartbeat !== "all" && typeof heartbeat !== "boolean") {
    throw new TypeError(`heartbeat ${LABEL} must be true, false or "all", not ${describeValue(heartbeat)}`);
  }
  if (backoffSchedule === undefined) return;
  const what = `backoffSchedule ${LABEL}`;
  if (!Array.isArray(backoffSchedule)) {
    throw new TypeError(`${what} must be an array of milliseconds, not ${describeValue(backoffSchedule)}`);
  }
  if (backoffSchedule.length > MAX_RETRIES) {
    throw new RangeError(`${what} must have at most ${MAX_RETRIES} entries, not ${backoffSchedule.length}`);
  }
  for (const delay of backoffSchedule) {
    if (finiteNumber(delay, `Each of ${what}`) >= 0 && delay <= MAX_RETRY_DELAY_MS) continue;
    throw new RangeError(`Each of ${what} must be from 0 to ${MAX_RETRY_DELAY_MS} ms, an hour, not ${delay}`);
  }
}

/**
 * Has Deno call a handler at the times of an expression, until the signal is aborted.
 *
 * @throws {TypeError} If there is a cron of that name.
 */
export function addCron(
  name: string,
  expression: string,
  { backoffSchedule, signal }: DeferOptions & { readonly signal: AbortSignal },
  handler: () => Promise<void>,
): void {
  const options = backoffSchedule === undefined ? { signal } : { signal, backoffSchedule: [...backoffSchedule] };
  try {
    void Deno.cron(name, expression, options, handler);
  } catch (cause) {
    const reason = describeError(cause);
    const remedy = REMEDIES.find(([pattern]) => pattern.test(reason))?.[1] ?? "";
    throw new TypeError(`Deno.cron refuses "${name}" (${expression}), as: ${reason}${remedy}`, { cause });
  }
}

/** What to do about a refusal of Deno, by what it says. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/Too many crons/, `: let one of them start all jobs, with deferToDenoCron({ heartbeat: "all" })`],
  [/[Cc]ron name|this name/, ": give the job another name"],
];

/** Whether this is Deno Deploy, as far as the program may know. */
export function isOnDenoDeploy(): boolean {
  return environmentVariable("DENO_DEPLOYMENT_ID") !== undefined;
}

/**
 * Makes sure that this program has Deno's crons.
 *
 * @throws {Error} If it has none.
 */
export function needDenoCron(): void {
  if (typeof Deno.cron === "function") return;
  throw new Error("deferToDenoCron() needs Deno.cron: run the program with --unstable-cron");
}
