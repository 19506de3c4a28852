/**
 * Runs a plug-in that is not trusted, in a process that may read one folder and do nothing else: whatever the plug-in
 * tries, this program goes on.
 *
 *     deno run --allow-run=deno --allow-read=deno.json,examples/plugin_sandbox/data examples/plugin_sandbox.ts
 *
 * A program can give away only what it may do itself, so it needs the right to read that folder too; and the
 * subprocess gets the import map of the `deno.json` that this program may read.
 *
 * @module
 */

import { task, TaskRunner } from "@workflowy/workflowy";
import { fromFileUrl } from "@std/path";
import type { Action } from "./plugin_sandbox/plugin.ts"; // A type alone: the plug-in itself is never imported here.

const DATA = fromFileUrl(new URL("./plugin_sandbox/data", import.meta.url));

const plugin = task({
  name: "plug-in",
  backend: "process",
  permissions: { read: [DATA] }, // All that is not named is denied.
  memoryLimitMb: 64,
  timeout: "20s",
}, async (action: Action) => {
  // The subprocess imports this module to find this task in it; the plug-in is imported nowhere but there.
  const { ACTIONS } = await import("./plugin_sandbox/plugin.ts");
  return await ACTIONS[action](DATA);
});

const REQUESTS: readonly Action[] = [
  "longestLine",
  "readsElsewhere",
  "callsHome",
  "readsTheEnvironment",
  "takesAllMemory", // The last words of the subprocess go to stderr.
  "endsTheProcess",
  "loopsForEver",
  "longestLine", // After all that, it does what it did at first.
];

if (import.meta.main) {
  // A process for each run: nothing that one left behind can get at the next one.
  await using runner = new TaskRunner({ pools: { process: { backend: "process", maxTasksPerWorker: 1 } } });
  runner.enter();
  for (const action of REQUESTS) {
    const limited = action === "loopsForEver" ? plugin.with({ timeout: "1s" }) : plugin;
    const { ok, value, error } = await limited.submit(action).getResult(); // Never throws.
    console.log(`${action.padEnd(20)} ${ok ? value : (error as Error).name}`);
  }
}
