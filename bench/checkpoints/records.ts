/**
 * Records as runs make them.
 *
 * @module
 */

import type { TaskRecord } from "../../mod.ts";

/** 2025-11-22, so that times have as many digits as they do now. */
const EPOCH = 1_763_800_000_000;

/** The record of a completed task; no two indexes have the same id. Its JSON has about 218 bytes. */
export function recordAt(index: number): TaskRecord {
  // As a digest looks; the odd factor gives each index another one.
  const digest = (Math.imul(index, 2_654_435_761) >>> 0).toString(16).padStart(20, "0");
  return {
    id: `price#${digest}`,
    name: "price",
    module: "file:///srv/app/prices.ts",
    status: "completed",
    attempts: 1,
    args: [index],
    dependsOn: [],
    startedAt: EPOCH + index,
    finishedAt: EPOCH + index + 3,
    value: 2 * index,
  };
}

/** Records of tasks one after the other. */
export function recordsFrom(first: number, count: number): TaskRecord[] {
  return Array.from({ length: count }, (_, index) => recordAt(first + index));
}
