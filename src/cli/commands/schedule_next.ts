/**
 * `workflowy schedule next "CRON"`.
 *
 * @module
 */

import { Scheduler } from "../../schedule/scheduler.ts";
import { task } from "../../tasks/task.ts";
import { type CliContext, CliError } from "../context.ts";

/** The options. */
export interface ScheduleNextFlags {
  readonly count: number;
  readonly timezone?: string;
  readonly json?: boolean;
}

/** How many times are computed at most. */
const MAX_COUNT = 10_000;

/** Prints the next times. */
export function scheduleNext(this: CliContext, flags: ScheduleNextFlags, ...fields: string[]): void {
  const { count, json = false } = flags;
  if (count < 1 || count > MAX_COUNT) throw new CliError(`-n must be from 1 to ${MAX_COUNT}, not ${count}`);
  const timezone = flags.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const times = timesOf(fields.join(" "), timezone, count);
  if (json) return this.process.stdout.write(`${JSON.stringify(times.map((time) => time.toISOString()))}\n`);
  const local = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    weekday: "short",
    day: "2-digit",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  for (const time of times) this.process.stdout.write(`${time.toISOString()}  ${local.format(time)}\n`);
}

function timesOf(expression: string, timezone: string, count: number): readonly Date[] {
  try {
    return new Scheduler().cron(expression, { timezone }).do(task({ name: "next" }, () => {})).next(count);
  } catch (error) {
    throw error instanceof Error ? new CliError(error.message) : error;
  }
}
