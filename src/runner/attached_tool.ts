/**
 * A tool that is attached to the program from outside, such as `workflowy run`.
 *
 * It is loaded before the program, and may be of another version of this package, so that both know no more of each other
 * than a value under a symbol, and what is public. The symbol has the version of {@linkcode AttachedTool}.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../core/checkpointer.ts";
import type { TaskRunnerOptions } from "./options.ts";

/** Where a tool is, on the global object. */
export const ATTACHED_TOOL: unique symbol = Symbol.for("workflowy.tool.1");

/** A checkpoint, and what was in it when the tool read it. */
export interface LentCheckpoint {
  readonly checkpointer: Checkpointer;
  /** By id. */
  readonly records: ReadonlyMap<string, TaskRecord>;
}

/** What a tool does when the program makes runners. It must not throw. */
export interface AttachedTool {
  /** A checkpoint for a runner that has none. It can be used once. */
  takeCheckpoint(): LentCheckpoint | undefined;
  /**
   * A runner was made: a `TaskRunner`, of whatever version of this package.
   *
   * @param checkpoint The file that it continues from or writes to, `""` for another kind of checkpoint, or `undefined` for none.
   */
  runnerMade(runner: object, checkpoint: string | undefined): void;
}

/** The tool, if there is one. */
export function attachedTool(): AttachedTool | undefined {
  return (globalThis as { [ATTACHED_TOOL]?: AttachedTool })[ATTACHED_TOOL];
}

/** The checkpoint that the tool lends to a runner that has none. */
export function lentCheckpoint(options: TaskRunnerOptions): LentCheckpoint | undefined {
  const tool = attachedTool();
  // Options that are not an object are refused later, with the error that a program without a tool gets.
  if (tool === undefined || typeof options !== "object" || options === null) return undefined;
  const { checkpointer, checkpointPath } = options;
  return checkpointer === undefined && checkpointPath === undefined ? tool.takeCheckpoint() : undefined;
}

/** Tells the tool of a runner. */
export function announce(runner: object, { checkpointPath, checkpointer }: TaskRunnerOptions): void {
  attachedTool()?.runnerMade(runner, checkpointPath !== undefined ? String(checkpointPath) : checkpointer && "");
}
