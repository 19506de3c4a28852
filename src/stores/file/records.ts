/**
 * The records in the lines of a checkpoint's file.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import type { LineRange } from "./line_reader.ts";
import { JSON_AT, openLine } from "./line_writer.ts";

/** Makes a record of its JSON; `at` is where in the file its line is. */
export type Decode = (json: string, at: number) => TaskRecord;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The records in some lines; lines of negative length do not count. */
export function recordsIn(
  { bytes, at, first, end }: LineRange,
  lengths: Int32Array,
  decode: Decode,
): TaskRecord[] {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let line = first, start = 0; line < end; line++) {
    const length = lengths[line]!;
    const next = start + Math.abs(length);
    if (length > 0) {
      openLine(bytes, start, next - 1);
      starts.push(start);
      ends.push(next - 1);
    }
    start = next;
  }
  // Slicing one string is faster than decoding many, but its positions are those of the bytes only if all are ASCII.
  const all = decoder.decode(bytes);
  const isAscii = all.length === bytes.length;
  return starts.map((start, index) => {
    const [jsonStart, jsonEnd] = [start + JSON_AT, ends[index]!];
    const json = isAscii ? all.slice(jsonStart, jsonEnd) : decoder.decode(bytes.subarray(jsonStart, jsonEnd));
    return decode(json, at + start);
  });
}
