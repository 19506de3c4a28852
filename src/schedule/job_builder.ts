/**
 * Between when a job is due and what it does.
 *
 * @module
 */

import type { Task } from "../tasks/task.ts";
import type { ScheduledJob } from "./job.ts";

/**
 * A time, or times, for which a task is still to be named.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type JobTimes, Scheduler, task } from "@workflowy/workflowy";
 *
 * const greet = task({ name: "greet" }, (name: string, greeting = "hello") => `${greeting}, ${name}`);
 * await using scheduler = new Scheduler();
 * const hourly: JobTimes = scheduler.every("1h");
 * const jobs = [hourly.do(greet, "world"), hourly.do(greet, "Ann", "bye")];
 * assertEquals(jobs.map(({ name }) => name), ["greet", "greet-2"]);
 * ```
 */
export interface JobTimes {
  /**
   * Submits a task at these times, with these arguments.
   *
   * @throws {TypeError} If it is a plain function and no task.
   * @throws {CheckpointError} If the runner's checkpoint cannot keep the arguments.
   * @throws {RangeError} If the scheduler has a job of that name.
   */
  do<A extends unknown[], R>(task: Task<A, R>, ...args: NoInfer<A>): ScheduledJob;
}

/** What makes a task's arguments of an event. */
export type Mapper<E extends Event, A extends unknown[]> = [] extends A ? [mapper?: (event: E) => [...A]]
  : [mapper: (event: E) => [...A]];

/**
 * Events for which a task is still to be named.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task } from "@workflowy/workflowy";
 *
 * const uploads = new EventTarget();
 * const index = task({ name: "index" }, (path: string) => `indexed ${path}`);
 * await using scheduler = new Scheduler();
 * const job = scheduler.on<CustomEvent<string>>(uploads, "upload").do(index, (event) => [event.detail]);
 * scheduler.start();
 * uploads.dispatchEvent(new CustomEvent("upload", { detail: "cat.jpg" }));
 * assertEquals(await job.lastHandle, "indexed cat.jpg");
 * ```
 */
export interface JobEvents<E extends Event> {
  /**
   * Submits a task for each event, with the arguments that `mapper` makes of it; a task that needs none needs no mapper.
   *
   * @throws {TypeError} If it is a plain function and no task.
   * @throws {RangeError} If the scheduler has a job of that name.
   */
  do<A extends unknown[], R>(task: Task<A, R>, ...mapper: Mapper<E, NoInfer<A>>): ScheduledJob;
}
