/**
 * The options of a scheduler.
 *
 * @module
 */

import { callable, refuseUnknown } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { checkLogger, type Logger, unfailing } from "../core/logger.ts";
import type { Engine } from "../runner/engine.ts";
import { engineOf } from "../runner/engine_of.ts";
import { TaskRunner } from "../runner/task_runner.ts";

/**
 * What `new Scheduler()` takes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task, TaskRunner } from "@workflowy/workflowy";
 *
 * let now = Date.parse("2026-06-01T00:00:00Z");
 * await using runner = new TaskRunner({ maxWorkers: 2 });
 * await using scheduler = new Scheduler({ runner, clock: () => now, logger: console });
 * scheduler.every("1d").do(task({ name: "clean-up" }, () => {}));
 * now += 86_400_000;
 * assertEquals(scheduler.tick(), runner.handles());
 * ```
 */
export interface SchedulerOptions {
  /** Where tasks are submitted; default: a runner of its own. One that is given stays its owner's to dispose of. */
  readonly runner?: TaskRunner | undefined;
  /** The time in milliseconds since the epoch, for tests with `tick()`; default `Date.now()`. */
  readonly clock?: (() => number) | undefined;
  /** Where failures are told of that the runner does not tell of; default `console`. */
  readonly logger?: Logger | undefined;
}

/** The options of a scheduler, checked and complete. */
export interface ResolvedSchedulerOptions {
  readonly runner: TaskRunner;
  readonly engine: Engine;
  /** Whether the runner is the scheduler's to end. */
  readonly ownsRunner: boolean;
  readonly clock: () => number;
  readonly logger: Logger;
}

const WHOSE = "of a Scheduler";

/**
 * Checks the options of a scheduler.
 *
 * @throws {TypeError} If one is unknown or of a wrong kind.
 */
export function resolveSchedulerOptions(options: SchedulerOptions): ResolvedSchedulerOptions {
  refuseUnknown(options, ["runner", "clock", "logger"], WHOSE);
  const { runner = new TaskRunner(), clock = () => Date.now(), logger = console } = options;
  callable(clock, `clock ${WHOSE}`);
  checkLogger(logger, WHOSE);
  const engine = typeof runner === "object" && runner !== null ? engineOf(runner) : undefined;
  if (engine === undefined) throw new TypeError(`runner ${WHOSE} must be a TaskRunner, not ${describeValue(runner)}`);
  return { runner, engine, ownsRunner: options.runner === undefined, clock, logger: unfailing(logger) };
}
