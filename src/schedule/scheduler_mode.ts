/**
 * Who starts the runs of a scheduler's jobs.
 *
 * @module
 */

import type { DenoCronJobs } from "./deno_cron_jobs.ts";

/**
 * - `stopped`: only `tick()` starts runs.
 * - `started`: the scheduler's own timer does, and events do.
 * - `deferred`: Deno's crons do, and events do.
 */
export type SchedulerMode =
  | { readonly name: "stopped" }
  | { readonly name: "started"; readonly stopped: PromiseWithResolvers<void> }
  | { readonly name: "deferred"; readonly crons: DenoCronJobs };

/** Why a mode cannot follow another one; all others can. */
export const MODE_REFUSALS: Readonly<
  Record<SchedulerMode["name"], Readonly<Partial<Record<SchedulerMode["name"], string>>>>
> = {
  stopped: {},
  started: {
    started: "Cannot start() a scheduler that is started already",
    deferred: "Cannot deferToDenoCron() a scheduler that is started: stop() it before",
  },
  deferred: {
    started: "Cannot start() a scheduler whose jobs Deno.cron runs: stop() it before",
    deferred: "Cannot deferToDenoCron() twice: jobs that are made later follow",
  },
};

/**
 * Makes sure that a mode may follow another one.
 *
 * @throws {Error} If it may not.
 */
export function checkModeChange(from: SchedulerMode["name"], to: SchedulerMode["name"]): void {
  const refusal = MODE_REFUSALS[from][to];
  if (refusal !== undefined) throw new Error(refusal);
}
