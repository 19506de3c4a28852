/**
 * What people see of a task that is about to run: its label, and the arguments that may be shown.
 *
 * @module
 */

import { describeError, describeValue } from "../core/describe.ts";
import { plainJson } from "../core/error_json.ts";
import { About } from "../core/log_format.ts";
import type { Logger } from "../core/logger.ts";
import type { Handle } from "./handle.ts";
import { withValues } from "./inputs.ts";

/** A function of a task's options, whatever the types of its parameters. */
type AnyFunction = (...args: readonly unknown[]) => unknown;

/**
 * Gives a task its label, and the arguments that may be shown, as its arguments are known now. What the functions for it
 * throw is logged, and costs nothing else.
 *
 * @returns Whether it has something now that it did not have before.
 */
export function describeArgs(handle: Handle, logger: Logger): boolean {
  const { label, redact } = handle.spec.options;
  if (label === undefined && redact === undefined) return false;
  const { label: known, shownArgs } = handle.details ?? {};
  const isLabelled = label !== undefined && known === undefined && labelTask(handle, label as AnyFunction, logger);
  const isRedacted = redact !== undefined && shownArgs === undefined &&
    redactArgs(handle, redact as AnyFunction, logger);
  return isLabelled || isRedacted;
}

function labelTask(handle: Handle, label: AnyFunction, logger: Logger): boolean {
  try {
    const made = label(...valuesOf(handle));
    if (typeof made !== "string") throw new TypeError(`it must return a string, not ${describeValue(made)}`);
    handle.ensureDetails().label = made;
    return true;
  } catch (error) {
    const about = new About(handle, undefined, false);
    logger.warn(about, `"${handle.id}" has no label, as the function for it failed: ${describeError(error)}`);
    return false;
  }
}

function redactArgs(handle: Handle, redact: AnyFunction, logger: Logger): boolean {
  try {
    const made = redact([...valuesOf(handle)]);
    if (!Array.isArray(made)) throw new TypeError(`it must return an array, not ${describeValue(made)}`);
    handle.ensureDetails().shownArgs = Object.freeze(made.map(plainJson));
    return true;
  } catch (error) {
    const about = new About(handle, undefined, false);
    logger.warn(
      about,
      `The arguments of "${handle.id}" are not shown, as its redact() failed: ${describeError(error)}`,
    );
    return false;
  }
}

function valuesOf({ args = [], dependencies }: Handle): readonly unknown[] {
  return dependencies === undefined ? args : withValues(args);
}

/** How a sentence names a task: by its id, with its label and its tags. */
export function nameOf({ id, label, tags }: Pick<Handle, "id" | "label" | "tags">): string {
  const tagged = tags.length === 0 ? undefined : `tagged ${tags.map((tag) => `"${tag}"`).join(", ")}`;
  const more = [label, tagged].filter((part) => part !== undefined && part !== "").join("; ");
  return more === "" ? `"${id}"` : `"${id}" (${more})`;
}
