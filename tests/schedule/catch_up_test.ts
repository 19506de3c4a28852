import { assert, assertEquals } from "@std/assert";
import {
  type CatchUp,
  type JobOptions,
  type JobTimes,
  MemoryCheckpointer,
  type ScheduledJob,
  type Scheduler,
  task,
  TaskRunner,
} from "../../mod.ts";
import { crash, recordIds, run, times } from "./runs.ts";
import { DAY, FakeClock, HOUR, MINUTE, schedulerOn, SECOND, TurnCounter } from "./support.ts";
import { recordingLogger, settle, until } from "../support.ts";

const echo = task({ name: "echo" }, (text: string) => text);

for (const [catchUp, expected] of [["none", 0], ["one", 1], ["all", 5]] as const) {
  Deno.test(`Scheduler with catchUp: "${catchUp}" fires ${expected} of five times that were missed between runs`, async () => {
    const checkpointer = new MemoryCheckpointer();
    const clock = new FakeClock();
    const jobs = (scheduler: Scheduler): ScheduledJob[] => [
      scheduler.every("10m", { catchUp, name: "interval" }).do(echo, "x"),
      scheduler.cron("*/10 * * * *", { catchUp, name: "cron", timezone: "UTC" }).do(echo, "y"),
    ];
    await run(checkpointer, clock, async (scheduler) => {
      jobs(scheduler);
      clock.move(10 * MINUTE);
      assertEquals(await Promise.all(scheduler.tick()), ["x", "y"]);
    });
    clock.move(53 * MINUTE);
    await run(checkpointer, clock, async (scheduler) => {
      const made = jobs(scheduler);
      const handles = scheduler.tick();
      assertEquals(handles.length, 2 * expected);
      await Promise.all(handles);
      assertEquals(scheduler.tick(), []);
      assertEquals(made[1]!.nextFire, new Date("2026-06-01T01:10:00Z"));
      // Without a saved state, the interval starts again.
      assertEquals(made[0]!.nextFire, new Date(catchUp === "none" ? "2026-06-01T01:13:00Z" : "2026-06-01T01:10:00Z"));
    });
    await run(checkpointer, clock, (scheduler) => {
      jobs(scheduler);
      assertEquals(scheduler.tick(), []);
    });
  });
}

Deno.test("Scheduler catches up right after start(), too", async () => {
  const checkpointer = new MemoryCheckpointer();
  const clock = new FakeClock();
  const make = (scheduler: Scheduler) => scheduler.cron("0 * * * *", { catchUp: "one", timezone: "UTC" }).do(echo, "x");
  await run(checkpointer, clock, make);
  clock.move(90 * MINUTE);
  await run(checkpointer, clock, async (scheduler) => {
    const job = make(scheduler);
    scheduler.start();
    await until("it has caught up", () => job.lastHandle !== undefined);
    assertEquals(await job.lastHandle, "x");
    assertEquals(times([job.lastHandle!]), ["01:00:00"]);
  });
});

Deno.test("Scheduler continues an interval across programs that are each too short for it", async () => {
  const checkpointer = new MemoryCheckpointer();
  const clock = new FakeClock();
  const fired: string[] = [];
  for (let count = 0; count < 10; count++) {
    await run(checkpointer, clock, async (scheduler) => {
      scheduler.every("1d", { catchUp: "one" }).do(echo, "x");
      clock.move(5 * HOUR);
      const handles = scheduler.tick();
      fired.push(...times(handles));
      await Promise.all(handles);
    });
  }
  assertEquals(fired.length, 2);
});

Deno.test('Scheduler.at() with catchUp: "one" fires what was missed between runs, once', async () => {
  const checkpointer = new MemoryCheckpointer();
  const clock = new FakeClock();
  let count = 0;
  const make = (scheduler: Scheduler) =>
    scheduler.at("2026-06-01T12:00:00Z", { catchUp: "one" }).do(task({ name: "count" }, () => ++count));
  await run(checkpointer, clock, (scheduler) => {
    make(scheduler);
    assertEquals(scheduler.tick(), []);
  });
  clock.move(DAY);
  for (let round = 0; round < 3; round++) {
    await run(checkpointer, clock, async (scheduler) => {
      const job = make(scheduler);
      await Promise.all(scheduler.tick());
      assertEquals([job.status, scheduler.jobs().length, count], ["over", 0, 1]);
    });
  }
});

