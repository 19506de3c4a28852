/**
 * About how large a value is, found out without walking over all of it.
 *
 * @module
 */

/** How many parts of a collection are looked at: they stand for all others. */
const MAX_SAMPLES = 8;
/** How many levels of collections are looked into: some hundred parts at most, as a rule. */
const MAX_LEVELS = 4;
/** What anything takes at least, in bytes. */
const MIN_BYTES = 8;

/**
 * About how many bytes a value takes when it is copied or encoded: right for large strings and buffers, and for collections
 * whose parts are alike. Good enough to bound how much is held in memory at a time.
 */
export function roughSize(value: unknown): number {
  return sizeOf(value, MAX_LEVELS);
}

function sizeOf(value: unknown, levels: number): number {
  if (typeof value === "string") return MIN_BYTES + value.length;
  if (typeof value !== "object" || value === null) return MIN_BYTES;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return MIN_BYTES + value.byteLength;
  if (levels === 0) return MIN_BYTES;
  if (Array.isArray(value)) return sizeOfParts(value, value.length, levels);
  if (value instanceof Map) {
    const samples = [...value.keys().take(MAX_SAMPLES), ...value.values().take(MAX_SAMPLES)];
    return sizeOfParts(samples, 2 * value.size, levels);
  }
  if (value instanceof Set) return sizeOfParts([...value.values().take(MAX_SAMPLES)], value.size, levels);
  const parts = Object.values(value);
  return sizeOfParts(parts, parts.length, levels) + parts.length * MIN_BYTES; // for the names
}

/** The size of a collection of that many parts, of which some or all are given. */
function sizeOfParts(parts: readonly unknown[], count: number, levels: number): number {
  const { length } = parts;
  const samples = Math.min(length, count > length ? length : MAX_SAMPLES);
  if (samples === 0) return MIN_BYTES;
  let bytes = 0;
  for (let index = 0; index < samples; index++) {
    bytes += sizeOf(parts[Math.floor(index * length / samples)], levels - 1);
  }
  return MIN_BYTES + bytes * count / samples;
}
