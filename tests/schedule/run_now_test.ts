import { assertEquals, assertThrows } from "@std/assert";
import {
  currentTask,
  MemoryCheckpointer,
  type Overlap,
  type ScheduledJob,
  type Scheduler,
  task,
  TaskRunner,
} from "../../mod.ts";
import { settle, until } from "../support.ts";
import { crash, run } from "./runs.ts";
import { DAY, FakeClock, HOUR, MINUTE, schedulerOn } from "./support.ts";

Deno.test("What failed last night is on record, and runNow() runs it again, with what its body had completed", async () => {
  const checkpointer = new MemoryCheckpointer();
  const clock = new FakeClock("2026-06-01T02:59:00Z");
  const steps: number[] = [];
  let isUp = false;
  const step = task({ name: "step" }, (n: number) => {
    steps.push(n);
    if (n === 2 && !isUp) throw new Error("down");
    return n;
  });
  const nightly = task({ name: "nightly" }, async () => {
    for (const n of [1, 2, 3]) await step.submit(n);
    return currentTask()!.scheduledAt!.toISOString();
  });
  const statuses = async () => {
    const records = await Array.fromAsync(checkpointer.load());
    return records.filter(({ name }) => name !== "schedule").map(({ name, status }) => `${name} ${status}`).sort();
  };
  const program = async (body: (job: ScheduledJob) => Promise<void> | void) => {
    await using runner = await TaskRunner.resume(checkpointer, { onTaskError: "continue" });
    await using scheduler = schedulerOn(clock, { runner });
    const job = scheduler.cron("0 3 * * *", { timezone: "UTC", catchUp: "one" }).do(nightly);
    clock.move(2 * MINUTE);
    await Promise.allSettled(scheduler.tick());
    await body(job);
  };
  await program(() => {});
  assertEquals(await statuses(), ["nightly failed", "step completed", "step failed"]);
  isUp = true;
  await program(async (job) => {
    const again = job.runNow("2026-06-01T03:00:00Z");
    assertEquals([again.id, await again], ["nightly@2026-06-01T03:00:00.000Z", "2026-06-01T03:00:00.000Z"]);
    assertEquals(job.nextFire, new Date("2026-06-02T03:00:00Z"));
  });
  assertEquals(steps, [1, 2, 2, 3]);
  assertEquals(await statuses(), ["nightly completed", "step completed", "step completed", "step completed"]);
  await program(async (job) => {
    assertEquals(await job.runNow("2026-06-01T03:00:00Z"), "2026-06-01T03:00:00.000Z", "the result that is on record");
  });
  assertEquals(steps.length, 4);
});

Deno.test("ScheduledJob.runNow() runs a job once more, whatever its overlap says, and does not change when it is due", async () => {
  for (const overlap of ["allow", "skip", "queue", "cancel-previous"] as const satisfies Overlap[]) {
    const clock = new FakeClock();
    await using scheduler = schedulerOn(clock);
    const gate = Promise.withResolvers<string>();
    const times: (Date | undefined)[] = [];
    const work = task({ name: "work" }, (text: string) => {
      times.push(currentTask()!.scheduledAt);
      return gate.promise.then(() => text);
    });
    const job = scheduler.every("1h", { overlap, catchUp: "one" }).do(work, "x");
    clock.move(30 * MINUTE);
    const handles = [job.runNow(), job.runNow()];
    job.pause();
    handles.push(job.runNow());
    job.resume();
    assertEquals(handles.map(({ id }) => id.replace(/.*~/, "")), ["now", "now2", "now3"]);
    assertEquals([job.lastHandle, job.nextFire], [handles[2], new Date("2026-06-01T01:00:00Z")]);
    gate.resolve("done");
    assertEquals(await Promise.all(handles), ["x", "x", "x"]);
    assertEquals(times, handles.map(() => new Date("2026-06-01T00:30:00Z")));
    clock.move(HOUR);
    assertEquals(scheduler.tick().length, 1);
  }
});

Deno.test("A run that was asked for, and cut short by a kill, is an orphan that can be submitted again", async () => {
  const clock = new FakeClock();
  const gate = Promise.withResolvers<string>();
  const work = task({ name: "work-now" }, () => gate.promise);
  const ids = ["schedule:work-now", "work-now@2026-06-01T00:30:00.000Z~now", "work-now@2026-06-01T01:00:00.000Z"];
  const checkpointer = await crash(clock, (scheduler) => {
    const job = scheduler.every("1h", { catchUp: "one" }).do(work);
    clock.move(30 * MINUTE);
    job.runNow();
    clock.move(30 * MINUTE);
    scheduler.tick();
  }, ids);
  clock.move(DAY);
  gate.resolve("done");
  await run(checkpointer, clock, async (scheduler, runner) => {
    scheduler.every("1h", { catchUp: "one" }).do(work);
    assertEquals(runner.orphaned.map(({ id }) => id), [ids[1]!]);
    const [again] = runner.resubmitOrphans();
    const due = scheduler.tick();
    await settle();
    assertEquals([await again, await Promise.all(due)], ["done", ["done"]]);
    assertEquals([again!.id, due[0]!.id], [ids[1], ids[2]]);
  });
});

Deno.test("A run that was repeated, and cut short by a kill, is an orphan too, as the job is beyond that time", async () => {
  const clock = new FakeClock();
  let isUp = false;
  const gate = Promise.withResolvers<string>();
  const work = task({ name: "work-again" }, () => {
    if (!isUp) throw new Error("down");
    return gate.promise;
  });
  const make = (scheduler: Scheduler) => scheduler.every("1h", { catchUp: "all" }).do(work);
  const id = "work-again@2026-06-01T01:00:00.000Z";
  let isRunning = false;
  const checkpointer = await crash(clock, async (scheduler, runner) => {
    const job = make(scheduler);
    clock.move(HOUR);
    await Promise.allSettled(scheduler.tick());
    isUp = true;
    runner.addEventListener("running", () => isRunning = true);
    job.runNow("2026-06-01T01:00:00Z");
    await until("it runs again", () => isRunning);
    await runner.flush();
  }, ["schedule:work-again", id]);
  const program = (body: (runner: TaskRunner) => Promise<void>) =>
    run(checkpointer, clock, async (scheduler, runner) => {
      make(scheduler);
      clock.move(HOUR);
      const due = scheduler.tick();
      await body(runner);
      await Promise.all(due);
    });
  gate.resolve("done");
  await program((runner) => Promise.resolve(assertEquals(runner.orphaned.map((record) => record.id), [id])));
  await program(async (runner) => assertEquals(await Promise.all(runner.resubmitOrphans()), ["done"]));
});

Deno.test("ScheduledJob.runNow() refuses what it cannot do", async () => {
  await using scheduler = schedulerOn(new FakeClock());
  const echo = task({ name: "echo" }, (text: string) => text);
  const onEvents = scheduler.on(new EventTarget(), "upload").do(echo, () => ["x"]);
  const message = 'Cannot run job "echo" now, as it waits for events: dispatch one';
  assertThrows(() => onEvents.runNow(), TypeError, message);
  const job = scheduler.every("1h").do(echo, (due) => {
    if (due.getTime() === 0) throw new RangeError("no report of that year");
    return ["x"];
  });
  assertThrows(() => job.runNow(NaN), RangeError, "The time of a job must be a date");
  assertThrows(() => job.runNow({} as never), TypeError);
  assertThrows(() => job.runNow(0), RangeError, "no report of that year");
  assertEquals(await job.runNow(1), "x");
});