for (const catchUp of ["one", "all"] as const) {
  Deno.test(`Scheduler with catchUp: "${catchUp}" runs an interrupted task again, under the same id`, async () => {
    const clock = new FakeClock();
    let attempts = 0;
    const hang = task({ name: "hang" }, () => attempts++ === 0 ? new Promise<string>(() => {}) : "done");
    const copy = await crash(clock, (scheduler) => {
      scheduler.every("1h", { catchUp }).do(hang);
      clock.move(HOUR);
      scheduler.tick();
    }, ["hang@2026-06-01T01:00:00.000Z", "schedule:hang"]);
    clock.move(MINUTE);
    await run(copy, clock, async (scheduler, runner) => {
      scheduler.every("1h", { catchUp }).do(hang);
      assertEquals(runner.orphaned, []);
      const handles = scheduler.tick();
      assertEquals(handles.map(({ id }) => id), ["hang@2026-06-01T01:00:00.000Z"]);
      assertEquals(await handles[0], "done");
      assertEquals(scheduler.tick(), []);
    });
    assertEquals(await recordIds(copy), ["hang@2026-06-01T01:00:00.000Z", "schedule:hang"]);
  });
}

Deno.test('Scheduler with catchUp: "all" runs again only what was interrupted, not what had finished', async () => {
  const clock = new FakeClock();
  const hanging = new Set(["00:02:00", "00:04:00"]);
  const ran: string[] = [];
  const make = (scheduler: Scheduler, doesHang: boolean) => {
    const some = task({ name: "some" }, () => {
      const time = new Date(clock.now).toISOString().slice(11, 19);
      if (!doesHang || !hanging.has(time)) ran.push(time);
      else return new Promise<void>(() => {});
      return undefined;
    });
    return scheduler.every("1m", { catchUp: "all" }).do(some);
  };
  const copy = await crash(clock, async (scheduler) => {
    make(scheduler, true);
    for (let minute = 1; minute <= 6; minute++) {
      clock.move(MINUTE);
      scheduler.tick();
      await settle();
    }
  }, ["schedule:some", ...[1, 2, 3, 4, 5, 6].map((minute) => `some@2026-06-01T00:0${minute}:00.000Z`)]);
  assertEquals(ran, ["00:01:00", "00:03:00", "00:05:00", "00:06:00"]);
  clock.move(90 * SECOND);
  await run(copy, clock, async (scheduler) => {
    make(scheduler, false);
    const handles = scheduler.tick();
    assertEquals(times(handles), ["00:02:00", "00:04:00", "00:07:00"]);
    await Promise.all(handles);
    clock.move(30 * SECOND);
    assertEquals(times(scheduler.tick()), ["00:08:00"]);
  });
  const ids = [1, 2, 3, 4, 5, 6, 7, 8].map((minute) => `some@2026-06-01T00:0${minute}:00.000Z`);
  assertEquals(await recordIds(copy), ["schedule:some", ...ids]);
});

Deno.test("Scheduler runs again what the shutdown of its runner has cancelled", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  let attempts = 0;
  const hang = task({ name: "hang" }, () => attempts++ === 0 ? new Promise<string>(() => {}) : "done");
  const runner = await TaskRunner.resume(checkpointer);
  const scheduler = schedulerOn(clock, { runner });
  scheduler.every("1h", { catchUp: "one", overlap: "queue" }).do(hang);
  for (let hour = 0; hour < 3; hour++) {
    clock.move(HOUR);
    scheduler.tick();
    await settle();
  }
  await runner.shutdown();
  await scheduler.stop();
  await run(checkpointer, clock, async (next) => {
    next.every("1h", { catchUp: "one", overlap: "queue" }).do(hang);
    const handles = next.tick();
    assertEquals(times(handles), ["01:00:00"]);
    assertEquals(await handles[0], "done");
    assertEquals(next.tick(), []);
  });
});

