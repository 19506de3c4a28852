import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { CheckpointError, MemoryCheckpointer, type OnTaskError, Scheduler, task, TaskRunner } from "../../mod.ts";
import { recordingLogger, settle } from "../support.ts";
import { FakeClock, HOUR, schedulerOn } from "./support.ts";

const failing = task({ name: "failing", retries: 1, backoff: "none" }, () => {
  throw new RangeError("disk full");
});

/** Runs a job with a failing task once; returns what the scheduler and the runner have logged. */
async function linesOf(
  options: { onTaskError?: OnTaskError },
  use: (runner: TaskRunner, fire: () => Promise<unknown>) => Promise<unknown>,
): Promise<string[]> {
  const clock = new FakeClock();
  const [ours, theirs] = [recordingLogger(), recordingLogger()];
  {
    await using runner = new TaskRunner({ ...options, logger: theirs });
    await using scheduler = schedulerOn(clock, { runner, logger: ours });
    scheduler.every("1h").do(failing);
    clock.move(HOUR);
    await use(runner, async () => {
      const handles = scheduler.tick();
      await Promise.allSettled(handles);
      await settle();
    });
  }
  return [ours, theirs].flatMap((logger, index) =>
    logger.lines.filter(({ level }) => level !== "debug").map(({ level, data }) =>
      `${["scheduler", "runner"][index]} ${level}: ${data[0]}`
    )
  );
}

Deno.test("Scheduler logs a task that failed, once, if its runner does not", async () => {
  const lines = await linesOf({}, (_, fire) => fire());
  assertEquals(lines.length, 1);
  assert(
    lines[0]!.startsWith('scheduler error: Job "failing" failed: "failing@2026-06-01T01:00:00.000Z" failed'),
    lines[0],
  );
});

Deno.test("Scheduler leaves it to a runner that serves to log a task that failed", async () => {
  const lines = await linesOf({}, async (runner, fire) => {
    const served = runner.serve();
    await fire();
    await runner.stop();
    await served;
  });
  assertEquals(lines.map((line) => line.split(":")[0]), ["runner error"]);
});

Deno.test("Scheduler leaves it to run() to reject with the error of a task that failed", async () => {
  const lines = await linesOf({}, async (runner, fire) => {
    const hold = runner.submit(task({ name: "hold" }, () => new Promise<void>(() => {})));
    void hold.exception();
    const run = assertRejects(() => runner.run(), Error, "disk full");
    await fire();
    await run;
  });
  assertEquals(lines, []);
});

for (const [onTaskError, expected] of [["log", ["runner error"]], ["continue", []]] as const) {
  Deno.test(`Scheduler survives a task that fails on a runner with onTaskError: "${onTaskError}"`, async () => {
    for (const isRun of [false, true]) {
      const lines = await linesOf({ onTaskError }, async (runner, fire) => {
        if (!isRun) {
          await fire();
          return;
        }
        const gate = Promise.withResolvers<void>();
        runner.submit(task({ name: "hold" }, () => gate.promise));
        const run = runner.run();
        await fire();
        gate.resolve();
        await run;
      });
      assertEquals(lines.map((line) => line.split(":")[0]), [...expected]);
    }
  });
}

Deno.test("Scheduler continues after tasks that fail, and after a logger that throws", async () => {
  const clock = new FakeClock();
  const bad = () => {
    throw new Error("no log");
  };
  await using scheduler = schedulerOn(clock, { logger: { debug: bad, info: bad, warn: bad, error: bad } });
  const job = scheduler.every("1h").do(failing);
  for (let hour = 0; hour < 3; hour++) {
    clock.move(HOUR);
    const [handle] = scheduler.tick();
    assertEquals((await handle!.getResult()).status, "failed");
  }
  assertEquals(job.status, "active");
});

