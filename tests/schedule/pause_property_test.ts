import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { currentTask, type JobStatus, MemoryCheckpointer, type ScheduledJob, type Scheduler, task } from "../../mod.ts";
import { run } from "./runs.ts";
import { FakeClock, HOUR, MINUTE } from "./support.ts";

/** What happens within a program, or `"restart"` for the next one; a number moves the clock by so many minutes. */
type Step = "tick" | "pause" | "resume" | "pause all" | "resume all" | "runNow" | "restart" | number;

/** What a job is expected to do, that is due each hour and catches up on all times. */
class Model {
  readonly ran: number[] = [];
  extra = 0;
  isJobPaused = false;
  isSchedulerPaused = false;
  /** What was due until then has run, or was skipped. */
  #until: number;

  constructor(now: number) {
    this.#until = now;
  }

  get status(): JobStatus {
    return this.isJobPaused || this.isSchedulerPaused ? "paused" : "active";
  }

  take(step: Step, now: number): void {
    const previous = this.status;
    if (step === "pause") this.isJobPaused = true;
    else if (step === "resume") this.isJobPaused = false;
    else if (step === "pause all") this.isSchedulerPaused = true;
    else if (step === "resume all") this.isSchedulerPaused = false;
    else if (step === "runNow") this.extra++;
    if (previous !== this.status && this.status === "active") this.#until = now;
    else if (step === "tick" && this.status === "active") {
      for (let due = (Math.floor(this.#until / HOUR) + 1) * HOUR; due <= now; due += HOUR) this.ran.push(due);
      this.#until = now;
    }
  }
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 200 }) },
    { weight: 3, arbitrary: fc.constant<Step>("tick") },
    { weight: 3, arbitrary: fc.constantFrom<Step>("pause", "resume", "runNow", "restart") },
    { weight: 2, arbitrary: fc.constantFrom<Step>("pause all", "resume all") },
  ),
  { maxLength: 30 },
);

const MAKERS = {
  every: (scheduler: Scheduler) => scheduler.every("1h", { catchUp: "all", name: "job" }),
  cron: (scheduler: Scheduler) => scheduler.cron("0 * * * *", { catchUp: "all", name: "job", timezone: "UTC" }),
};

for (const [kind, make] of Object.entries(MAKERS)) {
  Deno.test(`A job (${kind}) runs for each time at which it is not paused, whenever it is paused, run or restarted`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const clock = new FakeClock();
        const checkpointer = new MemoryCheckpointer();
        const model = new Model(clock.now);
        const ran: number[] = [];
        let extra = 0;
        const work = task({ name: "work" }, () => {
          const { id, scheduledAt } = currentTask()!;
          if (id.includes("~now")) extra++;
          else ran.push(scheduledAt!.getTime());
        });
        const left = [...all];
        do {
          await run(checkpointer, clock, async (scheduler) => {
            const job: ScheduledJob = make(scheduler).do(work);
            assertEquals(job.status, model.status);
            for (let step = left.shift(); step !== undefined && step !== "restart"; step = left.shift()) {
              if (typeof step === "number") clock.move(step * MINUTE);
              else if (step === "tick") await Promise.all(scheduler.tick());
              else if (step === "runNow") await job.runNow();
              else if (step === "pause all") scheduler.pause();
              else if (step === "resume all") scheduler.resume();
              else job[step]();
              model.take(step, clock.now);
              assertEquals([job.status, scheduler.paused], [model.status, model.isSchedulerPaused]);
            }
            scheduler.tick(); // so that it does not warn of a job that was never due
            model.take("tick", clock.now);
          });
        } while (left.length > 0);
        assertEquals([ran, extra], [model.ran, model.extra]);
      }),
      { numRuns: 150, seed: 7 },
    );
  });
}
