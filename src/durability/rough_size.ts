/**
 * How large records are, roughly.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";

/** How many values of a collection are looked at; the others are taken to be like these. */
const MAX_SAMPLES = 8;
/** How many values of a record are looked at, so that the cost stays small beside that of encoding it. */
const MAX_VALUES = 256;
/** What is counted for a number, a boolean, a key and the like, in bytes. */
const SMALL = 8;

/** A value, and for how many like it stands. */
type Weighted = readonly [value: unknown, weight: number];

/**
 * Roughly how many bytes a record takes when it is encoded: enough to keep batches small, whose records are held in memory
 * as strings.
 */
export function roughSize({ args, value, error }: Pick<TaskRecord, "args" | "value" | "error">): number {
  const left: Weighted[] = [[args, 1], [value, 1], [error, 1]];
  let size = 0;
  let count = 0;
  for (let next = left.pop(); next !== undefined && count < MAX_VALUES; next = left.pop()) {
    const [each, weight] = next;
    count++;
    if (typeof each === "string") size += weight * each.length;
    else if (typeof each !== "object" || each === null) size += weight * SMALL;
    else if (ArrayBuffer.isView(each) || each instanceof ArrayBuffer) size += weight * each.byteLength;
    else size += weight * addSamples(each, weight, left);
  }
  return size;
}

/** Adds some of the values in an object; returns what is counted for its keys, in bytes. */
function addSamples(each: object, weight: number, to: Weighted[]): number {
  if (each instanceof Map || each instanceof Set) {
    const samples = each instanceof Map ? each.entries().take(MAX_SAMPLES) : each.values().take(MAX_SAMPLES);
    const share = weight * Math.max(1, each.size / MAX_SAMPLES);
    for (const sample of samples) to.push([sample, share]);
    return 0;
  }
  const values: readonly unknown[] = Array.isArray(each) ? each : Object.values(each);
  const { length } = values;
  const samples = Math.min(length, MAX_SAMPLES);
  for (let index = 0; index < samples; index++) {
    to.push([values[Math.floor(index * length / samples)], weight * length / samples]);
  }
  return Array.isArray(each) ? 0 : length * SMALL;
}