Deno.test("Scheduler does not run again what a caller has cancelled", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const hang = task({ name: "hang" }, () => new Promise<void>(() => {}));
  await run(checkpointer, clock, async (scheduler) => {
    const job = scheduler.every("1h", { catchUp: "all" }).do(hang);
    clock.move(HOUR);
    scheduler.tick();
    job.lastHandle!.cancel();
    await settle();
  });
  await run(checkpointer, clock, (scheduler) => {
    scheduler.every("1h", { catchUp: "all" }).do(hang);
    assertEquals(scheduler.tick(), []);
  });
});

Deno.test('Scheduler with overlap: "queue" catches up on what was queued when it was stopped', async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const gate = Promise.withResolvers<void>();
  const gated = task({ name: "gated" }, () => gate.promise);
  const make = (scheduler: Scheduler) => scheduler.every("1m", { catchUp: "all", overlap: "queue" }).do(gated);
  await run(checkpointer, clock, async (scheduler) => {
    make(scheduler);
    for (let minute = 0; minute < 4; minute++) {
      clock.move(MINUTE);
      scheduler.tick();
      await settle();
    }
    setTimeout(() => gate.resolve());
  });
  await run(checkpointer, clock, async (scheduler) => {
    const job = make(scheduler);
    assertEquals(times(scheduler.tick()), ["00:02:00"]);
    await settle();
    assertEquals(times([job.lastHandle!]), ["00:04:00"]);
  });
});

Deno.test("Scheduler does not catch up on times at which a job was paused", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  await run(checkpointer, clock, (scheduler) => {
    const job = scheduler.every("1h", { catchUp: "all" }).do(echo, "x");
    job.pause();
    clock.move(5 * HOUR);
    job.resume();
    assertEquals(scheduler.tick(), []);
  });
  await run(checkpointer, clock, (scheduler) => {
    const job = scheduler.every("1h", { catchUp: "all" }).do(echo, "x");
    assertEquals(scheduler.tick(), []);
    assertEquals(job.nextFire, new Date("2026-06-01T06:00:00Z"));
  });
});

Deno.test("Scheduler handles a clock that was set back between two programs", async () => {
  const clock = new FakeClock("2027-06-01T00:00:00Z");
  const checkpointer = new MemoryCheckpointer();
  const make = (scheduler: Scheduler, catchUp: CatchUp) => [
    scheduler.every("1h", { catchUp, name: "interval" }).do(echo, "x"),
    scheduler.cron("0 * * * *", { catchUp, name: "cron", timezone: "UTC" }).do(echo, "x"),
  ];
  await run(checkpointer, clock, async (scheduler) => {
    make(scheduler, "all");
    clock.move(HOUR);
    await Promise.all(scheduler.tick());
  });
  clock.set("2026-06-01T00:30:00Z");
  await run(checkpointer, clock, (scheduler) => {
    const jobs = make(scheduler, "all");
    assertEquals(scheduler.tick(), []);
    for (const { nextFire } of jobs) assert(nextFire!.getTime() - clock.now <= HOUR && nextFire!.getTime() > clock.now);
  });
});

Deno.test("Scheduler without a checkpointer catches up within one program only", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner });
  scheduler.every("1h", { catchUp: "all" }).do(echo, "x");
  clock.move(3 * HOUR);
  assertEquals(scheduler.tick().length, 3);
});

Deno.test("Scheduler catches up on runs that waited for their jitter when the program ended", async () => {
  const checkpointer = new MemoryCheckpointer();
  const clock = new FakeClock();
  const make = (scheduler: Scheduler) => scheduler.every("1m", { catchUp: "all", jitter: "1h" }).do(echo, "x");
  const fired: string[] = [];
  const tick = async (scheduler: Scheduler) => {
    const handles = scheduler.tick();
    fired.push(...times(handles));
    await Promise.all(handles);
  };
  await run(checkpointer, clock, async (scheduler) => {
    make(scheduler);
    for (let minute = 0; minute < 5; minute++) {
      clock.move(MINUTE);
      await tick(scheduler);
    }
  });
  clock.move(HOUR);
  await run(checkpointer, clock, async (scheduler) => {
    make(scheduler);
    await tick(scheduler);
  });
  const expected = ["00:01:00", "00:02:00", "00:03:00", "00:04:00", "00:05:00"];
  assertEquals(fired.filter((time) => time <= "00:05:00").toSorted(), expected);
  assertEquals(fired.length, new Set(fired).size);
});

