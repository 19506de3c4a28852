/**
 * The error of tasks that wait for each other.
 *
 * @module
 */

import { joinShortened } from "../core/describe.ts";
import { CycleError } from "../core/errors.ts";
import type { Handle } from "./handle.ts";

/**
 * Makes the error, with the way around in its message: by names, or by ids and labels where tasks of one name are in it.
 *
 * @param handle Who is refused.
 * @param path What it was to wait for, and so on, back to itself.
 */
export function cycleError(handle: Handle, path: readonly Handle[], message: string): CycleError {
  const around = [handle, ...path];
  const cycle = around.map(({ name }) => name);
  const areDistinct = new Set(cycle).size === new Set(around).size;
  const way = areDistinct ? cycle : around.map(({ id, label }) => label === undefined ? id : `${id} (${label})`);
  return new CycleError(`${message}: ${joinShortened(way, " → ")}`, { task: handle.name, cycle });
}
