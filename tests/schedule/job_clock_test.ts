import { assertEquals } from "@std/assert";
import { TaskRunner } from "../../mod.ts";
import { JOB_RECORDS } from "../../src/runner/job_records.ts";
import { JobClock } from "../../src/schedule/job_clock.ts";
import { JobStore } from "../../src/schedule/job_store.ts";
import { AtTrigger, EveryTrigger } from "../../src/schedule/trigger.ts";
import { recordingLogger } from "../support.ts";
import { bareJob } from "./bare_jobs.ts";
import { FakeClock, HOUR, MINUTE } from "./support.ts";

/** The clock of the jobs of a scheduler without a checkpoint. */
function setUp(): { clock: FakeClock; jobClock: JobClock; logger: ReturnType<typeof recordingLogger> } {
  const clock = new FakeClock();
  const logger = recordingLogger();
  const store = new JobStore(new TaskRunner()[JOB_RECORDS]());
  return { clock, jobClock: new JobClock(clock.read, store, logger), logger };
}

Deno.test("JobClock.takeRun() returns one run for all that was missed, or one for each", () => {
  for (const [catchUp, expected] of [["one", 1], ["none", 1], ["all", 3]] as const) {
    const { clock, jobClock } = setUp();
    const start = clock.now;
    const job = bareJob({ trigger: new EveryTrigger(HOUR, start) }, { catchUp }, start);
    jobClock.add(job);
    clock.move(3 * HOUR + MINUTE);
    const runs: number[] = [];
    for (let due = jobClock.takeRun(clock.now); due !== undefined; due = jobClock.takeRun(clock.now)) {
      runs.push((due.run.due - start) / HOUR);
    }
    assertEquals(runs, [1, 2, 3].slice(0, expected), catchUp);
    assertEquals(job.due, start + 4 * HOUR);
  }
});

Deno.test("JobClock lets a job finish that will not be due again, and a paused one stay", () => {
  const { clock, jobClock } = setUp();
  const jobs = [1, 2].map((hours) => bareJob({ trigger: new AtTrigger(clock.now + hours * HOUR) }, {}, clock.now));
  for (const job of jobs) jobClock.add(job);
  const [first, second] = jobs;
  second!.pause();
  jobClock.pause(second!);
  clock.move(3 * HOUR);
  assertEquals([jobClock.takeRun(clock.now)?.job, jobClock.takeRun(clock.now)], [first, undefined]);
  assertEquals([first!.phase, second!.phase], ["finished", "paused"]);
});

Deno.test("JobClock.start() counts intervals from then on", () => {
  const { clock, jobClock } = setUp();
  const job = bareJob({ trigger: new EveryTrigger(HOUR, clock.now) }, {}, clock.now);
  jobClock.add(job);
  clock.move(20 * MINUTE);
  jobClock.start([job], () => {});
  jobClock.stop();
  assertEquals(job.due, clock.now + HOUR);
});

Deno.test("JobClock.takeRun() skips the oldest of too many missed times, and logs that", () => {
  const { clock, jobClock, logger } = setUp();
  const start = clock.now;
  const options = { catchUp: "all", catchUpLimit: 2 } as const;
  jobClock.add(bareJob({ trigger: new EveryTrigger(HOUR, start) }, options, start));
  clock.move(5 * HOUR);
  const runs = [1, 2, 3].map(() => jobClock.takeRun(clock.now)?.run.due);
  assertEquals(runs, [start + 4 * HOUR, start + 5 * HOUR, undefined]);
  assertEquals(logger.lines.map(({ level }) => level), ["warn"]);
});
