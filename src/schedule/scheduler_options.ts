/**
 * The options of a scheduler.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../core/clock.ts";
import { callable, nonEmptyString, refuseUnknown } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { checkLogger, type Logger, unfailing } from "../core/logger.ts";
import { currentRunner } from "../runner/current_runner.ts";
import { JOB_RECORDS, type JobRecords } from "../runner/job_records.ts";
import { TaskRunner } from "../runner/task_runner.ts";

/**
 * The options of a {@linkcode Scheduler}.
 *
 * @example A scheduler on a clock of its own
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, type SchedulerOptions, task, TaskRunner } from "@workflowy/workflowy";
 *
 * let now = Date.parse("2026-06-01T00:00:00Z");
 * await using runner = new TaskRunner({ maxWorkers: 2 });
 * const options: SchedulerOptions = { runner, clock: () => now, logger: console };
 * await using scheduler = new Scheduler(options);
 * scheduler.every("1d").do(task({ name: "clean-up" }, () => {}));
 * now += 86_400_000;
 * assertEquals(scheduler.tick(), runner.handles());
 * ```
 */
export interface SchedulerOptions {
  /**
   * The runner to which tasks are submitted, which the scheduler does not dispose of. Default: the current one, as
   * `currentRunner()` returns it; without one, a runner that the scheduler makes and disposes of.
   */
  readonly runner?: TaskRunner | undefined;
  /**
   * The name of the scheduler, under which the states of its jobs are saved. Schedulers that are given one name share their jobs'
   * states, and no two of their jobs have the same key. Default: `"scheduler"`, then `"scheduler-2"`, `"scheduler-3"` …
   * for further ones of a runner, in the order in which they are made.
   */
  readonly name?: string | undefined;
  /** Returns the time in milliseconds since the epoch; for tests with `tick()`. Default: that of the runner, `Date.now()`. */
  readonly clock?: (() => number) | undefined;
  /** Where warnings go, and failures that the runner does not report. Default: where those of the runner go. */
  readonly logger?: Logger | undefined;
}

/** The options of a scheduler, checked and complete. */
export interface ResolvedSchedulerOptions {
  readonly runner: TaskRunner;
  readonly records: JobRecords;
  /** Whether the scheduler disposes of the runner. */
  readonly ownsRunner: boolean;
  readonly clock: () => number;
  /** What waits for its times. */
  readonly timers: Clock;
  readonly logger: Logger;
}

const LABEL = "of a Scheduler";

/**
 * Checks the options of a scheduler.
 *
 * @throws {TypeError} If one is unknown or of a wrong kind.
 */
export function resolveSchedulerOptions(options: SchedulerOptions): ResolvedSchedulerOptions {
  refuseUnknown(options, ["runner", "name", "clock", "logger"], LABEL);
  const { clock, logger } = options;
  const given = options.runner === undefined ? currentRunner() : options.runner;
  if (options.name !== undefined) nonEmptyString(options.name, `name ${LABEL}`);
  if (clock !== undefined) callable(clock, `clock ${LABEL}`);
  if (logger !== undefined) checkLogger(logger, LABEL);
  const runner = given === undefined ? new TaskRunner() : given;
  if (!(runner instanceof TaskRunner)) {
    throw new TypeError(`runner ${LABEL} must be a TaskRunner, not ${describeValue(runner)}`);
  }
  const records = runner[JOB_RECORDS](options.name);
  return {
    runner,
    records,
    ownsRunner: given === undefined,
    clock: clock ?? (() => records.clock.now()),
    timers: clock === undefined ? records.clock : SYSTEM_CLOCK,
    logger: logger === undefined ? records.logger : unfailing(logger),
  };
}
