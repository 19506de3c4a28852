import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type BackfillOptions,
  currentTask,
  MemoryCheckpointer,
  type Overlap,
  type PointInTime,
  type ScheduledJob,
  type Scheduler,
  task,
  TaskRunner,
} from "../../mod.ts";
import { never, recordingLogger, settle, turn, until } from "../support.ts";
import { crash, recordIds, run, times } from "./runs.ts";
import { DAY, FakeClock, HOUR, MINUTE, schedulerOn, SECOND, TurnCounter } from "./support.ts";

const HOURLY = "0 * * * *";
const UTC = { timezone: "UTC" } as const;

/** A task that notes the times for which it runs, and returns its argument. */
function noting(): { readonly ran: string[]; readonly note: ReturnType<typeof makeNote> } {
  const ran: string[] = [];
  return { ran, note: makeNote(ran) };
}

function makeNote(ran: string[]) {
  return task({ name: "note" }, (text: string) => {
    ran.push(currentTask()!.scheduledAt!.toISOString().slice(0, 16));
    return text;
  });
}

Deno.test("Scheduler.backfill() runs a job for each time from `from` on and before `to`, in order, with ordinary ids", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const { ran, note } = noting();
  const job = scheduler.cron(HOURLY, UTC).do(note, (due) => [`of ${due.getUTCHours()}`]);
  const { nextFire } = job;
  const results = await scheduler.backfill(job, { from: "2026-05-31T20:00:00Z", to: "2026-05-31T23:00:00Z" });
  assertEquals(ran, ["2026-05-31T20:00", "2026-05-31T21:00", "2026-05-31T22:00"]);
  assertEquals(results.map(({ id, ok, value }) => [id, ok, value]), [
    ["note@2026-05-31T20:00:00.000Z", true, "of 20"],
    ["note@2026-05-31T21:00:00.000Z", true, "of 21"],
    ["note@2026-05-31T22:00:00.000Z", true, "of 22"],
  ]);
  assertEquals([job.nextFire, scheduler.tick()], [nextFire, []], "when the job is due does not change");
  clock.move(HOUR);
  assertEquals(times(scheduler.tick()), ["01:00:00"]);
});

Deno.test("Scheduler.backfill() takes points in time of all kinds, and an empty range", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const { ran, note } = noting();
  const job = scheduler.cron(HOURLY, UTC).do(note, "x");
  const noon = "2026-05-31T12:00:00Z";
  const noons: PointInTime[] = [noon, new Date(noon), Date.parse(noon), Temporal.Instant.from(noon)];
  noons.push(Temporal.Instant.from(noon).toZonedDateTimeISO("Europe/Berlin"), "2026-05-31T14:00[Europe/Berlin]");
  for (const from of noons) assertEquals(await scheduler.backfill(job, { from, to: from }), []);
  for (const from of noons) await scheduler.backfill(job, { from, to: "2026-05-31T12:30:00Z" });
  assertEquals(ran, ["2026-05-31T12:00"], "once, as it is completed then");
  assertEquals((await scheduler.backfill(job, { from: clock.now - 1.5, to: clock.now })).length, 0);
  assertEquals((await scheduler.backfill(job, { from: clock.now - HOUR - 0.5, to: clock.now })).length, 1);
});

Deno.test("Scheduler.backfill() leaves out what has completed, and runs again what failed, also in later programs", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const ran: number[] = [];
  let isUp = false;
  const work = task({ name: "work" }, (hour: number) => {
    ran.push(hour);
    if (hour === 21 && !isUp) throw new Error("down");
    return hour;
  });
  const range: BackfillOptions = { from: "2026-05-31T20:00:00Z", to: "2026-06-01T00:00:00Z" };
  const program = (expected: (number | string)[], retain?: number) =>
    (async () => {
      await using runner = await TaskRunner.resume(checkpointer, { onTaskError: "continue", retain });
      await using scheduler = schedulerOn(clock, { runner });
      const job = scheduler.cron(HOURLY, UTC).do(work, (due) => [due.getUTCHours()]);
      const results = await scheduler.backfill(job, range);
      assertEquals(results.map(({ ok, value, status }) => ok ? value : status), expected);
      assertEquals(ran.splice(0).length, expected.length);
      if (isUp) assertEquals(await scheduler.backfill(job, range), [], "all are completed, in this program or before");
    })();
  await program([20, "failed", 22, 23], 0);
  await program(["failed"]);
  isUp = true;
  await program([21], 0);
  await program([]);
  assertEquals((await recordIds(checkpointer)).length, 4);
});

