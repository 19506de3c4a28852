import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import {
  asCompleted,
  currentTask,
  FileCheckpointer,
  MemoryCheckpointer,
  RetryAfterError,
  Scheduler,
  sleep,
  task,
  TaskTimeoutError,
  waitFor,
} from "../../mod.ts";
import { TestEnvironment } from "../../src/testing/test_environment.ts";
import { recordingLogger, settle, sleep as realSleep, tempFolder } from "../support.ts";
import { plainStart, spanOf } from "../runner/limited_tasks.ts";
import { busyFor, idleFor } from "./real_tasks.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

Deno.test("time passes while a scheduler that is stopped or disposed of waits for its runs, and no longer", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const long = task({ name: "long" }, async () => await sleep("30m"));
  for (const end of ["stop", Symbol.asyncDispose] as const) {
    const scheduler = new Scheduler({ runner });
    const job = scheduler.every("1h").do(long);
    scheduler.start();
    const { elapsed } = test;
    await test.advance("61m");
    assertEquals(job.lastHandle!.status, "running");
    await scheduler[end]();
    await settle();
    assertEquals([job.lastHandle!.status, test.elapsed - elapsed], ["completed", 1.5 * HOUR]);
  }
});

Deno.test("a TestEnvironment shows the time that it is given, and refuses what is none", () => {
  assertEquals(new TestEnvironment().now.toISOString(), "2026-01-01T00:00:00.000Z");
  assertEquals(new TestEnvironment({ now: 5 }).now.getTime(), 5);
  assertThrows(() => new TestEnvironment({ now: "soon" }), RangeError, 'must be a valid time, not "soon"');
  assertThrows(() => new TestEnvironment({ seed: NaN }), RangeError, "seed of a TestEnvironment");
  assertThrows(() => new TestEnvironment({ start: 5 } as object), TypeError, 'Unknown option "start"');
  for (const now of [null, true, [2026], {}, 5n]) {
    assertThrows(
      () => new TestEnvironment({ now } as object),
      TypeError,
      "now of a TestEnvironment must be a Date, a ",
    );
  }
});

Deno.test("sleeps, delays and timeouts of all kinds pass at once and in order", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ onTaskError: "continue", maxWorkers: 1 });
  const seen: string[] = [];
  const note = (what: string) => seen.push(`${what} ${test.elapsed / HOUR}`);
  const nap = task({ name: "nap" }, async (hours: number) => {
    await sleep(hours * HOUR);
    note(`nap ${hours}`);
  });
  nap.with({ runner }).map([5, 1, 3]);
  nap.with({ runner, startAfter: new Date("2026-01-01T10:00:00Z") }).submit(2);
  const approval = runner.submit(task({ name: "ask" }, async () => await waitFor("answer", { timeout: "4h" })));
  void approval.exception().then(() => note("no answer"));
  const late = nap.with({ runner, deadline: "6h" }).submit(99);
  void late.exception().then(() => note("deadline"));
  const waiting = runner.submit(nap, 7);
  waiting.result({ timeout: "2h" }).catch(() => note("impatient"));
  const report = await runner.run();
  assertEquals(seen, [
    "nap 1 1",
    "impatient 2",
    "nap 3 3",
    "no answer 4",
    "nap 5 5",
    "deadline 6",
    "nap 7 7",
    "nap 2 12",
  ]);
  assertEquals(report.durationMs, 12 * HOUR);
  const result = waiting.peek()!;
  assertEquals([result.startedAt, result.durationMs], [new Date("2026-01-01T00:00:00Z"), 7 * HOUR]);
});

Deno.test("backoffs pass, randomized by the seed", async () => {
  const timesWith = async (seed: number) => {
    const test = new TestEnvironment({ seed });
    await using runner = test.runner();
    const times: number[] = [];
    const flaky = task({ name: "flaky", retries: 4, jitter: "full" }, () => {
      times.push(test.elapsed);
      if (times.length < 5) throw new Error("again");
    });
    await runner.submit(flaky);
    return times;
  };
  const first = await timesWith(7);
  assertEquals([first.length, new Set(first).size], [5, 5]);
  assertEquals(await timesWith(7), first);
  assert((await timesWith(8))[1] !== first[1]);
});

Deno.test("a throttle lets attempts start at their times, and a pause holds them up", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const starts: number[] = [];
  const call = task(
    { name: "call", retries: 1, throttle: { limit: 4, period: "1h" } },
    (item: number) => {
      starts.push(test.elapsed / HOUR);
      if (item === 2 && currentTask()!.attempt === 1) {
        throw new RetryAfterError("busy", { retryAfter: "5h", pause: "task" });
      }
    },
  );
  call.with({ runner }).map([1, 2, 3, 4]);
  await runner.run();
  assertEquals(starts, [0, 0.25, 5.25, 5.5, 5.75]);
});

