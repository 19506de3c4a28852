/**
 * What `every()`, `cron()`, `at()` and `on()` return: the times of a job, which still needs a task.
 *
 * @module
 */

import type { Task } from "../tasks/task.ts";
import type { ScheduledJob } from "./scheduled_job.ts";

/**
 * The times of a job, as `scheduler.every()`, `cron()` and `at()` return them. Its task is still to be named.
 *
 * @example Two jobs at the same times
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type JobTimes, Scheduler, task } from "@workflowy/workflowy";
 *
 * const greet = task({ name: "greet" }, (name: string, greeting = "hello") => `${greeting}, ${name}`);
 * await using scheduler = new Scheduler({ clock: () => 0 });
 * const hourly: JobTimes = scheduler.every("1h");
 * const jobs = [hourly.do(greet, "world"), hourly.do(greet, "Ann", "bye")];
 * assertEquals(jobs.map(({ name }) => name), ["greet", "greet-2"]);
 * scheduler.tick();
 * ```
 */
export interface JobTimes {
  /**
   * Makes the job, with arguments that depend on the time for which it runs.
   *
   * @param task The task.
   * @param args Makes its arguments of that time, each time that the task is submitted. If it throws, or returns no array,
   * that is logged, and the run is skipped. A task whose only argument is a function gets it by `() => [fn]`.
   * @returns The job.
   * @throws {TypeError} If `task` is a plain function, or is bound to another runner.
   * @throws {RangeError} If the scheduler has a job of that name or key.
   *
   * @example A report of the day before
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = Date.parse("2026-06-01T07:00:00Z");
   * const report = task({ name: "report" }, (day: string) => `report of ${day}`);
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.cron("0 8 * * *", { timezone: "UTC" }).do(report, (due) => {
   *   return [new Date(due.getTime() - 86_400_000).toISOString().slice(0, 10)];
   * });
   * now += 3_600_000;
   * scheduler.tick();
   * assertEquals(await job.lastHandle, "report of 2026-05-31");
   * ```
   */
  do<A extends unknown[], R>(task: Task<A, R>, args: NoInfer<DueArgs<A>>): ScheduledJob;
  /**
   * Makes the job: it submits a task at these times.
   *
   * @param task The task.
   * @param args Its arguments, the same each time. One argument that is a function is taken for what makes them.
   * @returns The job.
   * @throws {TypeError} If `task` is a plain function, or is bound to another runner.
   * @throws {CheckpointError} If the runner's checkpoint cannot keep the arguments.
   * @throws {RangeError} If the scheduler has a job of that name or key.
   *
   * @example A greeting each morning
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * let now = Date.parse("2026-06-01T07:00:00Z");
   * const greet = task({ name: "greet" }, (name: string) => `good morning, ${name}`);
   * await using scheduler = new Scheduler({ clock: () => now });
   * const job = scheduler.cron("0 8 * * *", { timezone: "UTC" }).do(greet, "Ann");
   * now += 3_600_000;
   * scheduler.tick();
   * assertEquals(await job.lastHandle, "good morning, Ann");
   * ```
   */
  do<A extends unknown[], R, G extends NoInfer<A>>(
    task: Task<A, R>,
    ...args: G extends [(...args: never) => unknown] ? [args: NoInfer<DueArgs<A>>] : G
  ): ScheduledJob;
}

/**
 * The function that makes a task's arguments of the time for which a job runs.
 *
 * @example The day of that time
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import type { DueArgs } from "@workflowy/workflowy";
 *
 * const args: DueArgs<[day: string]> = (due) => [due.toISOString().slice(0, 10)];
 * assertEquals(args(new Date("2026-06-01T08:00:00Z")), ["2026-06-01"]);
 * ```
 */
export type DueArgs<A extends unknown[]> = (due: Date) => A;

/**
 * The function that makes a task's arguments of an event. A task without required parameters needs none.
 *
 * @example The detail of an event
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import type { Mapper } from "@workflowy/workflowy";
 *
 * const [mapper]: Mapper<CustomEvent<string>, [path: string]> = [(event) => [event.detail]];
 * assertEquals(mapper(new CustomEvent("upload", { detail: "cat.jpg" })), ["cat.jpg"]);
 * ```
 */
export type Mapper<E extends Event, A extends unknown[]> = [] extends A ? [mapper?: (event: E) => [...A]]
  : [mapper: (event: E) => [...A]];

/**
 * The events of a job, as `scheduler.on()` returns them. Its task is still to be named.
 *
 * @example A task for each upload
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type JobEvents, Scheduler, task } from "@workflowy/workflowy";
 *
 * const target = new EventTarget();
 * const index = task({ name: "index" }, (path: string) => `indexed ${path}`);
 * await using scheduler = new Scheduler();
 * const uploads: JobEvents<CustomEvent<string>> = scheduler.on(target, "upload");
 * const job = uploads.do(index, (event) => [event.detail]);
 * scheduler.start();
 * target.dispatchEvent(new CustomEvent("upload", { detail: "cat.jpg" }));
 * assertEquals(await job.lastHandle, "indexed cat.jpg");
 * ```
 */
export interface JobEvents<E extends Event> {
  /**
   * Makes the job: it submits a task for each event.
   *
   * @param task The task.
   * @param mapper Makes the task's arguments of an event. An event for which it throws, or returns no array, is logged and
   * skipped. A task without required parameters needs no mapper.
   * @returns The job.
   * @throws {TypeError} If `task` is a plain function, or is bound to another runner; or `mapper` is not a function.
   * @throws {RangeError} If the scheduler has a job of that name or key.
   *
   * @example Arguments of an event
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   *
   * const target = new EventTarget();
   * const resize = task({ name: "resize" }, (path: string, width: number) => `${path} at ${width}`);
   * await using scheduler = new Scheduler();
   * const job = scheduler.on<CustomEvent<string>>(target, "upload").do(resize, ({ detail }) => [detail, 200]);
   * scheduler.start();
   * target.dispatchEvent(new CustomEvent("upload", { detail: "cat.jpg" }));
   * assertEquals(await job.lastHandle, "cat.jpg at 200");
   * ```
   */
  do<A extends unknown[], R>(task: Task<A, R>, ...mapper: Mapper<E, NoInfer<A>>): ScheduledJob;
}
