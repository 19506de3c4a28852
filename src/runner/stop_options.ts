/**
 * How a runner stops.
 *
 * @module
 */

import { oneOf, refuseUnknown } from "../core/checks.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";

/**
 * The options of `stop()`.
 *
 * @example What has not started is left for the next program
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MemoryCheckpointer, type StopOptions, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const options: StopOptions = { queued: "leave", within: "30s" };
 * await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer(), maxWorkers: 1 });
 * const send = task({ name: "send" }, async (to: string) => {
 *   await runner.stop(options); // does not wait, within a task
 *   return to;
 * }).with({ runner });
 * const handles = send.map(["ann", "bob"]);
 * await runner.serve();
 * assertEquals(handles.map(({ status }) => status), ["completed", "ready"]);
 * ```
 */
export interface StopOptions {
  /**
   * What happens to tasks that have not started, or wait for their next attempt: `"finish"` does them; `"leave"` leaves them
   * in the checkpoint as they are, for the next run, and with them tasks whose bodies wait for nothing else. Default:
   * `"finish"`.
   */
  readonly queued?: "finish" | "leave" | undefined;
  /** After this time, what is still to be finished is cancelled. A number is milliseconds. Default: no limit. */
  readonly within?: Duration | undefined;
}

/** The same, checked. Durations are in milliseconds. */
export interface ResolvedStopOptions {
  readonly queued: "finish" | "leave";
  readonly within: number | undefined;
}

const WHOSE = "of stop()";

const checkQueued = oneOf(["finish", "leave"]);

/**
 * Checks the options of `stop()`.
 *
 * @param hasCheckpoint Whether there is something that keeps what is left.
 * @throws {TypeError} If an option is unknown or of a wrong kind, or what is left would be lost.
 * @throws {RangeError} If a value is out of range.
 */
export function resolveStopOptions(options: StopOptions, hasCheckpoint: boolean): ResolvedStopOptions {
  refuseUnknown(options, ["queued", "within"], WHOSE);
  const { queued = "finish", within } = options;
  checkQueued(queued, `queued ${WHOSE}`);
  if (queued === "leave" && !hasCheckpoint) {
    throw new TypeError(
      `queued: "leave" ${WHOSE} needs a checkpoint, or what is left would be lost: give the runner a checkpointPath or a ` +
        `checkpointer, or finish what is queued with stop()`,
    );
  }
  return { queued, within: within === undefined ? undefined : toMilliseconds(within, `within ${WHOSE}`) };
}