Deno.test("jobs of a year run in order while time is let pass, and none besides", async () => {
  const test = new TestEnvironment({ now: "2026-01-01T00:00:00Z" });
  await using runner = test.runner();
  await using scheduler = new Scheduler({ runner });
  const seen: string[] = [];
  const note = task({ name: "note" }, () => void seen.push(test.now.toISOString().slice(0, 16)));
  scheduler.cron("30 9 1 * *", { timezone: "Europe/Berlin" }).do(note);
  scheduler.at("2026-06-15T12:00:00Z").do(note);
  scheduler.start();
  await settle();
  assertEquals(seen, []);
  await test.advance(new Date("2027-01-01T00:00:00Z"));
  assertEquals(seen, [
    "2026-01-01T08:30",
    "2026-02-01T08:30",
    "2026-03-01T08:30",
    "2026-04-01T07:30",
    "2026-05-01T07:30",
    "2026-06-01T07:30",
    "2026-06-15T12:00",
    "2026-07-01T07:30",
    "2026-08-01T07:30",
    "2026-09-01T07:30",
    "2026-10-01T07:30",
    "2026-11-01T08:30",
    "2026-12-01T08:30",
  ]);
  assertEquals(test.now, new Date("2027-01-01T00:00:00Z"));
});

Deno.test("a run of a job that waits does not let time pass by itself", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  await using scheduler = new Scheduler({ runner });
  const ends: number[] = [];
  scheduler.every("1d").do(task({ name: "long" }, async () => {
    await sleep("5h");
    ends.push(test.elapsed / HOUR);
  }));
  scheduler.start();
  await test.advance("1d");
  await settle();
  assertEquals([test.elapsed, ends], [DAY, []]);
  await test.advance("1d");
  assertEquals([test.elapsed, ends], [2 * DAY, [29]]);
  await test.until(scheduler.stop());
  assertEquals(ends, [29, 53]);
});

Deno.test("a serving runner's time stands still between awaits, and passes for what is awaited", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const served = runner.serve();
  const day = runner.submit(task({ name: "day" }, async () => await sleep("24h")));
  await settle();
  assertEquals([test.elapsed, day.status], [0, "running"]);
  await test.advance("1h");
  assertEquals([test.elapsed, day.status], [HOUR, "running"]);
  await test.advance(0);
  await day;
  assertEquals(test.elapsed, DAY);
  const other = runner.submit(task({ name: "other" }, async () => await sleep("1h")));
  for await (const { name } of asCompleted([other])) assertEquals(name, "other");
  assertEquals(test.elapsed, DAY + HOUR);
  await runner.stop();
  await served;
});

Deno.test("what comes from outside comes at its time", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const order = task({ name: "order" }, async (id: number) => {
    const approval = waitFor<string>(`approval-${id}`, { timeout: "2d" });
    for (let reminders = 0;; reminders++) {
      const isApproved = await Promise.race([approval.then(() => true), sleep("10h").then(() => false)]);
      if (isApproved) return { by: await approval, reminders };
    }
  });
  test.after("25h", () => runner.deliver("approval-7", "Ada"));
  test.after(new Date("2026-01-01T05:00:00Z"), () => runner.deliver("approval-8", "Grace"));
  const results = await Promise.all(order.with({ runner }).map([7, 8]));
  assertEquals(results, [{ by: "Ada", reminders: 2 }, { by: "Grace", reminders: 0 }]);
});

Deno.test("a sleep that a program has begun continues in the next one, on each kind of checkpointer", async () => {
  await using folder = await tempFolder();
  const memory = new MemoryCheckpointer();
  const day = task({ name: "day" }, async () => {
    await sleep("24h");
    return "done";
  });
  for (const store of [() => memory, () => new FileCheckpointer(folder.file())]) {
    const test = new TestEnvironment();
    {
      await using runner = test.runner({ checkpointer: store() });
      void runner.serve();
      runner.submit(day.with({ key: "day" }));
      await test.advance("1h");
    }
    await test.advance("3h"); // nothing runs meanwhile
    await using runner = await test.resume(store());
    assertEquals([await runner.submit(day.with({ key: "day" })), test.elapsed], ["done", DAY]);
  }
});

