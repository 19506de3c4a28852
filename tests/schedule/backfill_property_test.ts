import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { currentTask, MemoryCheckpointer, type Scheduler, task, TaskRunner } from "../../mod.ts";
import { FakeClock, HOUR, MINUTE, schedulerOn } from "./support.ts";

/** What happens within a program, or `"restart"` for the next one. */
type Step =
  | "tick"
  | "restart"
  | { readonly pass: number }
  /** From so many minutes ago until so many minutes ago, at the same time as a tick or not. */
  | { readonly from: number; readonly to: number; readonly withTick: boolean };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
    { weight: 3, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 200 }) }) },
    { weight: 2, arbitrary: fc.constantFrom<Step>("tick", "restart") },
    {
      weight: 3,
      arbitrary: fc.record({
        from: fc.integer({ min: 0, max: 400 }),
        to: fc.integer({ min: 0, max: 300 }),
        withTick: fc.boolean(),
      }).filter(({ from, to }) => from >= to),
    },
  ),
  { maxLength: 25 },
);

const MAKERS = {
  every: (scheduler: Scheduler) => scheduler.every("1h", { catchUp: "all", name: "job" }),
  cron: (scheduler: Scheduler) => scheduler.cron("0 * * * *", { catchUp: "all", name: "job", timezone: "UTC" }),
  "cron, one after the other": (scheduler: Scheduler) =>
    scheduler.cron("0 * * * *", { catchUp: "all", name: "job", timezone: "UTC", overlap: "queue" }),
};

for (const [kind, make] of Object.entries(MAKERS)) {
  for (const retain of [0, 1_000]) {
    Deno.test(`A job (${kind}, retain: ${retain}) runs once for each time at which it was due or that was backfilled, in whichever order`, async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const clock = new FakeClock();
          const checkpointer = new MemoryCheckpointer();
          const ran: number[] = [];
          const expected = new Set<number>();
          let until = clock.now;
          const expect = (from: number, to: number) => {
            for (let due = Math.ceil(from / HOUR) * HOUR; due < to; due += HOUR) expected.add(due);
          };
          const work = task({ name: "work" }, () => void ran.push(currentTask()!.scheduledAt!.getTime()));
          const left = [...all];
          do {
            await using runner = await TaskRunner.resume(checkpointer, { retain });
            await using scheduler = schedulerOn(clock, { runner });
            const job = make(scheduler).do(work);
            const tick = async () => {
              expect(until + 1, clock.now + 1);
              until = clock.now;
              await Promise.all(scheduler.tick());
              while (job.lastHandle?.done === false) await job.lastHandle; // what was queued
            };
            for (let step = left.shift(); step !== undefined && step !== "restart"; step = left.shift()) {
              if (step === "tick") await tick();
              else if ("pass" in step) clock.move(step.pass * MINUTE);
              else {
                const [from, to] = [clock.now - step.from * MINUTE, clock.now - step.to * MINUTE];
                expect(from, to);
                await Promise.all([scheduler.backfill(job, { from, to }), step.withTick ? tick() : undefined]);
              }
            }
            await tick();
          } while (left.length > 0);
          assertEquals(ran.toSorted((a, b) => a - b), [...expected].sort((a, b) => a - b));
        }),
        { numRuns: 200, seed: 7 },
      );
    });
  }
}
