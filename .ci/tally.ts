/**
 * Counts tests and checks.
 *
 * @module
 */

/** Tests that passed and failed, or checks. */
export interface Tally {
  passed: number;
  failed: number;
}

/**
 * The numbers in the last line of `deno test`, `FAILED | 6 passed (2 steps) | 3 failed (914ms)`, or
 * zeros if there is no such line. A run that counts no test at all is not a success.
 */
export function testTally(output: string): Tally {
  const summary = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/;
  const last = output.split(/\r?\n/).findLast((line) => summary.test(line)) ?? "";
  const [, passed = 0, failed = 0] = summary.exec(last) ?? [];
  return { passed: Number(passed), failed: Number(failed) };
}
