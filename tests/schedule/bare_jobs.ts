/**
 * Jobs without a scheduler, for tests of the parts that deal with them.
 *
 * @module
 */

import { Job, type JobParts } from "../../src/schedule/job.ts";
import { resolveJobOptions } from "../../src/schedule/job_options.ts";
import type { JobOptions } from "../../mod.ts";

function notHere(): never {
  throw new Error("not in this test");
}

/** A job that submits nothing, due by a trigger, or on events. */
export function bareJob(parts: Partial<JobParts> = {}, options: JobOptions = {}, now = 0): Job {
  return new Job({
    name: "job",
    key: "job",
    options: resolveJobOptions(options, "of a job", []),
    taskName: "job",
    trigger: undefined,
    args: [],
    submit: notHere,
    runNow: notHere,
    onChange: () => {},
    ...parts,
  }, now);
}