Deno.test("a body at work keeps time from passing, on the event loop and in a worker", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ maxWorkers: 2 });
  const real = task({ name: "real", timeout: "1ms" }, async () => await realSleep(20));
  const other = runner.submit(task({ name: "other" }, async () => await sleep("1h")));
  const started = [
    runner.submit(real),
    runner.submit(plainStart, 1),
    runner.submit(spanOf.with({ timeout: undefined }), 1),
  ];
  await Promise.all(started);
  assertEquals(test.elapsed, 0);
  await other;
  assertEquals(test.elapsed, HOUR);
});

Deno.test("a body in a worker does not run out of its time by the clock of the computer, on any backend", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ maxWorkers: 1 });
  for (const backend of ["thread", "process"] as const) {
    const bodies = [busyFor, idleFor].map((each) => each.with({ backend, timeout: 5, retries: 0 }));
    for (const body of bodies) assertEquals(await runner.submit(body, 100), "done"); // more than the slack of 50 ms
  }
  assertEquals(test.elapsed, 0);
});

Deno.test("a body that hangs is ended by its timeout, and the next attempt follows", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ onTaskError: "continue", maxWorkers: 1 });
  const load = task(
    { name: "load", timeout: "30s", retryOnTimeout: true, retries: 1, backoffBase: "10s" },
    () => "loaded",
  );
  test.hangAttempts(load, 1);
  assertEquals([await runner.submit(load), test.elapsed], ["loaded", 40_000]);
  using _ = test.hangAttempts(load, () => true);
  const error = await runner.submit(load.with({ retries: 0 })).exception();
  assertInstanceOf(error, TaskTimeoutError);
  const onThread = plainStart.with({ timeout: "1m" });
  test.hangAttempts(onThread, 1);
  assertInstanceOf(await runner.submit(onThread, 1).exception(), TaskTimeoutError);
  assertEquals(test.elapsed, 40_000 + 30_000 + 60_000);
});

Deno.test("faults concern the tasks that they name, by task or by name", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner({ onTaskError: "continue" });
  const load = task({ name: "load" }, (x: number) => x);
  test.failAttempts("load", ({ id, args }) => id.startsWith("load") && args[0] === 2, new RangeError("no 2"));
  const [one, two] = load.with({ runner }).map([1, 2]);
  assertEquals(await one, 1);
  await assertRejects(() => two!.result(), RangeError, "no 2");
  assertEquals(await runner.submit(load.with({ name: "other" }), 2), 2);
});

Deno.test("a save that fails ends the run, and what was saved before is there", async () => {
  const test = new TestEnvironment();
  const checkpointer = new MemoryCheckpointer();
  const step = task({ name: "step" }, (x: number) => x);
  {
    await using runner = test.runner({ checkpointer });
    await runner.submit(step, 1);
    test.failSave(1, new Error("the disk is full"));
    runner.submit(step, 2);
    await assertRejects(() => runner.run(), Error, "the disk is full");
  }
  await using runner = await test.resume(checkpointer);
  const handles = step.with({ runner }).map([1, 2]);
  await runner.run();
  assertEquals(handles.map(({ restored }) => restored), [true, false]);
});

Deno.test("records grow old by the time of the test", async () => {
  const test = new TestEnvironment();
  const checkpointer = new MemoryCheckpointer();
  await using runner = test.runner({ checkpointer, retention: { completed: "7d" } });
  const served = runner.serve();
  await runner.submit(task({ name: "old" }, () => {}));
  await test.advance("5d");
  await runner.submit(task({ name: "new" }, () => {}));
  const names = async () => (await Array.fromAsync(checkpointer.load(), ({ name }) => name)).sort();
  assertEquals(await names(), ["new", "old"]);
  await test.advance("3d");
  await runner.flush();
  assertEquals(await names(), ["new"]);
  await runner.stop();
  await served;
});

Deno.test("several runners share the time of one environment, and two environments have their own", async () => {
  const test = new TestEnvironment();
  const other = new TestEnvironment();
  await using one = test.runner();
  await using two = test.runner();
  await using three = other.runner();
  const seen: string[] = [];
  const nap = task({ name: "nap" }, async (who: string, hours: number) => {
    await sleep(hours * HOUR);
    seen.push(who);
  });
  const first = one.submit(nap, "one", 2);
  const second = two.submit(nap, "two", 1);
  await Promise.all([first, second, three.submit(nap, "three", 5)]);
  assertEquals(seen.filter((who) => who !== "three"), ["two", "one"]);
  assertEquals([test.elapsed, other.elapsed], [2 * HOUR, 5 * HOUR]);
});

