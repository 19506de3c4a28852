/**
 * Jobs as crons of Deno, which run on Deno Deploy though no program of ours is running.
 *
 * @module
 */

import { boolean, finiteNumber, refuseUnknown } from "../core/checks.ts";
import { describeError, describeValue } from "../core/describe.ts";
import type { CronField } from "./cron_fields.ts";
import type { Job } from "./job.ts";
import { CronTrigger, EveryTrigger } from "./trigger.ts";

/**
 * What `deferToDenoCron()` takes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task } from "@workflowy/workflowy";
 *
 * const report = task({ name: "report" }, () => {});
 * await using scheduler = new Scheduler();
 * // Deno.cron knows no time zones: this one needs the heartbeat.
 * const job = scheduler.cron("0 9 * * MON", { timezone: "Europe/Berlin" }).do(report);
 * scheduler.deferToDenoCron({ heartbeat: true, backoffSchedule: [1_000, 60_000] });
 * assertEquals(job.nextFire?.getUTCDay(), 1);
 * await scheduler.stop(); // not on Deno Deploy
 * ```
 */
export interface DeferOptions {
  /**
   * Whether one more cron, of every minute, is to look after the jobs that Deno's crons cannot express; default `false`: they
   * are an error. Such jobs are due at full minutes, once in each at the most, and wait for each other if they take longer
   * than that; Deno does not try them again.
   */
  readonly heartbeat?: boolean | undefined;
  /**
   * After how many milliseconds Deno tries a job again that failed, for the first time, the second time, and so on: five
   * times and after an hour at the most; default: Deno's own.
   */
  readonly backoffSchedule?: readonly number[] | undefined;
}

/** The cron that looks after the others. */
export const HEARTBEAT = "workflowy-heartbeat";

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const DAY_HOURS = 24;
const LONGEST_NAME = 64;
/** How often Deno tries again at the most, and after how long. */
const MOST_RETRIES = 5;
const LONGEST_DELAY_MS = 3_600_000;
const WHOSE = "of deferToDenoCron()";

/** How Deno can run a job: when, or why it cannot. */
export type DenoSchedule = { readonly expression: string } | { readonly obstacle: string };

/** How Deno can run a job. Its crons know no time zones: a job that names none runs as in UTC. */
export function denoScheduleOf({ parts: { trigger, options: { timezone, jitter } } }: Job): DenoSchedule {
  if (jitter > 0) return { obstacle: "it has a jitter" };
  if (trigger instanceof EveryTrigger) return everyAsCron(trigger.interval);
  if (!(trigger instanceof CronTrigger)) return { obstacle: "it is due once" };
  if (timezone !== undefined && !/^(Etc\/)?(UTC|GMT)$/i.test(timezone)) {
    return { obstacle: `its time zone is ${timezone}` };
  }
  const { minute, hour, dayOfMonth, month, dayOfWeek } = trigger.times.fields;
  if (dayOfMonth !== undefined && dayOfWeek !== undefined) {
    return { obstacle: "it restricts both the day of month and the day of week" };
  }
  // Deno counts weekdays from 1, which is Sunday.
  const weekday = dayOfWeek?.map((day) => day + 1);
  return { expression: [minute, hour, dayOfMonth, month, weekday].map(textOf).join(" ") };
}

function everyAsCron(interval: number): DenoSchedule {
  const minutes = interval / MINUTE_MS;
  if (minutes < 1) return { obstacle: `its interval of ${interval} ms is shorter than a minute` };
  const hours = minutes / HOUR_MINUTES;
  if (minutes === 1) return { expression: "* * * * *" };
  if (isPart(minutes, HOUR_MINUTES)) return { expression: `*/${minutes} * * * *` };
  if (hours === 1) return { expression: "0 * * * *" };
  if (isPart(hours, DAY_HOURS)) return { expression: `0 */${hours} * * *` };
  if (hours === DAY_HOURS) return { expression: "0 0 * * *" };
  return { obstacle: `its interval of ${interval} ms is no whole part of an hour, or of a day` };
}

/** Whether so many of them, a whole number, fill a whole one. */
function isPart(count: number, whole: number): boolean {
  return Number.isInteger(count) && count < whole && whole % count === 0;
}

function textOf(field: CronField): string {
  return field?.join(",") ?? "*";
}

/**
 * Checks what a job is called.
 *
 * @throws {RangeError} If Deno would not take it.
 */
export function checkCronName(name: string): void {
  if (name.length <= LONGEST_NAME && /^[A-Za-z0-9_ \t\r\n-]+$/.test(name)) return;
  throw new RangeError(
    `Deno.cron takes names of up to ${LONGEST_NAME} letters of the English alphabet, digits, spaces, "-" and "_", and not ` +
      `${describeValue(name)}: give the job another name`,
  );
}

/**
 * Checks the options of `deferToDenoCron()`.
 *
 * @throws {TypeError} If one is unknown or of a wrong kind.
 * @throws {RangeError} If a value is out of range.
 */
export function checkDeferOptions(options: DeferOptions): void {
  refuseUnknown(options, ["heartbeat", "backoffSchedule"], WHOSE);
  const { heartbeat, backoffSchedule } = options;
  if (heartbeat !== undefined) boolean(heartbeat, `heartbeat ${WHOSE}`);
  if (backoffSchedule === undefined) return;
  const what = `backoffSchedule ${WHOSE}`;
  if (!Array.isArray(backoffSchedule)) {
    throw new TypeError(`${what} must be an array of milliseconds, not ${describeValue(backoffSchedule)}`);
  }
  if (backoffSchedule.length > MOST_RETRIES) {
    throw new RangeError(`${what} must have ${MOST_RETRIES} entries at the most, not ${backoffSchedule.length}`);
  }
  for (const delay of backoffSchedule) {
    if (finiteNumber(delay, `Each of ${what}`) >= 0 && delay <= LONGEST_DELAY_MS) continue;
    throw new RangeError(`Each of ${what} must be from 0 to ${LONGEST_DELAY_MS} ms, an hour, not ${delay}`);
  }
}

/**
 * Has Deno call a function at certain times.
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
    throw new TypeError(`Deno.cron refuses "${name}" (${expression}), as: ${describeError(cause)}`, { cause });
  }
}

/**
 * Makes sure that Deno has crons.
 *
 * @throws {Error} If it has none.
 */
export function needDenoCron(): void {
  if (typeof Deno.cron === "function") return;
  throw new Error("deferToDenoCron() needs Deno.cron: run the program with --unstable-cron");
}
