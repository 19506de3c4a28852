/**
 * Shows a sandbox: an untrusted plug-in runs in a subprocess that may read one folder and do nothing else. Whatever the
 * plug-in tries, this program continues.
 *
 *     deno run --allow-run=deno --allow-read=deno.json,examples/plugin_sandbox/data examples/plugin_sandbox.ts
 *
 * A program can only give the rights that it has, so it needs the right to read that folder, too. The right to read
 * `deno.json` gives the subprocess the import map.
 *
 * @module
 */

import { task, TaskRunner } from "@workflowy/workflowy";
import { fromFileUrl } from "@std/path";
import type { Action } from "./plugin_sandbox/plugin.ts"; // Only a type: the plug-in itself is never imported here.

const DATA = fromFileUrl(new URL("./plugin_sandbox/data", import.meta.url));

const plugin = task({
  name: "plug-in",
  backend: "process",
  permissions: { read: [DATA] }, // What is not listed is denied.
  memoryLimitMb: 64,
  timeout: "20s",
}, async (action: Action) => {
  // The subprocess imports this module to find this task. The plug-in is imported only there.
  const { ACTIONS } = await import("./plugin_sandbox/plugin.ts");
  return await ACTIONS[action](DATA);
});

const REQUESTS: readonly Action[] = [
  "longestLine",
  "readsElsewhere",
  "callsHome",
  "readsTheEnvironment",
  "takesAllMemory", // V8 reports it on stderr.
  "endsTheProcess",
  "loopsForEver",
  "longestLine", // After all of that, it works as before.
];

if (import.meta.main) {
  // A new process for each run: nothing that one run leaves behind can reach the next one.
  await using runner = new TaskRunner({ pools: { process: { backend: "process", maxTasksPerWorker: 1 } } });
  runner.enter();
  for (const action of REQUESTS) {
    const limited = action === "loopsForEver" ? plugin.with({ timeout: "1s" }) : plugin;
    const { ok, value, error } = await limited.submit(action).getResult(); // Never throws.
    console.log(`${action.padEnd(20)} ${ok ? value : (error as Error).name}`);
  }
}
