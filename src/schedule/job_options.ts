/**
 * The options of a job.
 *
 * @module
 */

import { nonEmptyString, oneOf, refuseUnknown } from "../core/checks.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";

/**
 * What happens when a job is due while its last task is not over: that one goes on beside the new one (`"allow"`), the new
 * one is left out (`"skip"`), waits until the last one is over (`"queue"`), or takes its place (`"cancel-previous"`).
 * Any number of them wait: a job whose tasks always take longer than its interval should not be queued.
 */
export type Overlap = "allow" | "skip" | "queue" | "cancel-previous";

/**
 * What is made up for of times that passed unnoticed, as the program did not run, or the computer slept: of those before
 * the program was started nothing (`"none"`) or one (`"one"`), and of those since one; or each of them (`"all"`), however
 * many they are. To know of those before, the runner needs a checkpointer, and must be made by `TaskRunner.resume()`. Then
 * a task that was cut short is submitted again, under the same id.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MemoryCheckpointer, Scheduler, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const backUp = task({ name: "back-up" }, () => {});
 * const checkpointer = new MemoryCheckpointer();
 * let now = Date.parse("2026-06-01T00:00:00Z");
 * const fired: string[] = [];
 * for (let run = 1; run <= 2; run++) {
 *   await using runner = await TaskRunner.resume(checkpointer);
 *   await using scheduler = new Scheduler({ runner, clock: () => now });
 *   scheduler.cron("0 3 * * *", { timezone: "UTC", catchUp: "one" }).do(backUp);
 *   fired.push(...scheduler.tick().map(({ id }) => id));
 *   now += 3 * 86_400_000; // three days until the next run
 * }
 * assertEquals(fired, ["back-up@2026-06-01T03:00:00.000Z"]); // for all of them
 * ```
 */
export type CatchUp = "none" | "one" | "all";

/**
 * The options of a job.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task } from "@workflowy/workflowy";
 *
 * const backUp = task({ name: "back-up" }, () => {});
 * await using scheduler = new Scheduler();
 * const job = scheduler.cron("0 2 * * *", { name: "nightly", timezone: "UTC", overlap: "skip", jitter: "5m" }).do(backUp);
 * assertEquals(job.name, "nightly");
 * ```
 */
export interface JobOptions {
  /**
   * What the job is called; default: like its task, with `-2`, `-3` … for further ones. Unique within a scheduler. Where
   * something is kept for it (`catchUp`), or several jobs have one task, better give a name.
   */
  readonly name?: string | undefined;
  /** The time zone of a cron job, such as `"Europe/Berlin"`; default: the computer's, which is UTC on Deno Deploy. */
  readonly timezone?: string | undefined;
  /** Default `"allow"`. */
  readonly overlap?: Overlap | undefined;
  /** Default `"none"`. */
  readonly catchUp?: CatchUp | undefined;
  /**
   * Each time the job starts by a random part of this later, so that not all computers do so at once; default 0. Should be
   * shorter than the time between two of them.
   */
  readonly jitter?: Duration | undefined;
  /** By which a checkpoint finds the job again, and the first part of the ids of its tasks; default: its name. */
  readonly key?: string | undefined;
}

/** The options of a job, checked and complete. */
export interface ResolvedJobOptions {
  readonly name: string | undefined;
  readonly timezone: string | undefined;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  /** In milliseconds. */
  readonly jitter: number;
  readonly key: string | undefined;
}

const OPTIONS: readonly (keyof JobOptions)[] = ["name", "timezone", "overlap", "catchUp", "jitter", "key"];
const checkOverlap = oneOf(["allow", "skip", "queue", "cancel-previous"]);
const checkCatchUp = oneOf(["none", "one", "all"]);

/**
 * Checks the options of a job.
 *
 * @param whose Whose they are, such as `of a cron job`.
 * @param senseless Options that make no sense for such a job.
 * @throws {TypeError} If one is unknown, of a wrong kind, or makes no sense.
 * @throws {RangeError} If a value is out of range.
 */
export function resolveJobOptions(
  options: JobOptions,
  whose: string,
  senseless: readonly (keyof JobOptions)[],
): ResolvedJobOptions {
  refuseUnknown(options, OPTIONS.filter((option) => !senseless.includes(option)), whose);
  const { name, timezone, overlap = "allow", catchUp = "none", jitter = 0, key } = options;
  if (name !== undefined) nonEmptyString(name, `name ${whose}`);
  if (timezone !== undefined) nonEmptyString(timezone, `timezone ${whose}`);
  if (key !== undefined) nonEmptyString(key, `key ${whose}`);
  checkOverlap(overlap, `overlap ${whose}`);
  checkCatchUp(catchUp, `catchUp ${whose}`);
  return { name, timezone, overlap, catchUp, jitter: toMilliseconds(jitter, `jitter ${whose}`), key };
}