Deno.test("Scheduler survives a task that its runner refuses, and logs it each time", async () => {
  const clock = new FakeClock();
  const logger = recordingLogger();
  const checkpointer = new MemoryCheckpointer();
  await using runner = new TaskRunner({ checkpointer });
  await using scheduler = schedulerOn(clock, { runner, logger });
  const argument: { at?: Date } = {};
  const dated = task({ name: "dated" }, (argument: { at?: Date }) => argument.at);
  const job = scheduler.every("1h", { catchUp: "all" }).do(dated, argument);
  argument.at = new Date();
  const pooled = scheduler.every("1h").do(task({ name: "pooled", pool: "none" }, () => 1));
  clock.move(2 * HOUR);
  assertEquals(scheduler.tick(), []);
  assertEquals(
    logger.lines.map(({ level, data }) => `${level} ${data[0]} ${data[1]}`.slice(0, 130)),
    [
      'error Job "dated" was due, but its task could not be submitted: CheckpointError: Cannot submit "dated", as args[0].at is a Date, whic',
      'error Job "pooled" was due, but its task could not be submitted: TypeError: Cannot submit "pooled": its pool "none" is not one of ',
      'error Job "dated" was due, but its task could not be submitted: CheckpointError: Cannot submit "dated", as args[0].at is a Date, whic',
    ].map((line) => line.slice(0, 130)),
  );
  assertEquals([job.status, pooled.status, job.lastHandle], ["active", "active", undefined]);
  assertEquals(scheduler.jobs().length, 2);
});

Deno.test("Scheduler survives a listener that throws", async () => {
  const clock = new FakeClock();
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger });
  await using scheduler = schedulerOn(clock, { runner });
  scheduler.every("1h").do(task({ name: "a" }, () => "a"));
  scheduler.every("1h").do(task({ name: "b" }, () => "b"));
  runner.addEventListener("submitted", () => {
    throw new Error("from a listener");
  });
  clock.move(HOUR);
  assertEquals(await Promise.all(scheduler.tick()), ["a", "b"]);
  assertEquals(logger.lines.map(({ level, data }) => `${level} ${data[0]}`), [
    `error A listener to "submitted" events failed:`,
    `error A listener to "submitted" events failed:`,
  ]);
});

Deno.test("Scheduler lets a task be deduplicated", async () => {
  const clock = new FakeClock();
  await using scheduler: Scheduler = schedulerOn(clock);
  const gate = Promise.withResolvers<void>();
  let count = 0;
  const once = task({ name: "once", dedupBy: () => "same" }, () => {
    count++;
    return gate.promise;
  });
  const job = scheduler.every("1h").do(once);
  clock.move(HOUR);
  const [first] = scheduler.tick();
  clock.move(HOUR);
  assertEquals(scheduler.tick(), [first!]);
  gate.resolve();
  await job.lastHandle;
  await scheduler.stop();
  assertEquals(count, 1);
});

Deno.test("Scheduler.do() refuses arguments that its runner's checkpoint cannot keep", async () => {
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer() });
  await using scheduler = new Scheduler({ runner });
  const note = task({ name: "note" }, (when: Date) => when.getTime());
  const error = assertThrows(() => scheduler.every("1h").do(note, new Date()), CheckpointError);
  assertStringIncludes(error.message, 'Cannot submit "note", as args[0] is a Date, which JSON cannot keep');
  assertEquals(scheduler.jobs(), []);
});

Deno.test("Scheduler stops, and logs it once, if its runner is shut down before it", async () => {
  using time = new FakeTime();
  const { lines, ...logger } = recordingLogger();
  const runner = new TaskRunner();
  const scheduler = new Scheduler({ runner, logger });
  scheduler.every("1s").do(task({ name: "note" }, () => {}));
  const running = scheduler.run();
  await runner.shutdown();
  await time.tickAsync(5_000);
  await running;
  assertEquals(lines.map(({ data: [text] }) => text), [
    "The scheduler stops, as its runner was shut down: stop() the scheduler before that",
  ]);
});
