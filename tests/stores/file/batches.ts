/**
 * What a program that is killed saves.
 *
 * @module
 */

import type { TaskRecord } from "../../../src/core/checkpointer.ts";
import { record } from "./support.ts";

/** How many ids there are: few enough that files are compacted now and then. */
const IDS = 1_000;

/** The records of a batch of that number: of changing count and size. */
export function batch(number: number): TaskRecord[] {
  const count = 1 + number % 40;
  return Array.from(
    { length: count },
    (_, index) =>
      record(`r${(number * 7 + index) % IDS}`, { attempts: number, value: "x".repeat(number * index % 3_000) }),
  );
}
