import { assertEquals } from "@std/assert";
import { type CatchUp, MemoryCheckpointer, type ScheduledJob, type Scheduler, task } from "../../mod.ts";
import { recordIds, run } from "./runs.ts";
import { FakeClock, HOUR, MINUTE, schedulerOn } from "./support.ts";

const echo = task({ name: "echo" }, (text: string) => text);

/** Ways to make a job that is due each hour, or at events. */
const MAKERS: Readonly<Record<string, (scheduler: Scheduler, catchUp: CatchUp, name?: string) => ScheduledJob>> = {
  every: (scheduler, catchUp, name) => scheduler.every("1h", { catchUp, name }).do(echo, "x"),
  cron: (scheduler, catchUp, name) => scheduler.cron("0 * * * *", { timezone: "UTC", catchUp, name }).do(echo, "x"),
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

Deno.test("Scheduler.pause() pauses all jobs, those of later programs and those that are made later too, until resume()", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const target = new EventTarget();
  const make = (scheduler: Scheduler, name = "") => [
    ...Object.entries(MAKERS).map(([kind, maker]) => maker(scheduler, "none", `${kind}${name}`)),
    scheduler.on(target, "upload", { name: `events${name}` }).do(echo, () => ["cat.jpg"]),
  ];
  const states = (jobs: readonly ScheduledJob[]) => jobs.map(({ status }) => status);
  await run(checkpointer, clock, (scheduler) => {
    const jobs = make(scheduler);
    jobs[0]!.pause();
    scheduler.start();
    scheduler.pause();
    scheduler.pause();
    assertEquals([scheduler.paused, states(jobs)], [true, ["paused", "paused", "paused"]]);
    jobs[1]!.resume();
    assertEquals(states([jobs[1]!, ...make(scheduler, " too")]), Array(4).fill("paused"), "its scheduler is paused");
  });
  assertEquals(await recordIds(checkpointer), ["schedule:every", "schedule:scheduler:"]);
  await run(checkpointer, clock, async (scheduler) => {
    const jobs = [...make(scheduler), ...make(scheduler, " of this program")];
    scheduler.start();
    clock.move(3 * HOUR);
    target.dispatchEvent(new Event("upload"));
    assertEquals([scheduler.paused, states(jobs), scheduler.tick()], [true, Array(6).fill("paused"), []]);
    assertEquals(await jobs[1]!.runNow(), "x", "as of a job that is paused");
    scheduler.resume();
    target.dispatchEvent(new Event("upload"));
    assertEquals([scheduler.paused, states(jobs)], [false, ["paused", ...Array(5).fill("active")]]);
    assertEquals([jobs[1]!.nextFire, await jobs[2]!.lastHandle], [new Date(clock.now + HOUR), "cat.jpg"]);
  });
  await run(checkpointer, clock, (scheduler) => {
    assertEquals([scheduler.paused, states(make(scheduler))], [false, ["paused", "active", "active"]]);
    scheduler.tick();
  });
});

Deno.test("Scheduler.pause() pauses the schedulers of its name only, and within a program those of that name that come later", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  await run(checkpointer, clock, async (_, runner) => {
    for (const expected of [false, true]) {
      await using scheduler = schedulerOn(clock, { runner, name: "nightly:" });
      assertEquals(scheduler.paused, expected);
      scheduler.pause();
    }
    assertEquals(schedulerOn(clock, { runner, name: "nightly" }).paused, false);
  });
  assertEquals(await recordIds(checkpointer), ["schedule:nightly%3A:"]);
  await run(checkpointer, clock, (first, runner) => {
    const [scheduler, other] = ["nightly:", "nightly"].map((name) => schedulerOn(clock, { runner, name }));
    assertEquals([first.paused, scheduler!.paused, other!.paused], [false, true, false]);
    scheduler!.resume();
  });
  assertEquals(await recordIds(checkpointer), []);
});

Deno.test("Scheduler.pause() leaves nothing on record of jobs that it need not know of", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  await run(checkpointer, clock, (scheduler) => {
    const job = scheduler.every("1h").do(echo, "x");
    scheduler.pause();
    job.pause();
    job.resume();
    scheduler.resume();
    job.pause();
    job.resume();
    assertEquals([job.status, scheduler.tick()], ["active", []]);
  });
  assertEquals(await recordIds(checkpointer), []);
});
