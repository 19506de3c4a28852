import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  type CatchUp,
  currentTask,
  MemoryCheckpointer,
  type ScheduledJob,
  Scheduler,
  task,
  TaskBase,
  type TaskHandle,
  TaskRunner,
} from "../../mod.ts";
import { recordingLogger, settle } from "../support.ts";
import { FakeClock, HOUR, MINUTE, schedulerOn } from "./support.ts";
import { greet, timeOfRun } from "./programs/greetings.ts";

const echo = task({ name: "echo" }, (text: string) => text);

Deno.test("Scheduler.do() names jobs after their tasks, further ones with numbers", async () => {
  await using scheduler = new Scheduler();
  const names = () => scheduler.jobs().map(({ name }) => name);
  const [, second] = [1, 2, 3].map(() => scheduler.every("1m").do(echo, "x"));
  scheduler.every("1m", { name: "echo-5" }).do(echo, "x");
  scheduler.every("1m", { name: "mine" }).do(echo, "x");
  scheduler.every("1m").do(echo, "x");
  scheduler.every("1m").do(echo, "x");
  assertEquals(names(), ["echo", "echo-2", "echo-3", "echo-5", "mine", "echo-4", "echo-6"]);
  second!.cancel();
  assertEquals(names().includes("echo-2"), false);
  scheduler.every("1m", { name: "echo-2" }).do(echo, "x");
});

Deno.test("Scheduler.do() gives a name again once no job of that task is left", async () => {
  await using scheduler = new Scheduler();
  const jobs = [scheduler.every("1m").do(echo, "x"), scheduler.every("1m").do(echo, "x")];
  for (const job of jobs) job.cancel();
  assertEquals(scheduler.every("1m").do(echo, "x").name, "echo");
});

Deno.test("Scheduler.do() refuses a name or key that is taken", async () => {
  await using scheduler = new Scheduler();
  const job = scheduler.every("1m", { name: "mine" }).do(echo, "x");
  assertThrows(
    () => scheduler.every("1h", { name: "mine" }).do(echo, "y"),
    RangeError,
    'There is a job "mine" already',
  );
  assertThrows(() => scheduler.every("1h", { key: "mine" }).do(echo, "y"), RangeError, 'the key "mine" already');
  scheduler.every("1m", { name: "other", key: "yours" }).do(echo, "x");
  assertThrows(() => scheduler.every("1h", { name: "yours" }).do(echo, "y"), RangeError, 'the key "yours" already');
  assertEquals(scheduler.jobs().length, 2);
  job.cancel();
  scheduler.every("1h", { name: "mine" }).do(echo, "y");
});

Deno.test("Scheduler.do() refuses what is not a task", async () => {
  await using scheduler = new Scheduler();
  const target = new EventTarget();
  for (const what of [() => 1, function named() {}, undefined, null, 5, "task", {}, class {}, echo.submit]) {
    assertThrows(() => scheduler.every("1m").do(what as never), TypeError, "make it one, with task()");
    assertThrows(() => scheduler.on(target, "x").do(what as never), TypeError, "make it one, with task()");
  }
  assertEquals(scheduler.jobs(), []);
});

Deno.test("ScheduledJob.pause() keeps a job from being due until resume(), and skips what it missed", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const jobs = [
    scheduler.every("1h").do(echo, "x"),
    scheduler.cron("0 * * * *", { timezone: "UTC", catchUp: "all" }).do(echo, "y"),
  ];
  for (const job of jobs) job.pause();
  assertEquals(jobs.map(({ status, nextFire }) => [status, nextFire]), [["paused", undefined], ["paused", undefined]]);
  clock.move(5 * HOUR + MINUTE);
  assertEquals(scheduler.tick(), []);
  assertEquals(scheduler.jobs(), jobs);
  for (const job of jobs) job.pause();
  for (const job of jobs) job.resume();
  for (const job of jobs) job.resume();
  assertEquals(scheduler.tick(), []);
  for (const { nextFire } of jobs) assertEquals(nextFire, new Date("2026-06-01T06:00:00Z"));
  clock.move(HOUR);
  assertEquals(scheduler.tick().length, 2);
});

Deno.test("ScheduledJob.pause() before start() holds after it", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const job = scheduler.every("1h").do(echo, "x");
  job.pause();
  clock.move(MINUTE);
  scheduler.start();
  clock.move(MINUTE);
  job.resume();
  assertEquals(job.nextFire, new Date("2026-06-01T01:01:00Z"));
  await scheduler.stop();
});

