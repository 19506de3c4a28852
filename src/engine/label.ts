/**
 * Labels: what tasks are about, in words.
 *
 * @module
 */

import { describeError, describeValue } from "../core/describe.ts";
import type { Logger } from "../core/logger.ts";
import type { Handle } from "./handle.ts";
import { withValues } from "./inputs.ts";

/**
 * Gives a task its label, whose arguments are known now. What the function for it throws is logged, and costs nothing but
 * the label.
 *
 * @returns Whether it has a label now that it did not have before.
 */
export function labelTask(handle: Handle, logger: Logger): boolean {
  const label = handle.spec.options.label as ((...args: readonly unknown[]) => unknown) | undefined;
  if (label === undefined || handle.details?.label !== undefined) return false;
  const { args = [], dependencies } = handle;
  try {
    const made = label(...(dependencies === undefined ? args : withValues(args)));
    if (typeof made !== "string") throw new TypeError(`it must return a string, not ${describeValue(made)}`);
    handle.ensureDetails().label = made;
    return true;
  } catch (error) {
    logger.warn(`"${handle.id}" has no label, as the function for it failed: ${describeError(error)}`);
    return false;
  }
}

/** How a sentence names a task: by its id, with its label and its tags. */
export function nameOf({ id, label, tags }: Pick<Handle, "id" | "label" | "tags">): string {
  const tagged = tags.length === 0 ? undefined : `tagged ${tags.map((tag) => `"${tag}"`).join(", ")}`;
  const more = [label, tagged].filter((part) => part !== undefined && part !== "").join("; ");
  return more === "" ? `"${id}"` : `"${id}" (${more})`;
}