Deno.test("advance() ends once all that is due by then has happened, in all runners", async () => {
  const test = new TestEnvironment();
  await using one = test.runner({ onTaskError: "continue" });
  await using two = test.runner();
  const served = [one.serve(), two.serve()];
  const flaky = task({ name: "flaky", retries: 1, backoffBase: "1h", backoffMax: "1h" }, () => {
    if (currentTask()!.attempt === 1) throw new Error("no");
  });
  const slow = task({ name: "slow", deadline: "1h" }, async () => await sleep("2h"));
  const handles = [
    one.use(() => sleep("1h")),
    two.use(() => sleep("1h")),
    one.submit(flaky),
    two.submit(task({ name: "later", startAfter: "1h" }, () => {})),
    one.submit(slow),
  ];
  let calls = 0;
  test.after("1h", () => calls++);
  await test.advance("1h");
  assertEquals(handles.map(({ status }) => status), ["completed", "completed", "completed", "completed", "failed"]);
  assertEquals(calls, 1);
  await Promise.all([one.stop(), two.stop(), ...served]);
});

Deno.test("what a task logs has the time of the test, for observers and loggers", async () => {
  const test = new TestEnvironment();
  const { lines, ...logger } = recordingLogger();
  await using runner = test.runner({ logger, logFormat: "json" });
  const seen: Date[] = [];
  runner.observe({ log: (_handle, { at }) => void seen.push(at) });
  const note = task({ name: "note" }, async () => {
    await sleep("1h");
    currentTask()!.log("here");
    console.log(); // an observer gets it before it is printed
  });
  await runner.submit(note);
  const [line] = lines.filter(({ level }) => level === "info").map(({ data }) => JSON.parse(data[0] as string));
  assertEquals(seen, [test.now, test.now]);
  assertEquals([line.message, line.time], ["here", "2026-01-01T01:00:00.000Z"]);
});

Deno.test("advance() within a task is refused, as the task would wait for itself", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const bad = task({ name: "bad" }, async () => await test.advance("1h"));
  await assertRejects(() => runner.submit(bad).result(), Error, "Cannot advance() the time within a task");
});

Deno.test("TestEnvironment refuses what its methods cannot use", async () => {
  const test = new TestEnvironment();
  const wrong: [() => unknown, string][] = [
    [() => test.failAttempts(undefined as never, 1), "The name of the task that a fault is for must be a string"],
    [() => test.hangAttempts("load", undefined as never), "Say which attempts a fault is for: the number of one, or"],
    [() => test.after("1s", undefined as never), "What after() calls must be a function"],
    [() => test.failSave("next" as never), "count of failSave() must be a number"],
  ];
  for (const [call, message] of wrong) assertThrows(call, TypeError, message);
  for (const which of [0, -1, 1.5, NaN]) {
    assertThrows(() => test.failAttempts("load", which), RangeError, "The number of the attempt that a fault is for");
  }
  for (const options of [5, null, [], new AbortController().signal] as object[]) {
    assertThrows(() => test.runner(options), TypeError, "The options of the runner must be an object");
    await assertRejects(() => test.resume(new MemoryCheckpointer(), options), TypeError, "must be an object");
  }
  await assertRejects(() => test.until(5 as never), TypeError, "until() needs a promise, not 5");
});

Deno.test("until() yields what a promise yields, or throws what it throws", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  assertEquals(await test.until(Promise.resolve(5)), 5);
  await assertRejects(() => test.until(Promise.reject(new RangeError("no"))), RangeError, "no");
  void runner.serve();
  const nap = runner.submit(task({ name: "nap" }, async () => await sleep("1h")));
  await test.until(nap.getResult());
  assertEquals(test.elapsed, HOUR);
});

Deno.test("thousands of tasks that sleep and are tried again take no time", async () => {
  const test = new TestEnvironment();
  await using runner = test.runner();
  const nap = task({ name: "nap", retries: 1, backoffBase: "1h", backoffMax: "1h" }, async (x: number) => {
    await sleep(x * 1_000);
    return x;
  });
  test.failAttempts(nap, ({ attempt, args }) => attempt === 1 && (args[0] as number) % 3 === 0);
  const values = await Promise.all(nap.with({ runner }).map(Array.from({ length: 3_000 }, (_, x) => x % 100)));
  assertEquals(values.length, 3_000);
  assertEquals(test.elapsed, HOUR + 99_000);
});

Deno.test("what after() calls may throw or reject: it fails the test, and time passes on", async () => {
  const uncaught: unknown[] = [];
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    uncaught.push(event.reason);
  };
  addEventListener("unhandledrejection", note);
  try {
    const test = new TestEnvironment();
    const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
    test.after("1h", () => {
      throw thrown;
    });
    test.after("2h", () => Promise.reject(rejected));
    await test.advance("3h");
    assertEquals([uncaught, test.elapsed], [[thrown, rejected], 3 * 3_600_000]);
  } finally {
    removeEventListener("unhandledrejection", note);
  }
});
