import { assertEquals } from "@std/assert";
import { type Job, JOB_PHASES, type JobPhase } from "../../src/schedule/job.ts";
import { EveryTrigger } from "../../src/schedule/trigger.ts";
import { bareJob } from "./bare_jobs.ts";
import { HOUR } from "./support.ts";

/** A job that records the phases it moves to. */
function jobThatRecords(): { job: Job; phases: JobPhase[] } {
  const phases: JobPhase[] = [];
  const onChange = ({ phase }: Job) => void phases.push(phase);
  return { job: bareJob({ trigger: new EveryTrigger(HOUR, 0), onChange }, { catchUp: "one" }), phases };
}

const MOVES: Readonly<Record<JobPhase, (job: Job) => void>> = {
  active: (job) => job.resume(),
  paused: (job) => job.pause(),
  cancelled: (job) => job.cancel(),
  finished: (job) => job.finish(),
};

Deno.test("Job moves from phase to phase as the table says, and calls back for each move", () => {
  const names = Object.keys(JOB_PHASES) as JobPhase[];
  for (const from of names) {
    for (const to of names) {
      const { job, phases } = jobThatRecords();
      if (from !== "active") MOVES[from](job);
      assertEquals(job.phase, from);
      phases.length = 0;
      MOVES[to](job);
      const isAllowed = JOB_PHASES[from].includes(to);
      assertEquals([job.phase, phases], isAllowed ? [to, [to]] : [from, []], `${from} → ${to}`);
    }
  }
});

Deno.test("Job has ended in its last phases, and saves nothing once it was cancelled", () => {
  const seen = (["active", "paused", "cancelled", "finished"] as const).map((phase) => {
    const { job } = jobThatRecords();
    MOVES[phase](job);
    return [job.status, job.isSaved];
  });
  assertEquals(seen, [["active", true], ["paused", true], ["over", false], ["over", true]]);
});
