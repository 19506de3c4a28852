/**
 * What `every()`, `cron()`, `at()` and `on()` return: the times of a job, which still needs a task.
 *
 * @module
 */

import type { Task } from "../tasks/task.ts";
import type { ScheduledJob } from "./job.ts";

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
   * Makes the job: it submits a task at these times.
   *
   * @param task The task.
   * @param args Its arguments, the same each time.
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
  do<A extends unknown[], R>(task: Task<A, R>, ...args: NoInfer<A>): ScheduledJob;
}

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
