import { assert, assertEquals } from "@std/assert";
import { MemoryCheckpointer, type Scheduler, task, type TaskRecord, TaskRunner } from "../../mod.ts";
import { recordIds, run, times } from "./runs.ts";
import { FakeClock, HOUR, MINUTE, schedulerOn } from "./support.ts";
import { settle, until } from "../support.ts";

const echo = task({ name: "echo" }, (text: string) => text);

/** A record of a task, or of a job. */
const RECORD = { status: "completed", attempts: 1, args: [], dependsOn: [] } as const;

Deno.test("Scheduler does not run again what had finished, though the program was killed before the job was saved", async () => {
  const clock = new FakeClock();
  let ran = 0;
  const count = task({ name: "count" }, () => ++ran);
  const checkpointer = new MemoryCheckpointer();
  await run(checkpointer, clock, async (scheduler) => {
    scheduler.every("1h", { catchUp: "one" }).do(count);
    clock.move(HOUR);
    await Promise.all(scheduler.tick());
  });
  // The end of the task was saved, but not the state of the job.
  await checkpointer.save([
    {
      ...RECORD,
      id: "schedule:count",
      name: "schedule",
      value: { anchor: clock.now - HOUR, until: clock.now - HOUR },
    },
    { ...RECORD, id: "count@2026-06-01T01:00:00.000Z", name: "count", value: 1 },
  ]);
  await run(checkpointer, clock, async (scheduler) => {
    scheduler.every("1h", { catchUp: "one" }).do(count);
    const [handle] = scheduler.tick();
    assertEquals([await handle, ran], [1, 1]);
  });
  assertEquals(await recordIds(checkpointer), ["count@2026-06-01T01:00:00.000Z", "schedule:count"]);
});

Deno.test("Scheduler removes the state of a job that was cancelled", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  await run(checkpointer, clock, async (scheduler) => {
    const job = scheduler.every("1h", { catchUp: "all" }).do(echo, "x");
    clock.move(HOUR);
    scheduler.tick();
    job.cancel();
    await settle();
  });
  assertEquals(await recordIds(checkpointer), ["echo@2026-06-01T01:00:00.000Z"]);
});

Deno.test("Scheduler finds a job again by its key, though its name, interval and task have changed", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const options = { catchUp: "one", key: "mine" } as const;
  await run(checkpointer, clock, (scheduler) => void scheduler.every("1h", { ...options, name: "old" }).do(echo, "x"));
  clock.move(90 * MINUTE);
  await run(checkpointer, clock, async (scheduler) => {
    const job = scheduler.every("20m", { ...options, name: "new" }).do(task({ name: "other" }, () => 1));
    assertEquals(times(scheduler.tick()), ["00:20:00"]);
    assertEquals(job.nextFire, new Date("2026-06-01T01:40:00Z"));
    await job.lastHandle;
  });
});

Deno.test("Scheduler ignores a state that makes no sense", async () => {
  const clock = new FakeClock();
  for (
    const value of [undefined, 5, { until: "soon" }, { until: null }, { until: 1e300, anchor: NaN }, {
      until: 1,
      further: 5,
    }]
  ) {
    const checkpointer = new MemoryCheckpointer({ codec: "structured" });
    await checkpointer.save([
      { ...RECORD, id: "schedule:echo", name: "schedule", ...(value !== undefined && { value }) },
    ]);
    await run(checkpointer, clock, (scheduler) => {
      const job = scheduler.every("1h", { catchUp: "one" }).do(echo, "x");
      scheduler.tick();
      assert(job.nextFire!.getTime() > clock.now && job.nextFire!.getTime() <= clock.now + HOUR);
    });
  }
});

Deno.test("Scheduler leaves the records of its runs to the retention of the runner", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  {
    const retention = { completed: 0, failed: 0 };
    await using runner = await TaskRunner.resume(checkpointer, { onTaskError: "continue", retention });
    await using scheduler = schedulerOn(clock, { runner, logger: { ...console, error: () => {} } });
    scheduler.every("1m", { catchUp: "all" }).do(echo, "x");
    scheduler.every("1m", { name: "forgetful" }).do(echo, "y");
    const failing = task({ name: "failing" }, () => {
      throw new Error("as always");
    });
    scheduler.every("1m", { catchUp: "one", name: "failing" }).do(failing);
    const target = new EventTarget();
    scheduler.on(target, "ping").do(echo, () => ["z"]);
    for (let minute = 0; minute < 20; minute++) {
      clock.move(MINUTE);
      await Promise.allSettled(scheduler.tick());
      target.dispatchEvent(new Event("ping"));
      await settle();
    }
    await until("the runs are deleted", async () => {
      await runner.flush();
      return (await recordIds(checkpointer)).join() === "schedule:echo,schedule:failing";
    });
  }
});

Deno.test('Scheduler with catchUp: "one" catches up on what came after a task that had finished when the program was killed', async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const make = (scheduler: Scheduler) => scheduler.every("1h", { catchUp: "one" }).do(echo, "x");
  const start = clock.now;
  await run(checkpointer, clock, (scheduler) => void make(scheduler));
  // The end of the task was saved, but not the state of the job.
  await checkpointer.save([{ ...RECORD, id: "echo@2026-06-01T01:00:00.000Z", name: "echo", value: "old" }]);
  clock.now = start + 5 * HOUR + MINUTE;
  await run(checkpointer, clock, async (scheduler) => {
    const job = make(scheduler);
    const handles = scheduler.tick();
    assertEquals(times(handles), ["01:00:00", "02:00:00"]);
    assertEquals(await Promise.all(handles), ["old", "x"]);
    assertEquals(job.nextFire, new Date("2026-06-01T06:00:00Z"));
  });
  assertEquals(await recordIds(checkpointer), [
    "echo@2026-06-01T01:00:00.000Z",
    "echo@2026-06-01T02:00:00.000Z",
    "schedule:echo",
  ]);
});

Deno.test("Scheduler leaves tasks alone that it has not started, though their keys look like its own", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const make = (scheduler: Scheduler) => scheduler.every("1h", { catchUp: "all", name: "report" }).do(echo, "x");
  await run(checkpointer, clock, (scheduler) => void make(scheduler));
  const mine: TaskRecord = { ...RECORD, id: "report@2026-06-01", name: "echo", status: "running", args: ["mine"] };
  const its: TaskRecord = { ...mine, id: "report@2026-06-01T01:00:00.000Z~2" };
  await checkpointer.save([mine, its]);
  await run(checkpointer, clock, (scheduler, runner) => {
    make(scheduler);
    assertEquals(runner.orphaned.map(({ id }) => id), [mine.id]);
  });
  assertEquals(await recordIds(checkpointer), [mine.id, its.id, "schedule:report"]);
});