Deno.test("Scheduler.backfill() without a checkpointer leaves out what the runner still knows", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const { ran, note } = noting();
  const job = scheduler.every("1h").do(note, "x");
  clock.move(HOUR);
  await Promise.all(scheduler.tick());
  clock.move(HOUR);
  await Promise.all(scheduler.tick());
  clock.move(MINUTE);
  const results = await scheduler.backfill(job, { from: "2026-05-31T23:00:00Z", to: clock.now });
  assertEquals(times(results), ["23:00:00", "00:00:00"], "intervals are counted into the past, too");
  assertEquals(ran.length, 4);
});

Deno.test("Scheduler.backfill() does not read what another run has left, as a new runner begins without it", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const { ran, note } = noting();
  for (let round = 0; round < 2; round++) {
    await using runner = new TaskRunner({ checkpointer });
    await using scheduler = schedulerOn(clock, { runner });
    const job = scheduler.cron(HOURLY, UTC).do(note, "x");
    await scheduler.backfill(job, { from: clock.now - HOUR, to: clock.now });
  }
  assertEquals(ran.length, 2);
});

for (const catchUp of ["one", "all"] as const) {
  for (const retain of [0, 1_000]) {
    Deno.test(`A job with catchUp: "${catchUp}" does not catch up on what a backfill has run (retain: ${retain})`, async () => {
      const clock = new FakeClock();
      const checkpointer = new MemoryCheckpointer();
      const { ran, note } = noting();
      const make = (scheduler: Scheduler) => scheduler.cron(HOURLY, { ...UTC, catchUp }).do(note, "x");
      await run(checkpointer, clock, make);
      clock.move(5 * HOUR);
      const program = async (body: (scheduler: Scheduler, job: ScheduledJob) => Promise<void>) => {
        await using runner = await TaskRunner.resume(checkpointer, { retain });
        await using scheduler = schedulerOn(clock, { runner });
        await body(scheduler, make(scheduler));
      };
      await program(async (scheduler, job) => {
        await scheduler.backfill(job, { from: "2026-06-01T02:00:00Z", to: "2026-06-01T04:00:00Z" });
        assertEquals(ran, ["2026-06-01T02:00", "2026-06-01T03:00"]);
      });
      await program(async (scheduler) => {
        const due = scheduler.tick();
        assertEquals(times(due), catchUp === "one" ? ["01:00:00"] : ["01:00:00", "04:00:00", "05:00:00"]);
        await Promise.all(due);
      });
      clock.move(2 * HOUR);
      await program(async (scheduler, job) => {
        const { length } = ran;
        await scheduler.backfill(job, { from: "2026-06-01T06:00:00Z", to: clock.now + 1 - 1 });
        assertEquals(ran.slice(length), ["2026-06-01T06:00"]);
        await scheduler.backfill(job, { from: clock.now - HOUR, to: clock.now });
        assertEquals(times(scheduler.tick()), ["07:00:00"]);
      });
    });
  }
}

for (const overlap of ["allow", "queue"] as const) {
  Deno.test(`Scheduler.backfill() twice at once runs each time once, whatever the runner forgets (overlap: "${overlap}")`, async () => {
    const clock = new FakeClock();
    await using runner = new TaskRunner({ retain: 0, maxWorkers: 2 });
    const scheduler = schedulerOn(clock, { runner });
    const times: number[] = [];
    const job = scheduler.every("1h", { overlap }).do(
      task({ name: "note" }, async (due: Date) => {
        times.push(due.getTime());
        await turn();
        return due.getTime();
      }),
      (due) => [due],
    );
    clock.move(10 * HOUR);
    const ranges = [[0, 6], [3, 9], [3, 9]].map(([from, to]) => ({
      from: clock.now - (10 - from!) * HOUR,
      to: clock.now - (10 - to!) * HOUR,
    }));
    const results = await Promise.all(ranges.map((range) => scheduler.backfill(job, range)));
    const start = clock.now - 10 * HOUR;
    assertEquals(
      results.map((each) => each.map(({ value }) => (Number(value) - start) / HOUR)),
      [[0, 1, 2, 3, 4, 5], [3, 4, 5, 6, 7, 8], [3, 4, 5, 6, 7, 8]],
    );
    assertEquals(times.length, new Set(times).size);
    await scheduler[Symbol.asyncDispose]();
  });
}

Deno.test("Scheduler.backfill() shares a run with the scheduler that has not finished", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const gate = Promise.withResolvers<string>();
  let count = 0;
  const job = scheduler.every("1h").do(task({ name: "slow" }, () => (count++, gate.promise)));
  clock.move(HOUR);
  const [handle] = scheduler.tick();
  clock.move(MINUTE);
  const backfilled = scheduler.backfill(job, { from: clock.now - HOUR, to: clock.now });
  await settle();
  gate.resolve("done");
  assertEquals((await backfilled).map(({ id, value }) => [id, value]), [[handle!.id, "done"]]);
  assertEquals(count, 1);
});

