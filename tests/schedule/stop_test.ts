import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { currentTask, MemoryCheckpointer, Scheduler, task, TaskRunner } from "../../mod.ts";
import { recordingLogger, settle, until } from "../support.ts";
import { run } from "./runs.ts";
import { FakeClock, HOUR, pass, schedulerOn, SECOND } from "./support.ts";

const failing = task({ name: "failing", retries: 3, backoff: "linear", backoffBase: "1h", jitter: "none" }, () => {
  throw new RangeError("disk full");
});

Deno.test("Scheduler.stop() does not wait for a run whose next attempt is an hour away, and says so once", async () => {
  const clock = new FakeClock();
  const logger = recordingLogger();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner, logger });
  const job = scheduler.every("1h").do(failing);
  clock.move(HOUR);
  scheduler.tick();
  await until("it waits for its next attempt", () => job.lastHandle!.status === "retrying");
  await scheduler.stop();
  await scheduler.stop();
  assertEquals(job.lastHandle!.status, "retrying", "its runner has it still");
  const lines = logger.lines.map(({ data }) => `${data[0]}`);
  assertEquals(lines.length, 1);
  assertStringIncludes(
    lines[0]!,
    'does not wait for this run: "failing@2026-06-01T01:00:00.000Z" failed attempt 1 with',
  );
});

Deno.test("Scheduler.stop() does not wait for a run that waits for tasks whose next attempts are an hour away", async () => {
  const clock = new FakeClock();
  const logger = recordingLogger();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner, logger });
  const after = task({ name: "after" }, (_: unknown) => {});
  const outer = task({ name: "outer" }, () => Promise.all([failing.submit(), after.submit(failing.submit())]));
  const job = scheduler.every("1h").do(outer);
  clock.move(HOUR);
  scheduler.tick();
  const rests = () => runner.statistics().retrying === 2;
  await until("its children wait for their next attempts", rests);
  await scheduler.stop();
  assertEquals([job.lastHandle!.status, logger.lines.length], ["running", 1]);
});

Deno.test("Scheduler.stop() waits while anything is at work in a run, and looks again each second", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  await using scheduler = new Scheduler({ runner, logger: recordingLogger() });
  const gate = Promise.withResolvers<void>();
  const other = task({ name: "other" }, () => gate.promise);
  scheduler.every("1m").do(task({ name: "outer" }, () => Promise.all([failing.submit(), other.submit()])));
  time.tick(60_000);
  scheduler.tick();
  await pass(time, 5 * SECOND);
  let isStopped = false;
  const stopped = scheduler.stop().then(() => isStopped = true);
  await pass(time, 30 * SECOND);
  assertEquals(isStopped, false);
  gate.resolve();
  await pass(time, 2 * SECOND);
  assertEquals(isStopped, true);
  await stopped;
});

Deno.test("Scheduler.stop() waits for a run whose next attempt comes soon", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  await using scheduler = new Scheduler({ runner });
  let attempts = 0;
  const flaky = task({ name: "flaky", retries: 1, backoff: "linear", backoffBase: "9s", jitter: "none" }, () => {
    if (++attempts === 1) throw new Error("busy");
  });
  const job = scheduler.every("1m").do(flaky);
  time.tick(60_000);
  scheduler.tick();
  await settle();
  assertEquals(job.lastHandle!.status, "retrying");
  const stopped = scheduler.stop();
  await pass(time, 10 * SECOND);
  await stopped;
  assertEquals([job.lastHandle!.status, attempts], ["completed", 2]);
});

Deno.test("A run that stop() and shutdown() did not wait for is due again in the next program, with the time that it waits for", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const id = "failing@2026-06-01T01:00:00.000Z";
  const statuses = async () => {
    const records = await Array.fromAsync(checkpointer.load());
    return records.filter((record) => record.id === id).map(({ status, attempts }) => [status, attempts]);
  };
  for (let program = 0; program < 2; program++) {
    await run(checkpointer, clock, async (_, runner) => {
      await using scheduler = schedulerOn(clock, { runner, logger: recordingLogger(), name: "scheduler" });
      const job = scheduler.every("1h", { catchUp: "all" }).do(failing);
      if (program === 0) clock.move(HOUR);
      assertEquals(scheduler.tick().map((handle) => handle.id), [id]);
      await until("it waits for its next attempt", () => job.lastHandle!.status === "retrying");
    });
    assertEquals(await statuses(), [["retrying", 1]]);
  }
});

Deno.test("TaskRunner.shutdown() does not wait for the next attempt of a run, nor does a scheduler with a runner of its own", async () => {
  const clock = new FakeClock();
  const scheduler = schedulerOn(clock, { logger: recordingLogger() });
  const job = scheduler.every("1h").do(failing);
  clock.move(HOUR);
  scheduler.tick();
  await until("it waits for its next attempt", () => job.lastHandle!.status === "retrying");
  await scheduler[Symbol.asyncDispose]();
  assertEquals(job.lastHandle!.status, "cancelled");
});

Deno.test("A run that stop() took out of the queue of its job has its id when the job is due for it again", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner });
  const { promise, resolve } = Promise.withResolvers<void>();
  const ran: string[] = [];
  const work = task({ name: "work" }, () => {
    ran.push(currentTask()!.id);
    return promise;
  });
  const job = scheduler.cron("0 * * * *", { timezone: "UTC", overlap: "queue", catchUp: "all" }).do(work);
  const from = clock.now + HOUR;
  for (let hour = 0; hour < 2; hour++) {
    clock.move(HOUR);
    scheduler.tick();
  }
  const stopped = scheduler.stop();
  resolve();
  await stopped;
  await Promise.all(scheduler.tick());
  assertEquals(ran, ["work@2026-06-01T01:00:00.000Z", "work@2026-06-01T02:00:00.000Z"]);
  clock.move(1);
  assertEquals(await scheduler.backfill(job, { from, to: clock.now }), [], "both have completed");
});
