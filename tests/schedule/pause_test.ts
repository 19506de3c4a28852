import { assertEquals } from "@std/assert";
import { type CatchUp, MemoryCheckpointer, type ScheduledJob, type Scheduler, task } from "../../mod.ts";
import { recordIds, run } from "./runs.ts";
import { FakeClock, HOUR, MINUTE } from "./support.ts";

const echo = task({ name: "echo" }, (text: string) => text);

/** Ways to make a job that is due each hour, or at events. */
const MAKERS: Readonly<Record<string, (scheduler: Scheduler, catchUp: CatchUp) => ScheduledJob>> = {
  every: (scheduler, catchUp) => scheduler.every("1h", { catchUp }).do(echo, "x"),
  cron: (scheduler, catchUp) => scheduler.cron("0 * * * *", { timezone: "UTC", catchUp }).do(echo, "x"),
};

for (const [kind, make] of Object.entries(MAKERS)) {
  for (const catchUp of ["none", "one", "all"] as const) {
    Deno.test(`A job (${kind}, catchUp: "${catchUp}") that was paused stays so in later programs, until it is resumed`, async () => {
      const clock = new FakeClock();
      const checkpointer = new MemoryCheckpointer();
      await run(checkpointer, clock, (scheduler) => {
        const job = make(scheduler, catchUp);
        clock.move(30 * MINUTE);
        job.pause();
      });
      for (let program = 0; program < 2; program++) {
        clock.move(3 * HOUR);
        await run(checkpointer, clock, (scheduler) => {
          const job = make(scheduler, catchUp);
          assertEquals([job.status, job.nextFire, job.next(3), scheduler.tick()], ["paused", undefined, [], []]);
        });
      }
      await run(checkpointer, clock, (scheduler) => {
        const job = make(scheduler, catchUp);
        job.resume();
        assertEquals([job.status, scheduler.tick()], ["active", []], "what it missed while it was paused is skipped");
      });
      clock.move(2 * HOUR);
      await run(checkpointer, clock, async (scheduler) => {
        const job = make(scheduler, catchUp);
        assertEquals(job.status, "active");
        const expected = { none: 0, one: 1, all: 2 }[catchUp];
        assertEquals((await Promise.all(scheduler.tick())).length, expected);
      });
      const states = (await recordIds(checkpointer)).filter((id) => id.startsWith("schedule:"));
      assertEquals(states, catchUp === "none" ? [] : ["schedule:echo"]);
    });
  }
}

Deno.test("A job on events that was paused stays so in later programs, until it is resumed", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const target = new EventTarget();
  const program = (body: (job: ScheduledJob) => void, expected: readonly unknown[]) =>
    run(checkpointer, clock, async (scheduler) => {
      const job = scheduler.on<CustomEvent<string>>(target, "upload").do(echo, ({ detail }) => [detail]);
      body(job);
      scheduler.start();
      target.dispatchEvent(new CustomEvent("upload", { detail: "cat.jpg" }));
      assertEquals([job.status, await job.lastHandle], expected);
    });
  await program((job) => job.pause(), ["paused", undefined]);
  await program(() => {}, ["paused", undefined]);
  await program((job) => job.resume(), ["active", "cat.jpg"]);
  await program(() => {}, ["active", "cat.jpg"]);
});

Deno.test("A job that is due once, and was paused, is not due in later programs", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const make = (scheduler: Scheduler) => scheduler.at("2026-06-01T01:00:00Z", { catchUp: "one" }).do(echo, "x");
  await run(checkpointer, clock, (scheduler) => make(scheduler).pause());
  clock.move(2 * HOUR);
  await run(checkpointer, clock, (scheduler) => {
    const job = make(scheduler);
    assertEquals([job.status, scheduler.tick()], ["paused", []]);
    job.resume();
    assertEquals([job.status, scheduler.tick()], ["over", []]);
  });
  await run(checkpointer, clock, (scheduler) => {
    assertEquals([make(scheduler).status, scheduler.tick()], ["over", []]);
  });
});

Deno.test("A job that was paused and then cancelled leaves nothing on record", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  await run(checkpointer, clock, (scheduler) => {
    const job = scheduler.every("1h").do(echo, "x");
    job.pause();
    job.cancel();
  });
  assertEquals(await recordIds(checkpointer), []);
});
