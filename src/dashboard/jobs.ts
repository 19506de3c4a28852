/**
 * The jobs of schedulers: what the page shows, and what it does that the interface for programs does not.
 *
 * @module
 */

import { viewOfHandle } from "../observe/api/view_of_handle.ts";
import type { RunnerJob } from "../runner/schedulers.ts";
import type { TaskRunner } from "../runner/task_runner.ts";
import { refusal } from "./guard.ts";

/** How many of the next times of a job are shown. */
const NEXT = 5;

function jobsOf(runners: readonly TaskRunner[]): RunnerJob[] {
  return runners.flatMap(({ schedulers }) => schedulers.flatMap((scheduler) => scheduler.jobs()));
}

/** The jobs of some runners, with their next times. */
export function viewOfSchedule(runners: readonly TaskRunner[]): object[] {
  return jobsOf(runners).map((job) => ({
    name: job.name,
    status: job.status,
    next: nextOf(job),
    last: job.lastHandle && viewOfHandle(job.lastHandle),
  }));
}

function nextOf(job: RunnerJob): string[] {
  try {
    return job.next(NEXT).map((time) => time.toISOString());
  } catch {
    return job.nextFire === undefined ? [] : [job.nextFire.toISOString()];
  }
}

/** Pauses or resumes a job. Returns `undefined` for another request. */
export function jobAction(method: string, path: string, runners: readonly TaskRunner[]): Response | undefined {
  const [, name, action] = /^\/api\/schedule\/([^/]+)\/(pause|resume)$/.exec(path) ?? [];
  if (method !== "POST" || name === undefined) return undefined;
  const job = jobsOf(runners).find((each) => each.name === decodeURIComponent(name));
  if (job === undefined) return refusal(404, `There is no job "${decodeURIComponent(name)}"`);
  if (action === "pause") job.pause();
  else job.resume();
  return Response.json({ v: 1, name: job.name, status: job.status });
}