Deno.test("ScheduledJob.pause() skips the time of a job that is due once", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const [missed, kept] = [1, 2].map(() => scheduler.at("2026-06-01T02:00:00Z").do(echo, "x"));
  missed!.pause();
  kept!.pause();
  clock.move(HOUR);
  kept!.resume();
  clock.move(2 * HOUR);
  missed!.resume();
  assertEquals([missed!.status, kept!.status], ["over", "active"]);
  assertEquals(scheduler.tick().length, 1);
});

Deno.test("ScheduledJob.cancel() ends a job, but not its task", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const gate = Promise.withResolvers<string>();
  const job = scheduler.every("1h").do(task({ name: "gated" }, () => gate.promise));
  clock.move(HOUR);
  scheduler.tick();
  assertEquals([job.cancel(), job.cancel()], [true, false]);
  assertEquals([job.status, job.nextFire, scheduler.jobs()], ["over", undefined, []]);
  job.pause();
  job.resume();
  clock.move(HOUR);
  assertEquals(scheduler.tick(), []);
  gate.resolve("done");
  assertEquals(await job.lastHandle, "done");
});

Deno.test("ScheduledJob.cancel() from a listener, for a job that is due at that moment", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner });
  const jobs = [1, 2, 3].map(() => scheduler.every("1h").do(echo, "x"));
  runner.addEventListener("submitted", ({ handle }) => {
    if (handle !== runner.handles()[0]) return;
    jobs[0]!.cancel();
    jobs[1]!.cancel();
    jobs[2]!.pause();
  });
  clock.move(HOUR);
  assertEquals(scheduler.tick().length, 1);
  assertEquals(jobs.map(({ status }) => status), ["over", "over", "paused"]);
});

Deno.test("ScheduledJob.cancel() and pause() from within the job's own task", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const pausing: ScheduledJob = scheduler.every("1h", { name: "pausing" }).do(
    task({ name: "pause" }, () => pausing.pause()),
  );
  const cancelling: ScheduledJob = scheduler.every("1h", { name: "cancelling" }).do(
    task({ name: "cancel" }, () => cancelling.cancel()),
  );
  clock.move(HOUR);
  await Promise.all(scheduler.tick());
  assertEquals([pausing.status, cancelling.status], ["paused", "over"]);
  clock.move(HOUR);
  assertEquals(scheduler.tick(), []);
});

Deno.test("Scheduler.tick() from within a task or a listener starts nothing twice, and no child", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner });
  let count = 0;
  scheduler.every("1h", { name: "a" }).do(task({ name: "count" }, async () => {
    count++;
    scheduler.tick();
    await Promise.resolve();
  }));
  const slow = scheduler.every("90m", { name: "b" }).do(task({ name: "slow" }, async () => {
    count++;
    await settle();
    return "done";
  }));
  runner.addEventListener("submitted", () => void scheduler.tick());
  clock.move(HOUR);
  const [first] = scheduler.tick();
  await first;
  assertEquals(count, 1);
  clock.move(HOUR);
  await Promise.all(scheduler.tick());
  assertEquals(await slow.lastHandle, "done");
  assertEquals(count, 3);
});

Deno.test("Scheduler takes class tasks, tasks with other options, and tasks that run on threads and in subprocesses", async () => {
  class Add extends TaskBase<[a: number, b: number], number> {
    override name = "add";
    run(a: number, b: number): number {
      return a + b;
    }
  }
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner });
  const other = new TaskRunner();
  scheduler.every("1m").do(new Add(), 1, 2);
  scheduler.every("1m").do(echo.with({ priority: 5, name: "loud", runner, source: "me" }), "hey");
  scheduler.every("1m").do(greet.with({ backend: "thread" }), "thread");
  scheduler.every("1m").do(greet.with({ backend: "process" }), "process");
  assertThrows(
    () => scheduler.every("1m").do(echo.with({ runner: other }), "x"),
    TypeError,
    'Cannot schedule "echo" here, as .with({ runner }) bound it to another runner',
  );
  clock.move(MINUTE);
  const handles = scheduler.tick();
  assertEquals(await Promise.all(handles), [3, "hey", "hello, thread", "hello, process"]);
  assertEquals(handles[1]!.source, "me");
  assertEquals(scheduler.jobs().map(({ name }) => name), ["add", "loud", "greet", "greet-2"]);
  await other.shutdown();
});

