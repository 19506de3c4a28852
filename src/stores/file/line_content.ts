/**
 * The content of lines of a checkpoint's file.
 *
 * @module
 */

/** What follows the brace in records whose id comes first, as in those of the runner. */
const ID_FIRST = new TextEncoder().encode(`"id":"`);
/** Where the id of such a record begins. */
export const ID_AT = 1 + ID_FIRST.length;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The content of a line: a record, ids whose records are removed, or how many of the next records were saved at once. */
export type Content =
  | { readonly id: Uint8Array }
  | { readonly removed: readonly Uint8Array[] }
  | { readonly batch: number };

/** An id as bytes: as it is in JSON. */
export function bytesOfId(id: string): Uint8Array {
  return encoder.encode(JSON.stringify(id).slice(1, -1));
}

/** The JSON of a line that removes records. */
export function removalOf(ids: readonly string[]): string {
  return JSON.stringify({ delete: ids });
}

/** The JSON of the line before so many records that are saved at once. */
export function batchOf(count: number): string {
  return JSON.stringify({ batch: count });
}

/** Where the id ends that a record begins with; -1 if it begins with something else. Its brace may be a comma. */
export function endOfId(bytes: Uint8Array, start: number, end: number): number {
  for (let index = 0; index < ID_FIRST.length; index++) {
    if (bytes[start + 1 + index] !== ID_FIRST[index]) return -1;
  }
  for (let at = start + ID_AT; at < end; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at > start + ID_AT ? at : -1;
    if (byte === BACKSLASH) at++;
  }
  return -1;
}

/** Parses a line, or returns `undefined` if it is not valid. */
export function contentOf(text: Uint8Array): Content | undefined {
  let content: Partial<Record<"id" | "delete" | "batch", unknown>>;
  try {
    content = Object(JSON.parse(decoder.decode(text))) as object;
  } catch {
    return undefined;
  }
  const { id, delete: removed, batch } = content;
  if (typeof id === "string" && id !== "") return { id: bytesOfId(id) };
  if (Array.isArray(removed) && removed.every((each) => typeof each === "string")) {
    return { removed: removed.map(bytesOfId) };
  }
  return typeof batch === "number" && Number.isInteger(batch) && batch > 0 ? { batch } : undefined;
}
