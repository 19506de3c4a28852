/**
 * Shows a job of every night, the history of what it did, and how to run again what failed.
 *
 *     deno run --allow-net=127.0.0.1 --allow-read --allow-write examples/nightly.ts
 *
 * shows three nights in a moment, with a server that is down in one of them. With arguments it is the program for real
 * nights, which cron or a timer of systemd starts:
 *
 *     nightly.ts run STATE SERVER [DATE]     does the work of a night, or what is left of it
 *     nightly.ts history STATE               prints what is on record
 *     nightly.ts again STATE SERVER          runs again what failed, in any night
 *
 * How a program that keeps running starts such a job by itself is in `nightly_backup.ts`.
 *
 * @module
 */

import { TaskRunner } from "@workflowy/workflowy";
import { nightsIn, printHistory } from "./nightly/history.ts";
import { describeRun, submitNight } from "./nightly/tasks.ts";
import { startServer } from "./nightly/weather_server.ts";

/** What happened stays on record for a while, and failures longer. */
const options = { onTaskError: "continue", retention: { completed: "30d", failed: "90d" } } as const;

/** Does the work of a night. What an earlier call has done is not done again, also if that was killed. */
async function runNight(state: string, server: string, date: string): Promise<boolean> {
  await using runner = await TaskRunner.resume(state, { ...options, handleSignals: { within: "10s" } });
  submitNight(runner, server, date);
  const report = await runner.run();
  console.log(`  ${date}: ${describeRun(report)}`);
  return report.ok;
}

/** Runs again what failed, and what was not run because of that. */
async function runAgain(state: string, server: string): Promise<boolean> {
  const nights = await nightsIn(state);
  await using runner = await TaskRunner.resume(state, { ...options, keepFailed: true });
  for (const date of nights.keys()) submitNight(runner, server, date);
  for (const handle of runner.retryFailed()) console.log(`  again: ${handle.id}`);
  const report = await runner.run();
  return [...nights.keys()].every((date) => report.byId(date)?.ok);
}

async function demo(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const state = `${folder}/nights.jsonl`;
  await using server = await startServer();
  try {
    console.log("Three nights:");
    await runNight(state, server.url, "2015-12-29");
    server.down.add("New York");
    await runNight(state, server.url, "2015-12-30");
    server.down.clear();
    await runNight(state, server.url, "2015-12-31");
    console.log("The history:");
    await printHistory(state);
    console.log("What failed, once more:");
    await runAgain(state, server.url);
    console.log("The history:");
    await printHistory(state);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [command, state, server, date = new Date().toISOString().slice(0, 10)] = Deno.args;
  if (command === "history" && state !== undefined) await printHistory(state);
  else if (command === "run" && state !== undefined && server !== undefined) {
    Deno.exitCode = await runNight(state, server, date) ? 0 : 1;
  } else if (command === "again" && state !== undefined && server !== undefined) {
    Deno.exitCode = await runAgain(state, server) ? 0 : 1;
  } else if (command === undefined) await demo();
  else {
    console.error("nightly.ts run STATE SERVER [DATE] | history STATE | again STATE SERVER");
    Deno.exitCode = 2;
  }
}