for (const [overlap, most] of [["allow", 3], ["skip", 1], ["queue", 1], ["cancel-previous", 1]] as const) {
  Deno.test(`Scheduler.backfill() of a job with overlap: "${overlap}" runs at most ${most} of three at a time`, async () => {
    const clock = new FakeClock();
    await using scheduler = schedulerOn(clock);
    let active = 0;
    let highest = 0;
    const work = task({ name: "work" }, async () => {
      highest = Math.max(highest, ++active);
      await settle();
      active--;
    });
    const job = scheduler.cron(HOURLY, { ...UTC, overlap }).do(work);
    job.pause();
    const results = await scheduler.backfill(job, { from: clock.now - 3 * HOUR, to: clock.now });
    assertEquals([results.map(({ ok }) => ok), highest], [[true, true, true], most]);
  });
}

for (const overlap of ["allow", "skip"] satisfies Overlap[]) {
  Deno.test(`A task can backfill a job in a pool of one slot (overlap: "${overlap}")`, async () => {
    const clock = new FakeClock();
    await using runner = new TaskRunner({ maxWorkers: 1 });
    await using scheduler = schedulerOn(clock, { runner });
    const { note } = noting();
    const job = scheduler.cron(HOURLY, { ...UTC, overlap }).do(note, "x");
    const range = { from: clock.now - 3 * HOUR, to: clock.now };
    const outer = task({ name: "outer" }, async () => (await scheduler.backfill(job, range)).length);
    assertEquals(await runner.submit(outer), 3);
  });
}

Deno.test("Scheduler.backfill() runs 10,000 times in slices, between which other work gets its turn", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  using turns = new TurnCounter();
  const job = scheduler.every("1s").do(task({ name: "work" }, () => turns.note()));
  const results = await scheduler.backfill(job, { from: clock.now - 10_000 * SECOND, to: clock.now });
  assert(turns.count === 10_000 && results.length === 10_000 && results.every(({ ok }) => ok));
  assertEquals(results.at(-1)!.id, "work@2026-05-31T23:59:59.000Z");
  assert(turns.most <= 250, `${turns.most} runs in one turn`);
});

Deno.test("Scheduler.backfill() does not run more times than its limit, and says so before it runs any", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const { ran, note } = noting();
  const job = scheduler.every("1s").do(note, "x");
  const backfill = (seconds: number, limit?: number) =>
    scheduler.backfill(job, { from: clock.now - seconds * SECOND, to: clock.now, limit });
  await assertRejects(
    () => backfill(10_001),
    RangeError,
    'Cannot backfill job "note", as it was due more than 10000 times in that range: give a shorter range, or a larger limit',
  );
  await assertRejects(() => backfill(4, 3), RangeError, "more than 3 times");
  assertEquals(ran, []);
  assertEquals([(await backfill(3, 3)).length, (await backfill(5, Infinity)).length], [3, 2]);
});

Deno.test("Scheduler.backfill() says what it cannot do", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  await using other = schedulerOn(clock);
  const { note, ran } = noting();
  const job = scheduler.cron(HOURLY, UTC).do(note, "x");
  const range = { from: clock.now - HOUR, to: clock.now };
  const refuse = (
    job: unknown,
    options: unknown,
    error: typeof Error | typeof TypeError | typeof RangeError,
    message: string,
  ) => assertRejects(() => scheduler.backfill(job as ScheduledJob, options as BackfillOptions), error, message);
  await refuse("note", range, TypeError, 'backfill() needs a job, which do() returns, not "note"');
  await refuse(undefined, range, TypeError, "backfill() needs a job");
  await refuse(
    scheduler.on(new EventTarget(), "x", { name: "e" }).do(note, () => ["x"]),
    range,
    TypeError,
    "for events",
  );
  await refuse(other.cron(HOURLY).do(note, "x"), range, Error, 'job "note", as it is one of another scheduler');
  const ended = scheduler.cron(HOURLY, { name: "ended" }).do(note, "x");
  ended.cancel();
  await refuse(ended, range, Error, 'Cannot backfill job "ended", as it has ended');
  await refuse(job, undefined, TypeError, "The options of backfill()");
  await refuse(job, { ...range, until: 1 }, TypeError, 'Unknown option "until" of backfill()');
  await refuse(job, { from: 0 }, TypeError, "to of backfill() must be a Date");
  await refuse(job, { ...range, from: NaN }, RangeError, "from of backfill() must be a date, such as");
  await refuse(job, { ...range, to: Infinity }, RangeError, "to of backfill() must be a date, such as");
  await refuse(job, { ...range, from: "soon" }, RangeError, "from of backfill() must be a date");
  await refuse(job, { ...range, from: clock.now + 1 }, RangeError, "from of backfill() must not be later than to");
  await refuse(job, { ...range, to: clock.now + 1 }, RangeError, "to of backfill() must not be later than now");
  await refuse(job, { ...range, limit: 0 }, RangeError, "limit of backfill() must be a whole number of at least 1");
  assertEquals(ran, []);
});

