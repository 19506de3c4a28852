/**
 * How values can be encoded.
 *
 * @module
 */

import type { ValueEncoding } from "../core/checkpointer.ts";

/** The encodings as numbers, of which the greatest of all parts counts for a whole value. */
export const JSON_LEVEL = 0;
export const CLONE_LEVEL = 1;
export const PACKED_LEVEL = 2;
/** Of what is not a primitive value, or is one that cannot be encoded. */
export const NO_LEVEL = 3;

const ENCODINGS: readonly ValueEncoding[] = ["json", "clone", "packed"];

/** A longer array is left to the walk, which finds out first whether it has so many items at all. */
export const MAX_FLAT_LENGTH = 1_000;

/** Up to this length, counting an array's keys is faster than counting its values. */
const MAX_LENGTH_BY_KEYS = 4;

/** The encoding for a value of that level. */
export function encodingOf(level: number): ValueEncoding {
  return ENCODINGS[level]!;
}

/** The encoding for what holds values of these two; `undefined` if one of them is not known. */
export function wider(one: ValueEncoding | undefined, other: ValueEncoding | undefined): ValueEncoding | undefined {
  if (one === undefined || other === undefined) return undefined;
  return ENCODINGS.indexOf(one) > ENCODINGS.indexOf(other) ? one : other;
}

/** The level of a primitive value. */
export function levelOfPrimitive(value: unknown): number {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON_LEVEL;
    case "number":
      // Neither NaN nor infinite nor -0.
      return value - value === 0 && (value !== 0 || 1 / value > 0) ? JSON_LEVEL : CLONE_LEVEL;
    case "undefined":
    case "bigint":
      return CLONE_LEVEL;
    default:
      return value === null ? JSON_LEVEL : NO_LEVEL;
  }
}

/**
 * The level of a primitive value, or of a plain array or object that holds nothing but such: the common case, which needs
 * no walk. `NO_LEVEL` for anything else. That an array is plain and that nothing is hidden remain to be checked.
 */
export function levelOfFlat(value: unknown): number {
  if (typeof value !== "object" || value === null) return levelOfPrimitive(value);
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return levelOfFlatRecord(value);
    return prototype === Array.prototype && Array.isArray(value) ? levelOfFlatArray(value) : NO_LEVEL;
  } catch {
    return NO_LEVEL;
  }
}

function levelOfFlatRecord(record: object): number {
  let level = levelOfFormat(record);
  for (const key in record) {
    const found = levelOfPrimitive((record as Readonly<Record<string, unknown>>)[key]);
    if (found === NO_LEVEL) return NO_LEVEL;
    if (found > level) level = found;
  }
  return level;
}

function levelOfFlatArray(array: readonly unknown[]): number {
  if (array.length > MAX_FLAT_LENGTH) return NO_LEVEL;
  let level = levelOfFormat(array);
  for (let index = 0; index < array.length; index++) {
    const found = levelOfPrimitive(array[index]);
    if (found === NO_LEVEL) return NO_LEVEL;
    if (found > level) level = found;
  }
  return level;
}

/** The least level of an object, by whether it says itself what it is in JSON. */
export function levelOfFormat(object: object): number {
  return typeof (object as { toJSON?: unknown }).toJSON === "function" ? CLONE_LEVEL : JSON_LEVEL;
}

/** Whether an array has all its items and nothing else, not even a class of its own. */
export function isPlainArray(array: readonly unknown[]): boolean {
  if (Object.getPrototypeOf(array) !== Array.prototype) return false;
  const count = array.length <= MAX_LENGTH_BY_KEYS ? Object.keys(array).length : Object.values(array).length;
  // There may be as many named values as holes, which read as undefined.
  return count === array.length && (!array.includes(undefined) || !hasHoles(array));
}

function hasHoles(array: readonly unknown[]): boolean {
  for (let index = 0; index < array.length; index++) {
    if (array[index] === undefined && !Object.hasOwn(array, index)) return true;
  }
  return false;
}
