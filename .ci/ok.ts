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
import { registryEnvironment } from "./offline/registry.ts";
import { type Tally, testTally } from "./tally.ts";

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

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const MINUTES = 60_000;

/** The checks, quick ones first. */
const CHECKS: readonly Check[] = [
  check("fmt", ["fmt", "--check"]),
  check("lint", ["lint"]),
  check("cycles", ["run", "-A", ".ci/cycles.ts"]),
  check("words", ["run", "-R", ".ci/words.ts"]),
  check("check", ["task", "check"]),
  check("doc", ["doc", "--lint", ...await entryPoints()]),
  check("jsdoc", ["run", "-A", ".ci/jsdoc.ts"]),
  check("publish", ["publish", "--dry-run", "--allow-dirty"]),
  check("examples", ["run", "-A", ".ci/examples.ts"]),
  // Each part of the package once, with the oldest version of Deno that is supported and newer ones.
  { ...check("smoke", ["run", "-A", "tests/smoke/main.ts"]), timeout: 5 * MINUTES },
  // What the README tells a newcomer to run: the tests that do not take minutes, and the code blocks
  // of mod.ts, src/ and README.md.
  { name: "test", args: ["task", "test"], timeout: 12 * MINUTES, counts: "tests" },
  { name: "test:long", args: ["task", "test:long"], timeout: 22 * MINUTES, counts: "tests" },
];

/** The modules that users of the package can import. */
async function entryPoints(): Promise<string[]> {
  const { exports }: { exports: string | Record<string, string> } = JSON.parse(
    await Deno.readTextFile(new URL("../deno.json", import.meta.url)),
  );
  return typeof exports === "string" ? [exports] : Object.values(exports);
}

function check(name: string, args: readonly string[]): Check {
  return { name, args, timeout: 3 * MINUTES, counts: "nothing" };
}

/** Runs one check, reports it on the console, and counts it together with its tests. */
async function runCheck(check: Check, env: Record<string, string>): Promise<Tally> {
  const { ok, ending, output, durationMs } = await runCommand({
    program: Deno.execPath(),
    args: check.args,
    cwd: ROOT,
    env,
    timeout: check.timeout,
  });
  const time = `${(durationMs / 1000).toFixed(1)} s`;
  const tests = check.counts === "tests" ? testTally(output) : { passed: 0, failed: 0 };
  const problems = ok ? [] : [ending];
  if (tests.failed > 0) problems.push(`${tests.failed} tests failed`);
  else if (check.counts === "tests" && tests.passed === 0) problems.push("no test was run");
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
  const env = await registryEnvironment();
  const total: Tally = { passed: 0, failed: 0 };
  for (const check of CHECKS) {
    if (names.length > 0 && !names.includes(check.name)) continue;
    const { passed, failed } = await runCheck({ ...check, args: [...check.args, ...extra] }, env);
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
