import { assertEquals } from "@std/assert";
import { type Job, JOB_PHASES, type JobEvent, type JobPhase } from "../../src/schedule/job.ts";
import { EveryTrigger } from "../../src/schedule/trigger.ts";
import { bareJob } from "./bare_jobs.ts";
import { HOUR } from "./support.ts";

/** A job that records the phases it moves to. */
function jobThatRecords(): { job: Job; phases: JobPhase[] } {
  const phases: JobPhase[] = [];
  const onChange = ({ phase }: Job) => void phases.push(phase);
  return { job: bareJob({ trigger: new EveryTrigger(HOUR, 0), onChange }, { catchUp: "one" }), phases };
}

const EVENTS: readonly JobEvent[] = ["pause", "resume", "hold", "release", "cancel", "finish"];

/** The events that lead to each phase. */
const WAYS: Readonly<Record<JobPhase, readonly JobEvent[]>> = {
  active: [],
  paused: ["pause"],
  held: ["hold"],
  "paused and held": ["hold", "pause"],
  cancelled: ["cancel"],
  finished: ["finish"],
};

Deno.test("Job moves from phase to phase as the table says, and calls back for each move", () => {
  for (const from of Object.keys(JOB_PHASES) as JobPhase[]) {
    for (const event of EVENTS) {
      const { job, phases } = jobThatRecords();
      for (const each of WAYS[from]) job[each]();
      assertEquals(job.phase, from);
      phases.length = 0;
      job[event]();
      const to = JOB_PHASES[from][event];
      assertEquals([job.phase, phases], to === undefined ? [from, []] : [to, [to]], `${from}: ${event}`);
    }
  }
});

Deno.test("Job has ended in its last phases, and saves nothing once it was cancelled", () => {
  const seen = (Object.keys(JOB_PHASES) as JobPhase[]).map((phase) => {
    const { job } = jobThatRecords();
    for (const each of WAYS[phase]) job[each]();
    return [phase, job.status, job.isSaved, job.isPaused];
  });
  assertEquals(seen, [
    ["active", "active", true, false],
    ["paused", "paused", true, true],
    ["held", "paused", true, false],
    ["paused and held", "paused", true, true],
    ["cancelled", "over", false, false],
    ["finished", "over", true, false],
  ]);
});
