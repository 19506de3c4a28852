/**
 * Jobs: tasks that are submitted at intervals, at the times of cron expressions, at points in time, and on events.
 *
 * @example A report each working day at nine
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler } from "@workflowy/workflowy/schedule";
 * import { task } from "@workflowy/workflowy";
 *
 * const report = task({ name: "report" }, (kind: string) => `${kind} report`);
 * let now = Date.parse("2026-06-05T12:00:00Z");
 * await using scheduler = new Scheduler({ clock: () => now });
 * const job = scheduler.cron("0 9 * * MON-FRI", { timezone: "UTC" }).do(report, "daily");
 * now = Date.parse("2026-06-08T09:00:00Z"); // a Monday
 * scheduler.tick();
 * assertEquals(await job.lastHandle, "daily report");
 * ```
 *
 * @module
 */

export { Scheduler } from "./scheduler.ts";
export type { SchedulerOptions } from "./scheduler_options.ts";
export type { JobStatus, ScheduledJob } from "./scheduled_job.ts";
export type { DueArgs, JobEvents, JobTimes, Mapper } from "./job_builder.ts";
export type { CatchUp, JobOptions, Overlap } from "./job_options.ts";
export type { BackfillOptions } from "./backfill.ts";
export type { DeferOptions } from "./deno_cron.ts";
export type { PointInTime } from "./point_in_time.ts";
