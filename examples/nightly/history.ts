/**
 * What is on record of the last nights. It is read without the tasks, and may be read while they run.
 *
 * @module
 */

import { readCheckpoint, type TaskRecord } from "@workflowy/workflowy";

/** The records of each night, by its date, in order. */
export async function nightsIn(state: string): Promise<Map<string, TaskRecord[]>> {
  const nights = new Map<string, TaskRecord[]>();
  for await (const record of readCheckpoint(state)) {
    const date = record.tags?.find((tag) => tag.startsWith("night "))?.slice("night ".length);
    if (date === undefined) continue;
    const night = nights.get(date) ?? [];
    nights.set(date, [...night, record]);
  }
  return new Map([...nights].sort());
}

/** Prints the nights, and of each task what it was about and how it ended. */
export async function printHistory(state: string): Promise<void> {
  for (const [date, records] of await nightsIn(state)) {
    const isGood = records.every(({ status }) => status === "completed");
    console.log(`  ${date}: ${isGood ? "good" : "not complete"}`);
    for (const record of records.sort((a, b) => a.id < b.id ? -1 : 1)) {
      console.log(`    ${record.name} ${record.label ?? record.id}: ${endOf(record)}`);
    }
  }
}

function endOf({ status, attempts, value, error }: TaskRecord): string {
  if (status === "completed") return typeof value === "string" ? value : "completed";
  const message = error !== undefined && "error" in error ? error.error.message : "";
  return attempts > 1 ? `${status} after ${attempts} attempts: ${message}` : `${status}: ${message}`;
}
