/**
 * The jobs of schedulers, as the page shows them.
 *
 * @module
 */

import { jobIdOf } from "../core/job_run_id.ts";
import { viewOfHandle } from "../observe/api/view_of_handle.ts";
import type { RunnerJob } from "../runner/schedulers.ts";
import type { TaskRunner } from "../runner/task_runner.ts";

/** How many of the next times of a job are shown. */
const NEXT = 5;

/** The jobs of a runner, with their next times. */
export function viewOfSchedule({ schedulers }: TaskRunner): object[] {
  return schedulers.flatMap((scheduler) =>
    scheduler.jobs().map((job) => ({
      name: job.name,
      id: jobIdOf(scheduler.name, job.name),
      scheduler: scheduler.name,
      status: job.status,
      next: nextOf(job),
      last: job.lastHandle && viewOfHandle(job.lastHandle),
    }))
  );
}

function nextOf(job: RunnerJob): string[] {
  try {
    return job.next(NEXT).map((time) => time.toISOString());
  } catch {
    return job.nextFire === undefined ? [] : [job.nextFire.toISOString()];
  }
}
