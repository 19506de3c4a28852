import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type ScheduledJob, Scheduler, task, TaskBase, TaskRunner } from "../../mod.ts";
import { recordingLogger, settle } from "../support.ts";
import { FakeClock, HOUR, MINUTE, schedulerOn } from "./support.ts";
import { greet } from "./programs/greetings.ts";

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

Deno.test("Scheduler.do() finds names for very many jobs of one task quickly", async () => {
  await using scheduler = new Scheduler();
  const start = performance.now();
  for (let count = 0; count < 50_000; count++) scheduler.every("1m").do(echo, "x");
  assertEquals(scheduler.jobs().at(-1)!.name, "echo-50000");
  assert(performance.now() - start < 5_000);
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

Deno.test("Scheduler checks its options", () => {
  assertThrows(() => new Scheduler({ runner: {} as never }), TypeError, "runner of a Scheduler must be a TaskRunner");
  assertThrows(() => new Scheduler({ runner: null as never }), TypeError, "runner of a Scheduler must be a TaskRunner");
  assertThrows(() => new Scheduler({ clock: 5 as never }), TypeError, "clock of a Scheduler must be a function");
  assertThrows(() => new Scheduler({ logger: {} as never }), TypeError, "logger of a Scheduler");
  assertThrows(() => new Scheduler({ tick: 5 } as never), TypeError, 'Unknown option "tick" of a Scheduler');
  assertThrows(() => new Scheduler(null as never), TypeError, "The options of a Scheduler");
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
