/**
 * The command line: `deno run -A jsr:@workflowy/workflowy/cli`, or `workflowy` once it is installed.
 *
 * @example Ask for its version
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { main } from "@workflowy/workflowy/cli";
 *
 * assertEquals(await main(["--version"]), 0);
 * ```
 *
 * @module
 */

import { runApplication } from "./app.ts";

/**
 * Runs the command line in this program. It does not exit: the exit code is returned.
 *
 * @param args What stands after `workflowy`: the command, and what belongs to it.
 * @returns 0 if all is well, 1 if a task failed, 2 if the command could not be carried out as it was given, and 130 if it
 * was interrupted.
 *
 * @example The next times of a cron expression
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { main } from "@workflowy/workflowy/cli";
 *
 * assertEquals(await main(["schedule", "next", "0 9 * * MON-FRI", "-n", "2"]), 0);
 * ```
 */
export async function main(args: readonly string[]): Promise<number> {
  return await runApplication(args);
}

// Not Deno.exit(), which may wait for ever while telemetry is exported.
if (import.meta.main) Deno.exitCode = await main(Deno.args);