for (
  const [kind, make] of [
    ["interval", (scheduler, options) => scheduler.every("1s", options)],
    ["cron job", (scheduler, options) => scheduler.cron("* * * * *", { timezone: "UTC", ...options })],
  ] satisfies [string, (scheduler: Scheduler, options: JobOptions) => JobTimes][]
) {
  Deno.test(`Scheduler catches up on the last 1,000 times of an ${kind} by default, and logs that`, async () => {
    const clock = new FakeClock();
    const logger = recordingLogger();
    await using scheduler = schedulerOn(clock, { logger });
    const job = make(scheduler, { catchUp: "all" }).do(echo, "x");
    clock.move(10 * DAY);
    const handles = scheduler.tick();
    assertEquals(handles.length, 1_000);
    assertEquals(handles.at(-1)!.id, "echo@2026-06-11T00:00:00.000Z");
    const since = handles[0]!.id.slice("echo@".length);
    assertEquals(logger.lines.map(({ level, data }) => [level, ...data]), [[
      "warn",
      `Job "echo" has missed more than 1000 times at which it was due: it catches up on the last 1000, since ${since}, ` +
      "and skips those before (see its catchUpLimit)",
    ]]);
    await Promise.all(handles);
    assertEquals([scheduler.tick(), job.nextFire!.getTime() > clock.now], [[], true]);
    clock.move(MINUTE);
    await Promise.all(scheduler.tick());
    assertEquals(logger.lines.length, 1);
  });
}

Deno.test("Scheduler catches up on as many times as catchUpLimit says, and not again on those that it has skipped", async () => {
  const checkpointer = new MemoryCheckpointer();
  const clock = new FakeClock();
  const logger = { ...console, warn() {} };
  const make = (scheduler: Scheduler, catchUpLimit: number) =>
    scheduler.every("1m", { catchUp: "all", catchUpLimit }).do(echo, "x");
  const fired: string[][] = [];
  for (const [minutes, limit] of [[5, 3], [3, 3], [2, 3], [5, Infinity], [5, 1]] as const) {
    await run(checkpointer, clock, async (_, runner) => {
      await using scheduler = schedulerOn(clock, { runner, logger });
      make(scheduler, limit);
      clock.move(minutes * MINUTE);
      const handles = scheduler.tick();
      fired.push(times(handles).map((time) => time.slice(3, 5)));
      await Promise.all(handles);
    });
  }
  assertEquals(fired, [["03", "04", "05"], ["06", "07", "08"], ["09", "10"], ["11", "12", "13", "14", "15"], ["20"]]);
});

// The last thousand of ten days come after the one that was due first.
for (const [what, catchUpLimit, expected] of [["the last of", undefined, 1_001], ["all", Infinity, 20_000]] as const) {
  Deno.test(`Scheduler.start() catches up on ${what} very many times in slices, between which other work gets its turn`, async () => {
    const clock = new FakeClock();
    const checkpointer = new MemoryCheckpointer();
    await using runner = await TaskRunner.resume(checkpointer);
    await using scheduler = schedulerOn(clock, { runner, logger: recordingLogger() });
    const left = Promise.withResolvers<void>();
    using turns = new TurnCounter();
    const work = task({ name: "work" }, () => {
      turns.note();
      if (turns.count === expected) left.resolve();
    });
    scheduler.every("1s", { catchUp: "all", catchUpLimit }).do(work);
    clock.move(SECOND);
    assertEquals(scheduler.tick().length, 1);
    clock.move(catchUpLimit === undefined ? 10 * DAY : (expected - 1) * SECOND);
    scheduler.start();
    await left.promise;
    await scheduler.stop();
    assertEquals(turns.count, expected);
    assert(turns.most <= 250, `${turns.most} runs in one turn`);
  });
}
