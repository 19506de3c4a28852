/**
 * Runs a program that uses each part of the package once with several versions of Deno, which npm has:
 * `deno run -A tests/smoke/main.ts 2.5.7 2.7.14 2.9.6`. Without versions: with those that are supported.
 *
 * @module
 */

import { dirname, fromFileUrl, join } from "@std/path";

/** The oldest supported version (LTS), one with `Temporal`, and the one that is developed with. */
const VERSIONS = ["2.5.7", "2.7.14", "2.9.6"];
const ROOT = fromFileUrl(new URL("../../", import.meta.url));
/** What a part of the package must not take, in milliseconds, on a busy machine. */
const TIMEOUT_MS = 120_000;

/** Runs a command to its end. What it prints as an error is passed on. */
async function output(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { success, code, signal, stdout } = await new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    env,
    stdin: "null",
    stderr: "inherit",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${signal ?? `exit code ${code}`}`);
  return new TextDecoder().decode(stdout).trim();
}

/** Runs the program, with and without V8's slot for asynchronous contexts. Returns what it prints. */
async function smoke(version: string): Promise<string> {
  const deno = await output("npx", ["-y", `deno@${version}`, "eval", "console.log(Deno.execPath())"]);
  const flags = ["-A", "--no-check", "--quiet", "--unstable-kv", "--unstable-cron"];
  const args = ["run", ...flags, "tests/smoke/programs/everything.ts"];
  await output(deno, args, { WORKFLOWY_CONTEXT: "standard" });
  const report = join(await Deno.makeTempDir(), "report.html");
  const commandLine = ["run", "-A", "--no-check", "--quiet", "src/cli/main.ts", "run", "--progress", "none"];
  await output(deno, [...commandLine, "--report", report, "tests/cli/programs/shop.ts"]);
  if (!(await Deno.readTextFile(report)).includes("visit")) throw new Error(`${report} has not the tasks`);
  await Deno.remove(dirname(report), { recursive: true });
  return await output(deno, args);
}

let failed = 0;
for (const version of Deno.args.length > 0 ? Deno.args : VERSIONS) {
  try {
    console.log(`✓ Deno ${version}: ${await smoke(version)}`);
  } catch (error) {
    failed++;
    console.log(`✗ Deno ${version}: ${error instanceof Error ? error.message : error}`);
  }
}
Deno.exit(failed === 0 ? 0 : 1);
