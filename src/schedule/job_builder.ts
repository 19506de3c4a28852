/**
 * Between when a job is due and what it does.
 *
 * @module
 */

import type { Task } from "../tasks/task.ts";
import type { ScheduledJob } from "./job.ts";

/** A time, or times, for which a task is still to be named. */
export interface JobTimes {
  /**
   * Submits a task at these times, with these arguments.
   *
   * @throws {TypeError} If it is a plain function and no task.
   * @throws {RangeError} If the scheduler has a job of that name.
   */
  do<A extends unknown[], R>(task: Task<A, R>, ...args: NoInfer<A>): ScheduledJob;
}

/** Events for which a task is still to be named. */
export interface JobEvents<E extends Event> {
  /**
   * Submits a task for each event, with the arguments that `mapper` makes of it; without one, with none.
   *
   * @throws {TypeError} If it is a plain function and no task.
   * @throws {RangeError} If the scheduler has a job of that name.
   */
  do<A extends unknown[], R>(task: Task<A, R>, mapper?: (event: E) => NoInfer<A>): ScheduledJob;
}