Deno.test("Scheduler.backfill() in a run of its own job that must not overlap is an error, as it would wait for itself", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock, { logger: recordingLogger() });
  const range = { from: "2026-05-31T20:00:00Z", to: "2026-05-31T23:00:00Z" };
  const job: ScheduledJob = scheduler.every("1h", { overlap: "queue" })
    .do(task({ name: "self" }, () => scheduler.backfill(job, range).then(() => "no", (error) => error.message)));
  clock.move(HOUR);
  const [handle] = scheduler.tick();
  assertEquals(
    await handle,
    'Cannot backfill job "self" in one of its own runs, as its overlap "queue" lets only one run at a time: it would wait ' +
      "for itself",
  );
});

Deno.test("Scheduler.backfill() of a range with the time of its own run is an error, as it would wait for itself", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner({ onTaskError: "continue" });
  await using scheduler = schedulerOn(clock, { runner, logger: recordingLogger() });
  const range = { from: clock.now + HOUR, to: clock.now + HOUR + 1 };
  const tries = () => scheduler.backfill(job, range).then(({ length }) => length, (error) => error.message);
  const child = task({ name: "child" }, tries);
  const job: ScheduledJob = scheduler.cron(HOURLY, UTC)
    .do(task({ name: "self" }, async () => [await tries(), await child.submit()]));
  clock.move(HOUR + 1);
  const [handle] = scheduler.tick();
  const message =
    'Cannot backfill job "self" in its own run for 2026-06-01T01:00:00.000Z, which is a time of that range: it ' +
    "would wait for itself. Give a range without it";
  assertEquals(await handle, [message, message]);
  assertEquals(await tries(), 0, "it has completed");
});

Deno.test("Runs of a backfill that backfill each other's times end with an error, as each would wait for the other", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner({ onTaskError: "continue" });
  await using scheduler = schedulerOn(clock, { runner, logger: recordingLogger() });
  const start = clock.now;
  const bothRun = Promise.withResolvers<void>();
  let running = 0;
  const other = task({ name: "other" }, async (due: number) => {
    if (++running === 2) bothRun.resolve();
    await bothRun.promise;
    const from = due === start - HOUR ? start - 2 * HOUR : start - HOUR;
    return (await scheduler.backfill(job, { from, to: from + 1 })).length;
  });
  const job: ScheduledJob = scheduler.cron(HOURLY, UTC).do(other, (due) => [due.getTime()]);
  const results = await scheduler.backfill(job, { from: start - 2 * HOUR, to: start });
  assertEquals(results.map(({ ok, error }) => ok ? "completed" : (error as Error).name).sort(), [
    "CycleError",
    "completed",
  ]);
});

Deno.test("Scheduler.backfill() rejects if the scheduler is stopped before all is submitted, after what runs has finished", async () => {
  const clock = new FakeClock();
  const scheduler = schedulerOn(clock);
  const gate = Promise.withResolvers<void>();
  let finished = 0;
  const work = task({ name: "work" }, () => gate.promise.then(() => void finished++));
  const job = scheduler.cron(HOURLY, { ...UTC, overlap: "queue" }).do(work);
  const backfilled = assertRejects(
    () => scheduler.backfill(job, { from: clock.now - 3 * HOUR, to: clock.now }),
    Error,
    'The backfill of job "work" ended before 2026-05-31T22:00:00.000Z, as its scheduler was stopped',
  );
  await until("the first one runs", () => job.lastHandle?.status === "running");
  const stopped = scheduler.stop();
  gate.resolve();
  await Promise.all([stopped, backfilled]);
  assertEquals(finished, 1);
  assertEquals((await scheduler.backfill(job, { from: clock.now - 3 * HOUR, to: clock.now })).length, 2);
  await scheduler[Symbol.asyncDispose]();
});

