/**
 * Runs every check that CI runs, one after the other: `deno task ok`. Or some of them:
 * `deno task ok lint test`. Or one with arguments of its own: `deno task ok examples --update`.
 *
 * Each check is a command that can be run by hand as well. The last line is `N passed, N failed`;
 * it counts the checks and, besides, each test that `deno test` reports.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { runCommand } from "./command.ts";

/** A command that must succeed. */
export interface Check {
  name: string;
  /** The arguments for Deno. */
  args: readonly string[];
  /** Milliseconds after which it counts as failed. */
  timeout: number;
  /** Whether its output ends with a summary of tests that are to be counted. */
  counts: "tests" | "nothing";
}

/** Tests that passed and failed, or checks. */
export interface Tally {
  passed: number;
  failed: number;
}

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const MINUTES = 60_000;

/** The checks, quick ones first. */
const CHECKS: readonly Check[] = [
  check("fmt", ["fmt", "--check"]),
  check("lint", ["lint"]),
  check("cycles", ["run", "-A", ".ci/cycles.ts"]),
  check("check", ["task", "check"]),
  check("doc", ["doc", "--lint", "mod.ts"]),
  check("publish", ["publish", "--dry-run", "--allow-dirty"]),
  check("examples", ["run", "-A", ".ci/examples.ts"]),
  // What the README tells a newcomer to run: all tests, and the code blocks of mod.ts, src/ and
  // README.md.
  { name: "test", args: ["task", "test"], timeout: 12 * MINUTES, counts: "tests" },
];

function check(name: string, args: readonly string[]): Check {
  return { name, args, timeout: 3 * MINUTES, counts: "nothing" };
}

/**
 * The numbers in the last line of `deno test`:
 * `FAILED | 6 passed (2 steps) | 3 failed (914ms)`.
 *
 * @throws {Error} If there is no such line, or it counts no test at all: that is no success.
 */
export function testTally(output: string): Tally {
  const summary = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/;
  const last = output.split(/\r?\n/).findLast((line) => summary.test(line)) ?? "";
  const [, passed, failed] = summary.exec(last) ?? [];
  const tally = { passed: Number(passed), failed: Number(failed) };
  if (!(tally.passed + tally.failed > 0)) {
    throw new Error(`Cannot count the tests: deno test reported none ("${last}")`);
  }
  return tally;
}

/** Runs one check, reports it on the console, and counts it together with its tests. */
async function runCheck(check: Check): Promise<Tally> {
  const { ok, ending, output, durationMs } = await runCommand({
    program: Deno.execPath(),
    args: check.args,
    cwd: ROOT,
    timeout: check.timeout,
  });
  const time = `${(durationMs / 1000).toFixed(1)} s`;
  const problems = ok ? [] : [ending];
  let tests: Tally = { passed: 0, failed: 0 };
  if (check.counts === "tests") {
    try {
      tests = testTally(output);
      if (tests.failed > 0) problems.push(`${tests.failed} tests failed`);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  const passed = problems.length === 0;
  if (!passed) console.log(`\n${output.trimEnd()}\n`);
  const ofTests = check.counts === "tests" ? `, ${tests.passed} tests passed` : "";
  console.log(
    passed
      ? `✓ ${check.name} (${time}${ofTests})`
      : `✗ ${check.name} (${time}): ${problems.join("; ")}. Again: deno task ok ${check.name}`,
  );
  return {
    passed: tests.passed + (passed ? 1 : 0),
    failed: tests.failed + (passed ? 0 : 1),
  };
}

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => CHECKS.some(({ name }) => name === arg));
  const extra = args.filter((arg) => !names.includes(arg));
  if (extra.length > 0 && names.length !== 1) {
    const known = CHECKS.map(({ name }) => name).join(", ");
    console.error(`Cannot run ${extra.join(" ")}: there is no such check. There are: ${known}`);
    return 2;
  }
  const total: Tally = { passed: 0, failed: 0 };
  for (const check of CHECKS) {
    if (names.length > 0 && !names.includes(check.name)) continue;
    const { passed, failed } = await runCheck({ ...check, args: [...check.args, ...extra] });
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
