/**
 * The options of a task that `.with()` has changed, for records.
 *
 * @module
 */

import { snapshot } from "../serialization/snapshot.ts";
import { findTask } from "./registry.ts";
import type { TaskSpec } from "./spec.ts";

const changedBySpec = new WeakMap<TaskSpec, Record<string, unknown> | typeof UNCHANGED>();
const UNCHANGED = Symbol("unchanged");

/** What `.with()` changed, as far as it is plain data; `undefined`: nothing. Found once for each spec, as many tasks share one. */
export function changedOptionsOf(spec: TaskSpec): Record<string, unknown> | undefined {
  let changed = changedBySpec.get(spec);
  if (changed === undefined) changedBySpec.set(spec, changed = changedOptions(spec) ?? UNCHANGED);
  return changed === UNCHANGED ? undefined : changed;
}

/** What `.with()` changed, as far as it is plain data; the name and what identifies the task are fields of their own. */
function changedOptions(spec: TaskSpec): Record<string, unknown> | undefined {
  const { module } = spec.options;
  const defined = module === undefined ? undefined : findTask(module, spec.definedAs);
  if (defined === undefined || defined === spec) return undefined;
  let changed: Record<string, unknown> | undefined;
  for (const [option, value] of Object.entries(spec.options)) {
    if (OWN_FIELDS.has(option) || isSame(value, Reflect.get(defined.options, option)) || !isPlainData(value)) continue;
    (changed ??= {})[option] = value ?? null;
  }
  return changed;
}

/** Whether an option has the same value; that of `tags` is a copy. */
function isSame(value: unknown, other: unknown): boolean {
  if (!Array.isArray(value) || !Array.isArray(other)) return value === other;
  return value.length === other.length && value.every((each, index) => each === other[index]);
}

/** `retries` follows from `maxAttempts`; the others are fields of a record. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["name", "module", "version", "retries"]);

function isPlainData(value: unknown): boolean {
  try {
    snapshot(value ?? null, "json", "it");
    return true;
  } catch {
    return false;
  }
}
