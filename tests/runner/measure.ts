/**
 * Measuring memory in a program of its own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { runProgram } from "../support.ts";

/** Functions for the programs below. */
const HELPERS = `
  const { currentTask, task, TaskRunner } = workflowy;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  async function usedBytes() {
    for (let round = 0; round < 4; round++) { gc(); await turn(); }
    return Deno.memoryUsage().heapUsed;
  }
`;

/** Runs source code as a program of its own with these functions, and returns the numbers that it prints as JSON. */
export async function measure(source: string): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await runProgram(HELPERS + source, "--v8-flags=--expose-gc");
  assertEquals([code, stderr], [0, ""]);
  return JSON.parse(stdout);
}