Deno.test("Scheduler.backfill() rejects with what the arguments could not be made for", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const { ran, note } = noting();
  const job = scheduler.cron(HOURLY, UTC).do(note, (due) => {
    if (due.getUTCHours() === 22) throw new RangeError("no such hour");
    return ["x"];
  });
  const backfill = () => scheduler.backfill(job, { from: clock.now - 3 * HOUR, to: clock.now });
  await assertRejects(backfill, RangeError, "no such hour");
  assertEquals(ran, ["2026-05-31T21:00"]);
});

Deno.test("A backfill that was cut short by a kill leaves orphans; the next one runs what is left, and no run twice", async () => {
  const clock = new FakeClock("2026-06-02T00:00:00Z");
  let isSecond = false;
  const ran: number[] = [];
  const work = task({ name: "long" }, async (hour: number) => {
    if (hour > 1 && !isSecond) await never();
    ran.push(hour);
  });
  const make = (scheduler: Scheduler) =>
    scheduler.cron(HOURLY, { ...UTC, catchUp: "all" }).do(work, (due) => [due.getUTCHours()]);
  const range = { from: "2026-06-01T01:00:00Z", to: "2026-06-01T04:00:00Z" };
  const ids = [1, 2, 3].map((hour) => `long@2026-06-01T0${hour}:00:00.000Z`);
  let backfilled: Promise<unknown> | undefined;
  const checkpointer = await crash(clock, async (scheduler, runner) => {
    backfilled = scheduler.backfill(make(scheduler), range);
    await until("the first run is on record as completed", () => runner.handles()[0]?.status === "completed");
  }, [...ids, "schedule:long"]);
  await backfilled;
  assertEquals(ran.splice(0), [1]);
  isSecond = true;
  clock.move(DAY);
  await run(checkpointer, clock, async (scheduler, runner) => {
    const job = make(scheduler);
    assertEquals(runner.orphaned.map(({ id }) => id), ids.slice(1));
    const results = await scheduler.backfill(job, range);
    assertEquals([results.map(({ id }) => id), ran, runner.orphaned], [ids.slice(1), [2, 3], []]);
  });
});

Deno.test("Scheduler.backfill() ends when its job is cancelled", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const { note, ran } = noting();
  const job: ScheduledJob = scheduler.cron(HOURLY, { ...UTC, overlap: "queue" }).do(note, () => {
    if (ran.length === 1) job.cancel();
    return ["x"];
  });
  const backfill = () => scheduler.backfill(job, { from: clock.now - 4 * HOUR, to: clock.now });
  await assertRejects(backfill, Error, 'The backfill of job "note" ended before 2026-05-31T22:00:00.000Z');
  assertEquals(ran, ["2026-05-31T20:00", "2026-05-31T21:00"]);
});

for (const retain of [0, 1_000]) {
  Deno.test(`Scheduler.backfill() runs what waits for its jitter, which is then left out (retain: ${retain})`, async () => {
    const clock = new FakeClock();
    await using runner = new TaskRunner({ retain });
    await using scheduler = schedulerOn(clock, { runner });
    const { note, ran } = noting();
    const job = scheduler.cron(HOURLY, { ...UTC, jitter: "365d" }).do(note, "x");
    clock.move(HOUR);
    assertEquals(scheduler.tick(), []);
    clock.move(MINUTE);
    assertEquals((await scheduler.backfill(job, { from: clock.now - HOUR, to: clock.now })).length, 1);
    clock.move(366 * DAY);
    await Promise.all(scheduler.tick());
    assertEquals(ran.filter((time) => time === "2026-06-01T01:00").length, 1);
  });

  Deno.test(`Scheduler.backfill() leaves out what the scheduler runs from its queue meanwhile (retain: ${retain})`, async () => {
    const clock = new FakeClock();
    await using runner = new TaskRunner({ retain });
    await using scheduler = schedulerOn(clock, { runner });
    const gate = Promise.withResolvers<void>();
    const ran: string[] = [];
    const gated = task({ name: "gated" }, async () => {
      ran.push(currentTask()!.id.slice(-13, -8));
      await gate.promise;
    });
    const job = scheduler.cron(HOURLY, { ...UTC, overlap: "queue" }).do(gated);
    for (let hour = 1; hour <= 2; hour++) {
      clock.move(HOUR);
      scheduler.tick();
      await settle();
    }
    clock.move(MINUTE);
    const backfilled = scheduler.backfill(job, { from: "2026-05-31T23:00:00Z", to: clock.now });
    await settle();
    gate.resolve();
    assertEquals((await backfilled).map(({ id }) => id.slice(-13, -8)), ["23:00", "00:00"]);
    assertEquals(ran, ["01:00", "02:00", "23:00", "00:00"]);
  });
}