Deno.test("Scheduler disposes of its own runner, and leaves a given one alone", async () => {
  await using runner = new TaskRunner();
  const own = new Scheduler();
  const given = new Scheduler({ runner });
  let handle;
  {
    await using _ = own;
    await using __ = given;
    handle = own.at(Date.now()).do(echo, "x");
    own.tick();
  }
  assertEquals(await handle.lastHandle, "x");
  assertEquals(await runner.submit(echo, "y"), "y");
  const { lines, ...logger } = recordingLogger();
  const late = new Scheduler({ runner, logger });
  await runner.shutdown();
  const job = late.at(Date.now()).do(echo, "x");
  assertEquals(late.tick(), []);
  assertEquals([job.status, lines.length], ["over", 1]);
  assertEquals(lines[0]!.data[0], 'Job "echo" was due, but its task could not be submitted:');
  assertStrictEquals(String(lines[0]!.data[1]).includes("its runner was shut down"), true);
});

Deno.test("Scheduler submits to the current runner if it is given none, and leaves it alone as it is disposed of", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  const submitted = async (make: () => Scheduler) => {
    await using scheduler = make();
    scheduler.every("1h").do(echo, "x");
    clock.move(HOUR);
    const [handle] = scheduler.tick();
    assertEquals(await handle, "x");
    return runner.handles().includes(handle!);
  };
  const make = () => schedulerOn(clock);
  assertEquals(await submitted(make), false);
  assertEquals(await runner.use(() => submitted(make)), true);
  assertEquals(await runner.submit(task({ name: "inner" }, () => submitted(make))), true);
  await using other = new TaskRunner();
  assertEquals(await other.use(() => submitted(() => schedulerOn(clock, { runner }))), true);
  assertEquals(runner.open, true);
  const shut = new TaskRunner();
  await shut.use(async () => {
    await shut.shutdown();
    assertEquals(await submitted(make), false);
  });
  assertEquals(await runner.submit(echo, "y"), "y");
});

Deno.test("Scheduler warns at its disposal of jobs that were never given a chance to run", async () => {
  const uses: [warnings: number, use: (scheduler: Scheduler) => unknown][] = [
    [1, (scheduler) => scheduler.every("1m", { name: "forgotten" }).do(echo, "x")],
    [0, () => {}],
    [0, (scheduler) => scheduler.every("1m").do(echo, "x").cancel()],
    [0, (scheduler) => (scheduler.every("1m").do(echo, "x"), scheduler.tick())],
    [0, (scheduler) => (scheduler.every("1m").do(echo, "x"), scheduler.start(), scheduler.stop())],
  ];
  for (const [warnings, use] of uses) {
    const { lines, ...logger } = recordingLogger();
    const scheduler = new Scheduler({ logger });
    await use(scheduler);
    await scheduler[Symbol.asyncDispose]();
    assertEquals(lines.length, warnings, `${use}`);
    for (const { level, data: [text] } of lines) {
      assertEquals([level, text], [
        "warn",
        'Job "forgotten" was never due, as its scheduler was not started: call start() or run()',
      ]);
    }
  }
});

Deno.test("A job is printed with its name, status and next time", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const job = scheduler.every("1h").do(echo, "x");
  assertEquals(Deno.inspect(job), 'ScheduledJob "echo" (active, due 2026-06-01T01:00:00.000Z)');
  job.pause();
  assertEquals(Deno.inspect(job), 'ScheduledJob "echo" (paused)');
  scheduler.tick();
});

Deno.test("currentTask().scheduledAt is the time for which a job runs, on each backend, and nothing elsewhere", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner, name: "with: a name" });
  const child = task({ name: "child" }, () => currentTask()!.scheduledAt);
  const parent = task({ name: "parent" }, async () => [currentTask()!.scheduledAt, await child.submit()]);
  scheduler.every("1h", { jitter: "10m" }).do(parent);
  scheduler.cron("30 * * * *", { timezone: "UTC" }).do(timeOfRun.with({ backend: "thread" }));
  scheduler.at("2026-06-01T00:45:00Z").do(timeOfRun.with({ backend: "process" }));
  const handles: TaskHandle<unknown>[] = [];
  for (const minutes of [30, 15, 15, 10]) {
    clock.move(minutes * MINUTE);
    handles.push(...scheduler.tick());
  }
  assertEquals(await Promise.all(handles), [
    "2026-06-01T00:30:00.000Z",
    "2026-06-01T00:45:00.000Z",
    [new Date("2026-06-01T01:00:00Z"), undefined],
  ]);
  const key = "parent@2026-06-01T01:00:00.000Z";
  assertEquals(await runner.submit(parent.with({ key })), [undefined, undefined]);
});

