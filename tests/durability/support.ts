/**
 * Programs that are killed, in tests of what they leave on record.
 *
 * @module
 */

import { MemoryCheckpointer, TaskRunner, type TaskRunnerOptions } from "../../mod.ts";
import { recordingLogger } from "../support.ts";

/** A runner on a checkpoint, whose program can be "killed": from then on nothing more is written. */
export interface Program {
  readonly runner: TaskRunner;
  /** Kills the program. Returns what it has left, once everything so far was saved unless `isAbrupt`. */
  kill(options?: { readonly isAbrupt?: boolean }): Promise<MemoryCheckpointer>;
}

/** Starts a program that continues from a checkpoint. */
export async function start(
  checkpointer: MemoryCheckpointer,
  options: Omit<TaskRunnerOptions, "checkpointer" | "checkpointPath"> = {},
): Promise<Program> {
  const runner = await TaskRunner.resume(checkpointer, {
    logger: recordingLogger(),
    onTaskError: "continue",
    ...options,
  });
  return {
    runner,
    async kill({ isAbrupt = false } = {}) {
      if (!isAbrupt) await runner.flush();
      const left = new MemoryCheckpointer();
      const records = await Array.fromAsync(checkpointer.load());
      if (records.length > 0) await left.save(records);
      runner.cancelAll("killed");
      await runner.shutdown();
      return left;
    },
  };
}
