/**
 * The schedulers of a runner, as the runner knows them.
 *
 * @module
 */

import type { TaskHandle } from "../tasks/task_handle.ts";

/** A job of a {@linkcode RunnerScheduler}: what its `ScheduledJob` has, for those who look at a runner. */
export interface RunnerJob {
  /** The name, unique within its scheduler. */
  readonly name: string;
  /** Whether it can be due: see `JobStatus`. */
  readonly status: string;
  /** When it is due next; `undefined` if it is paused, waits for events, or will not be due again. */
  readonly nextFire: Date | undefined;
  /** The handle of the task that it has submitted last; `undefined` before the first one. */
  readonly lastHandle: TaskHandle<unknown> | undefined;
  /**
   * The next times at which it is due.
   *
   * @param count How many at most. Default: 1.
   * @returns The times, ascending.
   */
  next(count?: number): Date[];
  /**
   * Submits its task now.
   *
   * @returns The handle.
   */
  runNow(): TaskHandle<unknown>;
  /** Stops the job from being due until `resume()`. */
  pause(): void;
  /** Undoes `pause()`. */
  resume(): void;
}

/**
 * A scheduler of a runner, from when it was made until it has ended: a `Scheduler`, for those who look at a runner.
 *
 * @example When jobs are due
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const now = Date.parse("2026-06-05T12:00:00Z");
 * await using runner = new TaskRunner();
 * await using scheduler = new Scheduler({ runner, clock: () => now });
 * scheduler.cron("0 9 * * MON", { timezone: "UTC" }).do(task({ name: "report" }, () => {}));
 * const [first] = runner.schedulers;
 * assertEquals([first?.name, first?.paused], ["scheduler", false]);
 * assertEquals(first?.jobs().map(({ name, nextFire }) => [name, nextFire]), [["report", new Date("2026-06-08T09:00:00Z")]]);
 * scheduler.tick();
 * ```
 */
export interface RunnerScheduler {
  /** Its name. */
  readonly name: string;
  /** Whether it is paused. */
  readonly paused: boolean;
  /**
   * Its jobs.
   *
   * @returns Those that may be due again.
   */
  jobs(): RunnerJob[];
  /** Stops all jobs from being due until `resume()`. */
  pause(): void;
  /** Undoes `pause()`. */
  resume(): void;
}
