/**
 * A job, as users see it.
 *
 * @module
 */

import type { TaskHandle } from "../tasks/task_handle.ts";
import type { PointInTime } from "./point_in_time.ts";

/**
 * A task that a scheduler submits again and again, or once. `scheduler.every()`, `cron()`, `at()` and `on()` make one, by
 * `do()`.
 *
 * @example A clean-up each hour
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task } from "@workflowy/workflowy";
 *
 * let now = Date.parse("2026-06-01T00:00:00Z");
 * await using scheduler = new Scheduler({ clock: () => now });
 * const job = scheduler.every("1h").do(task({ name: "clean-up" }, () => "clean"));
 * assertEquals(job.nextFire, new Date("2026-06-01T01:00:00Z"));
 * now += 3_600_000;
 * scheduler.tick();
 * assertEquals(await job.lastHandle, "clean");
 * ```
 */
export interface ScheduledJob {
  /** The name, unique within its scheduler. */
  readonly name: string;
  /** When it is due next, before any jitter; `undefined` if it is paused, waits for events, or will not be due again. */
  readonly nextFire: Date | undefined;
  /**
   * The next times at which it is due, before any jitter: none if it is paused, waits for events, or will not be due again.
   * Before `start()`, those of an interval job are counted from when it was made.
   *
   * @param count How many times at most; default: 1.
   * @returns The times, ascending.
   * @throws {TypeError} If `count` is not a number.
   * @throws {RangeError} If `count` is not a whole number from 1 to 10,000.
   *
   * @example The next three Mondays
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * const now = Date.parse("2026-06-05T12:00:00Z");
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.cron("0 9 * * MON", { timezone: "UTC" }).do(task({ name: "report" }, () => {}));
   * assertEquals(job.next(3).map((date) => date.getUTCDate()), [8, 15, 22]);
   * scheduler.tick();
   * ```
   */
  next(count?: number): Date[];
  /** The handle of the task that it has submitted last; `undefined` before the first one. */
  readonly lastHandle: TaskHandle<unknown> | undefined;
  /** Whether it can be due. */
  readonly status: JobStatus;
  /**
   * Ends the job and removes what was saved for it. Its running task is not affected; its queued runs are dropped.
   *
   * @returns Whether it had not ended before.
   *
   * @example A job that ends itself
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { type ScheduledJob, Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = 0;
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job: ScheduledJob = scheduler.every("1m").do(task({ name: "once" }, () => job.cancel()));
   * now += 60_000;
   * scheduler.tick();
   * assertEquals([await job.lastHandle, job.status, scheduler.jobs()], [true, "over", []]);
   * ```
   */
  cancel(): boolean;
  /**
   * Submits the task of the job at once, whatever its `overlap` says and also while it is paused. When the job is due does not
   * change.
   *
   * @param time The time for which it runs, at which the job was due: what failed or was cancelled then runs again, and what
   * had completed keeps its result as long as that is known. Default: now, for one more run.
   * @returns The handle of the task.
   * @throws {TypeError} If the job waits for events, as there is none; or `time` is of a wrong kind.
   * @throws {RangeError} If `time` is not a valid time.
   * @throws {Error} If the runner was shut down, or the arguments cannot be made.
   *
   * @example What failed runs again
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task, TaskRunner } from "@workflowy/workflowy";
   *
   * let now = Date.parse("2026-06-01T02:59:00Z");
   * let isUp = false;
   * await using runner = new TaskRunner({ onTaskError: "continue" });
   * await using scheduler = new Scheduler({ runner, clock: () => now });
   * const backUp = task({ name: "back-up" }, () => {
   *   if (!isUp) throw new Error("the disk is not there");
   *   return "done";
   * });
   * const job = scheduler.cron("0 3 * * *", { timezone: "UTC" }).do(backUp);
   * now += 60_000;
   * scheduler.tick();
   * await job.lastHandle?.exception();
   * isUp = true;
   * const again = job.runNow("2026-06-01T03:00:00Z");
   * assertEquals([again.id, await again], ["back-up@2026-06-01T03:00:00.000Z", "done"]);
   * ```
   */
  runNow(time?: PointInTime): TaskHandle<unknown>;
  /**
   * Stops the job from being due until `resume()`. Times that pass meanwhile are skipped, whatever `catchUp` says; queued
   * runs still start. With a checkpoint, it stays paused in later programs.
   *
   * @example No backups while the disk is full
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = 0;
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.every("1h").do(task({ name: "back-up" }, () => {}));
   * job.pause();
   * now += 3_600_000;
   * assertEquals([job.status, scheduler.tick()], ["paused", []]);
   * job.resume();
   * ```
   */
  pause(): void;
  /**
   * Undoes `pause()`. While its scheduler is paused, the job stays so.
   *
   * @example The next time after a pause
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = 0;
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.every("1h").do(task({ name: "back-up" }, () => {}));
   * job.pause();
   * now += 90 * 60_000;
   * job.resume();
   * assertEquals(job.nextFire, new Date(2 * 3_600_000));
   * scheduler.tick();
   * ```
   */
  resume(): void;
}

/**
 * Whether a job can be due: `"active"`; `"paused"`, until `resume()`; or `"over"`, once it was cancelled or was due for the
 * last time.
 *
 * @example The end of a job
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type JobStatus, Scheduler, task } from "@workflowy/workflowy";
 *
 * let now = 0;
 * await using scheduler = new Scheduler({ clock: () => now });
 * const job = scheduler.at(1_000).do(task({ name: "once" }, () => {}));
 * const seen: JobStatus[] = [job.status];
 * now = 1_000;
 * scheduler.tick();
 * assertEquals([...seen, job.status], ["active", "over"]);
 * ```
 */
export type JobStatus = "active" | "paused" | "over";