Deno.test("Scheduler.do() takes a function that makes the arguments of the time for which a job runs", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const run = async (catchUp: CatchUp) => {
    await using runner = await TaskRunner.resume(checkpointer);
    await using scheduler = schedulerOn(clock, { runner });
    scheduler.cron("0 3 * * *", { timezone: "UTC", catchUp }).do(echo, (due) => [due.toISOString().slice(0, 10)]);
    return await Promise.all(scheduler.tick());
  };
  assertEquals(await run("all"), []);
  clock.move(3 * 24 * HOUR);
  assertEquals(await run("all"), ["2026-06-01", "2026-06-02", "2026-06-03"]);
  clock.move(3 * 24 * HOUR);
  assertEquals(await run("one"), ["2026-06-04"]);
});

Deno.test("Scheduler logs functions that make no arguments, skips those runs, and continues", async () => {
  const clock = new FakeClock();
  const logger = recordingLogger();
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer() });
  await using scheduler = schedulerOn(clock, { runner, logger });
  const answers: (() => unknown)[] = [
    () => {
      throw new RangeError("no such file");
    },
    () => {
      throw undefined;
    },
    () => 5,
    () => Promise.resolve(["x"]),
    () => ({ length: 1, 0: "x" }),
    () => [new Date(0)],
    () => ["y"],
  ];
  const other = scheduler.every("1h", { name: "other" }).do(echo, "other");
  let count = 0;
  scheduler.every("1h", { name: "made" }).do(echo, () => answers[count++]!() as [string]);
  for (const _ of answers) {
    clock.move(HOUR);
    const results = await Promise.all(scheduler.tick());
    assertEquals(results[0], "other");
    if (count === answers.length) assertEquals(results, ["other", "y"]);
  }
  assertEquals(other.status, "active");
  const prefix = 'error Job "made" was due, but its task could not be submitted:';
  const advice = "return one, or give a function among the arguments as () => [fn]";
  assertEquals(logger.lines.map(({ level, data }) => `${level} ${data[0]} ${data[1]}`), [
    `${prefix} RangeError: no such file`,
    `${prefix} undefined`,
    `${prefix} TypeError: the arguments of job "made" must be an array, not 5: ${advice}`,
    `${prefix} TypeError: the arguments of job "made" must be an array, not a Promise: ${advice}`,
    `${prefix} TypeError: the arguments of job "made" must be an array, not an object: ${advice}`,
    `${prefix} CheckpointError: Cannot submit "echo", as args[0] is a Date, which JSON cannot keep; convert it, or use a checkpointer with codec: "structured"`,
  ]);
});

Deno.test("ScheduledJob.next() lists the next times of a job, also of one that was never due", async () => {
  const clock = new FakeClock("2026-03-28T12:00:00Z");
  await using scheduler = schedulerOn(clock);
  const next = (job: ScheduledJob, count?: number) => job.next(count).map((each) => each.toISOString().slice(5, 16));
  const nightly = scheduler.cron("30 2 * * *", { timezone: "Europe/Berlin", jitter: "1h" }).do(echo, "x");
  // On the second day, clocks skip that time.
  assertEquals(next(nightly, 3), ["03-29T01:30", "03-30T00:30", "03-31T00:30"]);
  assertEquals(next(nightly), ["03-29T01:30"]);
  const interval = scheduler.every("7h").do(echo, "x");
  assertEquals(next(interval, 2), ["03-28T19:00", "03-29T02:00"]);
  const once = scheduler.at("2026-03-29T00:00:00Z").do(echo, "x");
  assertEquals(next(once, 10_000), ["03-29T00:00"]);
  const target = new EventTarget();
  assertEquals(next(scheduler.on(target, "x").do(echo, () => ["x"]), 5), []);
  interval.pause();
  assertEquals(next(interval, 2), []);
  interval.resume();
  clock.move(8 * HOUR);
  await Promise.all(scheduler.tick());
  assertEquals(next(interval, 2), ["03-29T02:00", "03-29T09:00"]);
  clock.move(24 * HOUR);
  await Promise.all(scheduler.tick());
  assertEquals([once.status, next(once)], ["over", []]);
  for (const count of [0, -1, 1.5, NaN, Infinity, 10_001]) {
    assertThrows(() => interval.next(count), RangeError, "The count of next() must be");
  }
  assertThrows(() => interval.next("3" as never), TypeError, "The count of next()");
  assertEquals(scheduler.every("36525000d").do(echo, "x").next(10).length, 2, "dates end some 270,000 years from now");
});
