/**
 * About how much memory a value takes, found out in no time.
 *
 * @module
 */

/** How many elements of a list, or fields of an object, are looked at: they stand for all others. */
const SAMPLE = 8;
/** How deep is looked. */
const MAX_DEPTH = 4;
/** What anything takes at least, in bytes. */
const MIN_BYTES = 8;

/**
 * About how many bytes a value takes when it is copied: right for large strings and buffers, and for lists of values that
 * are alike. It looks at a few hundred parts at most.
 *
 * @param value Any value.
 */
export function roughSize(value: unknown, depth = 0): number {
  if (typeof value === "string") return MIN_BYTES + value.length;
  if (typeof value !== "object" || value === null) return MIN_BYTES;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return MIN_BYTES + value.byteLength;
  if (depth === MAX_DEPTH) return MIN_BYTES;
  if (Array.isArray(value)) return sizeOfList(value.length, (index) => value[index], depth);
  if (value instanceof Map || value instanceof Set) {
    const first = value.entries().take(SAMPLE).toArray();
    return first.length === 0
      ? MIN_BYTES
      : sizeOfList(first.length, (index) => first[index], depth) * value.size / first.length;
  }
  const fields = Object.entries(value);
  return sizeOfList(fields.length, (index) => fields[index]![1], depth);
}

function sizeOfList(length: number, at: (index: number) => unknown, depth: number): number {
  const count = Math.min(length, SAMPLE);
  let bytes = 0;
  for (let step = 0; step < count; step++) bytes += roughSize(at(Math.floor(step * length / count)), depth + 1);
  return MIN_BYTES + (count === 0 ? 0 : bytes * length / count);
}
