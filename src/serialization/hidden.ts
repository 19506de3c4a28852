/**
 * Properties that neither JSON nor structured clone looks at, so that they would be lost without a word.
 *
 * @module
 */

import { isPlainArray } from "./encoding.ts";
import { hiddenProperty, type Purpose, Refusal } from "./refusal.ts";

/** What an object is copied as: its named values, its items, its entries, or the whole of it. */
type CopiedAs = "record" | "array" | "entries" | "whole";

/** Whether all of a plain object or array is looked at: an array has each of its items, and nothing else. */
export function isOpen(object: object): boolean {
  if (!Array.isArray(object)) return !hasHiddenProperties(object);
  return isPlainArray(object) && hiddenKey(object, "array") === undefined;
}

/** Whether a record has properties under symbols, or such as are not enumerable. */
function hasHiddenProperties(record: object): boolean {
  return Object.getOwnPropertySymbols(record).length > 0 ||
    Object.getOwnPropertyNames(record).length !== Object.keys(record).length;
}

/**
 * Refuses an object with a property that would be lost.
 *
 * Of an array of more than a few items only symbols are looked for: to list the names of its items would take longer than to
 * copy it. Views, of which the same is true, and `String` objects are not looked at.
 *
 * @throws {Refusal} If it has one.
 */
export function refuseHidden(object: object, copiedAs: CopiedAs, purpose: Purpose): void {
  const key = hiddenKey(object, copiedAs);
  if (key !== undefined) throw new Refusal(hiddenProperty(key, copiedAs === "record" || copiedAs === "array", purpose));
}

function hiddenKey(object: object, copiedAs: CopiedAs): PropertyKey | undefined {
  switch (copiedAs) {
    case "record":
      return hasHiddenProperties(object)
        ? Reflect.ownKeys(object).find((key) => !isEnumerable(object, key))
        : undefined;
    case "array": {
      const { length } = object as readonly unknown[];
      if (length > MAX_LISTED) return Object.getOwnPropertySymbols(object)[0];
      // To count takes half the time of looking at each, and the arguments of every task are such an array.
      if (Reflect.ownKeys(object).length === length + 1 && Object.keys(object).length === length) return undefined;
      return Reflect.ownKeys(object).find((key) => key !== "length" && !isEnumerable(object, key));
    }
    case "entries":
      return Reflect.ownKeys(object)[0];
    case "whole":
      if (ArrayBuffer.isView(object) || object instanceof String) return undefined;
      return Reflect.ownKeys(object).find((key) => key !== "lastIndex" || !(object instanceof RegExp));
  }
}

/** Of longer arrays, names are not listed. */
const MAX_LISTED = 16;

function isEnumerable(object: object, key: PropertyKey): boolean {
  return typeof key === "string" && Object.prototype.propertyIsEnumerable.call(object, key);
}
