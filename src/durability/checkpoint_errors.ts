/**
 * What is said when something cannot be saved.
 *
 * @module
 */

import { describeError } from "../core/describe.ts";
import { CheckpointError } from "../core/errors.ts";
import type { Handle } from "../engine/handle.ts";

/** The error of a task whose outcome could not be saved. */
export function unsavedError({ id, name }: Handle, cause: CheckpointError): CheckpointError {
  return new CheckpointError(`"${id}" finished, but its outcome could not be saved: ${cause.message}`, {
    task: name,
    cause,
    reason: cause.reason,
  });
}

/** The error of a task whose value no checkpoint of its kind can keep. */
export function unsavableError({ id, name }: Handle, why: string): CheckpointError {
  return new CheckpointError(`The result of "${id}" cannot be saved: ${why}`, { task: name, reason: "unsavable" });
}

/** What a checkpointer threw, as the error that its callers expect. */
export function asCheckpointError(cause: unknown, task: string): CheckpointError {
  if (cause instanceof CheckpointError) return cause;
  return new CheckpointError(`The checkpointer cannot ${task}: ${describeError(cause)}`, { cause });
}
