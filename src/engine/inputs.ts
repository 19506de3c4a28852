/**
 * Handles among the arguments of a task: found at submit, and replaced by their values when the body starts.
 *
 * @module
 */

import type { HandleRef } from "../core/checkpointer.ts";
import { addLink, FEW, type Links } from "../core/graph.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import { Handle } from "./handle.ts";

/** The handles among arguments, one level down in arrays and plain objects too; the same handle may occur again. */
export function handlesIn(args: readonly unknown[]): Links<Handle> {
  // A few handles and nothing else are the list themselves, as `addLink()` copies it: a sixth of the memory of such a task.
  if (args.length > 1 && args.length < FEW && args.every(isHandle)) return args as Handle[];
  let found: Links<Handle>;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (typeof arg !== "object" || arg === null) continue;
    if (arg instanceof Handle) found = addLink(found, arg);
    else for (const inner of innerValues(arg)) if (inner instanceof Handle) found = addLink(found, inner);
  }
  return found;
}

/** The arguments with the values of their handles; `undefined` for a handle that did not complete. */
export function withValues(args: readonly unknown[]): readonly unknown[] {
  return replaceHandles(args, (handle) => handle.value);
}

/** The arguments with the ids of their handles. */
export function withIds(args: readonly unknown[]): readonly unknown[] {
  return replaceHandles(args, (handle) => handle.id);
}

/** The arguments with `null` in place of their handles, and where those stood. */
export function withoutHandles(
  args: readonly unknown[],
): { readonly args: readonly unknown[]; readonly refs: readonly HandleRef[] } {
  const refs: HandleRef[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (arg instanceof Handle) refs.push({ at: [index], id: arg.id });
    else if (typeof arg === "object" && arg !== null) refs.push(...refsIn(arg, index));
  }
  return { args: replaceHandles(args, () => null), refs };
}

/** The arguments with handles in the places where such were. */
export function withHandles(
  args: readonly unknown[],
  refs: readonly HandleRef[],
  handleOf: (id: string) => TaskHandle<unknown>,
): readonly unknown[] {
  const restored = args.slice();
  for (const { at: [index, key], id } of refs) {
    if (key === undefined) {
      restored[index] = handleOf(id);
      continue;
    }
    if (restored[index] === args[index]) restored[index] = copyOf(args[index]);
    // Assigned, the name "__proto__" would not be one of a value.
    Object.defineProperty(restored[index], key, { ...PLAIN, value: handleOf(id) });
  }
  return restored;
}

/** The arguments with copies of all values in them; handles stay where they are. */
export function copyArgs(args: readonly unknown[], copy: (value: unknown) => unknown): readonly unknown[] {
  if (!args.some((arg) => typeof arg === "object" && arg !== null && !(arg instanceof Handle))) return args;
  const copyInner = (value: unknown) => value instanceof Handle ? value : copy(value);
  return args.map((arg) => {
    if (typeof arg !== "object" || arg === null || arg instanceof Handle) return arg;
    if (!innerValues(arg).some(isHandle)) return copy(arg);
    if (Array.isArray(arg)) return arg.map(copyInner);
    return Object.fromEntries(Object.entries(arg).map(([key, inner]) => [key, copyInner(inner)]));
  });
}

const PLAIN = { writable: true, enumerable: true, configurable: true };

function refsIn(arg: object, index: number): HandleRef[] {
  const isArray = Array.isArray(arg);
  if (innerValues(arg) === NONE) return [];
  return Object.entries(arg).flatMap(([key, inner]) =>
    inner instanceof Handle ? [{ at: [index, isArray ? Number(key) : key] as const, id: inner.id }] : []
  );
}

function copyOf(arg: unknown): unknown {
  return Array.isArray(arg) ? arg.slice() : { ...arg as object };
}

/** The arguments with something else in place of their handles. */
export function replaceHandles(args: readonly unknown[], by: (handle: Handle) => unknown): readonly unknown[] {
  const replaced = args.slice();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (typeof arg === "object" && arg !== null) {
      replaced[index] = arg instanceof Handle ? by(arg) : replaceInner(arg, by);
    }
  }
  return replaced;
}

function replaceInner(arg: object, by: (handle: Handle) => unknown): unknown {
  if (!innerValues(arg).some(isHandle)) return arg;
  const replace = (value: unknown) => value instanceof Handle ? by(value) : value;
  if (Array.isArray(arg)) return arg.map(replace);
  return Object.fromEntries(Object.entries(arg).map(([key, inner]) => [key, replace(inner)]));
}

/** Up to this length, visiting holes costs less than a list of what is there. */
const MAX_DENSE_LENGTH = 1_000;

const NONE: readonly unknown[] = [];

/** The items of an array, or the values of a plain object. Of a long array, which may be mostly holes, only those that are there. */
function innerValues(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value.length <= MAX_DENSE_LENGTH ? value : Object.values(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.values(value) : NONE;
}

function isHandle(value: unknown): boolean {
  return value instanceof Handle;
}
