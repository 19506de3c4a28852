/**
 * The options of a job.
 *
 * @module
 */

import { nonEmptyString, oneOf, refuseUnknown, wholeNumberFrom } from "../core/checks.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";

/**
 * What happens when a job is due while its last task has not finished:
 *
 * - `"allow"`: both run.
 * - `"skip"`: the new run is skipped.
 * - `"queue"`: the new run waits until the last task has finished. The queue has no limit: a job whose tasks always take longer
 *   than its interval should not be queued.
 * - `"cancel-previous"`: the last task is cancelled, and the new run starts.
 *
 * @example A report that must not run twice at the same time
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Overlap, Scheduler, task } from "@workflowy/workflowy";
 *
 * let now = 0;
 * await using scheduler = new Scheduler({ clock: () => now });
 * const { promise, resolve } = Promise.withResolvers<void>();
 * const overlap: Overlap = "skip";
 * scheduler.every("1m", { overlap }).do(task({ name: "report" }, () => promise));
 * now += 60_000;
 * assertEquals(scheduler.tick().length, 1);
 * now += 60_000;
 * assertEquals(scheduler.tick().length, 0);
 * resolve();
 * ```
 */
export type Overlap = "allow" | "skip" | "queue" | "cancel-previous";

/**
 * Which of the times that a job has missed it runs for, as the program did not run or the computer slept:
 *
 * - `"none"`: of those before the program was started none, of those since then one.
 * - `"one"`: one for all of them.
 * - `"all"`: one for each of them, up to `catchUpLimit`.
 *
 * To know of times before its start, a program needs a runner with a checkpointer, made by `TaskRunner.resume()`. A run that
 * was interrupted is then submitted again, under the same id.
 *
 * @example A nightly job whose program runs every third day
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MemoryCheckpointer, Scheduler, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const backUp = task({ name: "back-up" }, () => {});
 * const checkpointer = new MemoryCheckpointer();
 * let now = Date.parse("2026-06-01T00:00:00Z");
 * const fired: string[] = [];
 * for (let program = 1; program <= 2; program++) {
 *   await using runner = await TaskRunner.resume(checkpointer);
 *   await using scheduler = new Scheduler({ runner, clock: () => now });
 *   scheduler.cron("0 3 * * *", { timezone: "UTC", catchUp: "one" }).do(backUp);
 *   fired.push(...scheduler.tick().map(({ id }) => id));
 *   now += 3 * 86_400_000;
 * }
 * assertEquals(fired, ["back-up@2026-06-01T03:00:00.000Z"]); // for all three nights
 * ```
 */
export type CatchUp = "none" | "one" | "all";

/**
 * The options of a job. Those that make no sense for a kind of job are an error.
 *
 * @example A nightly job
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type JobOptions, Scheduler, task } from "@workflowy/workflowy";
 *
 * const backUp = task({ name: "back-up" }, () => {});
 * await using scheduler = new Scheduler();
 * const options: JobOptions = { name: "nightly", timezone: "UTC", overlap: "skip", jitter: "5m" };
 * const job = scheduler.cron("0 2 * * *", options).do(backUp);
 * assertEquals(job.name, "nightly");
 * job.cancel();
 * ```
 */
export interface JobOptions {
  /**
   * The name of the job, unique within its scheduler. Default: the name of its task, with `-2`, `-3` … for further jobs. Give a
   * name to a job that catches up, and where several jobs have one task.
   */
  readonly name?: string | undefined;
  /**
   * The time zone of a cron job, such as `"Europe/Berlin"`. Default: the computer's, which is UTC on Deno Deploy. Any but UTC
   * need Deno 2.7 or later.
   */
  readonly timezone?: string | undefined;
  /** What happens when the job is due while its last task has not finished. Default: `"allow"`. */
  readonly overlap?: Overlap | undefined;
  /** Which of the times that it has missed it runs for. Default: `"none"`. */
  readonly catchUp?: CatchUp | undefined;
  /**
   * With `catchUp: "all"`, how many of the times that it has missed the job runs for at most; it skips the oldest ones, and logs
   * that. `Infinity` is allowed. Default: 1,000.
   */
  readonly catchUpLimit?: number | undefined;
  /**
   * Delays each run by a random part of this, in milliseconds if it is a number, so that not all computers start at once.
   * Default: 0.
   */
  readonly jitter?: Duration | undefined;
  /** The name by which a checkpoint finds the job again, and the first part of the ids of its tasks. Default: its name. */
  readonly key?: string | undefined;
}

/** The options of a job, checked and complete. */
export interface ResolvedJobOptions {
  readonly name: string | undefined;
  readonly timezone: string | undefined;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  readonly catchUpLimit: number;
  /** In milliseconds. */
  readonly jitter: number;
  readonly key: string | undefined;
}

const OPTIONS: readonly (keyof JobOptions)[] = [
  "name",
  "timezone",
  "overlap",
  "catchUp",
  "catchUpLimit",
  "jitter",
  "key",
];
const DEFAULT_CATCH_UP_LIMIT = 1_000;
const checkLimit = wholeNumberFrom(1);
const checkOverlap = oneOf(["allow", "skip", "queue", "cancel-previous"]);
const checkCatchUp = oneOf(["none", "one", "all"]);

/**
 * Checks the options of a job.
 *
 * @param label Which job's they are, such as `of a cron job`.
 * @param excluded Options that make no sense for such a job.
 * @throws {TypeError} If one is unknown, of a wrong kind, or makes no sense.
 * @throws {RangeError} If a value is out of range.
 */
export function resolveJobOptions(
  options: JobOptions,
  label: string,
  excluded: readonly (keyof JobOptions)[],
): ResolvedJobOptions {
  refuseUnknown(options, OPTIONS.filter((option) => !excluded.includes(option)), label);
  const { name, timezone, overlap = "allow", catchUp = "none", jitter = 0, key } = options;
  const { catchUpLimit = DEFAULT_CATCH_UP_LIMIT } = options;
  if (name !== undefined) nonEmptyString(name, `name ${label}`);
  if (timezone !== undefined) nonEmptyString(timezone, `timezone ${label}`);
  if (key !== undefined) nonEmptyString(key, `key ${label}`);
  checkOverlap(overlap, `overlap ${label}`);
  checkCatchUp(catchUp, `catchUp ${label}`);
  checkLimit(catchUpLimit, `catchUpLimit ${label}`);
  return { name, timezone, overlap, catchUp, catchUpLimit, jitter: toMilliseconds(jitter, `jitter ${label}`), key };
}
