import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Scheduler, task, TaskRunner } from "../../mod.ts";
import { runProgram, settle, sleep } from "../support.ts";
import { testStart } from "./simulations.ts";
import { FakeClock, pass, SECOND } from "./support.ts";

/** A task that records the times of its calls, by the fake clock. */
function noting(): { times: number[]; note: ReturnType<typeof makeNote> } {
  const times: number[] = [];
  return { times, note: makeNote(times) };
}

function makeNote(times: number[]) {
  return task({ name: "note" }, () => void times.push(Date.now()));
}

Deno.test("Scheduler.start() fires for the first time one interval after it was called", async () => {
  using time = new FakeTime(0);
  await using scheduler = new Scheduler();
  const { times, note } = noting();
  scheduler.every("10s").do(note);
  time.tick(7 * SECOND);
  scheduler.start();
  await pass(time, 9_999);
  assertEquals(times, []);
  await pass(time, 1);
  assertEquals(times, [17_000]);
  scheduler.every("1s").do(note);
  await pass(time, 1_000);
  assertEquals(times, [17_000, 18_000]);
  await scheduler.stop();
});

Deno.test("Scheduler.start() keeps intervals for days without drifting, though timers fire late", async () => {
  using time = new FakeTime(0);
  await using scheduler = new Scheduler();
  const { times, note } = noting();
  scheduler.every("7s").do(note);
  scheduler.start();
  for (let count = 0; count < 500; count++) await pass(time, 3_331, 3_331);
  await scheduler.stop();
  assertEquals(times.length, Math.floor(500 * 3_331 / 7_000));
  assert(times.every((at, index) => at >= (index + 1) * 7_000 && at - (index + 1) * 7_000 < 3_331));
});

Deno.test("Scheduler.start() is not early, though timers fire early", async () => {
  using time = new FakeTime(0);
  const original = globalThis.setTimeout;
  // A tenth too early, and cut to whole milliseconds.
  globalThis.setTimeout = ((fn: () => void, delay = 0) => original(fn, Math.floor(delay * 0.9))) as typeof setTimeout;
  try {
    await using scheduler = new Scheduler();
    const { times, note } = noting();
    scheduler.every(400).do(note);
    scheduler.every(333).do(note);
    scheduler.start();
    await pass(time, 800, 1);
    await scheduler.stop();
    const expected = new Set<number>();
    for (const interval of [333, 400]) for (let at = interval; at <= 800; at += interval) expected.add(at);
    assertEquals(times, [...expected].sort((a, b) => a - b));
  } finally {
    globalThis.setTimeout = original;
  }
});

Deno.test("Scheduler.start() looks at the clock at least every 30 seconds, so that a sleep or a new time is noticed", async () => {
  using time = new FakeTime(0);
  const clock = new FakeClock();
  await using scheduler = new Scheduler({ clock: clock.read });
  const { times, note } = noting();
  const job = scheduler.cron("0 8 * * *", { timezone: "UTC" }).do(note);
  scheduler.start();
  await pass(time, 10 * SECOND);
  clock.set("2026-06-01T09:00:00Z"); // slept until then
  await pass(time, 20 * SECOND);
  assertEquals(times, [30_000]);
  assertEquals(job.nextFire, new Date("2026-06-02T08:00:00Z"));
  clock.set("2026-06-02T07:59:55Z"); // the clock was set
  await pass(time, 30 * SECOND);
  clock.move(5 * SECOND);
  await pass(time, 5 * SECOND);
  assertEquals(times, [30_000, 65_000]);
  await scheduler.stop();
});

Deno.test("Scheduler.start() notices a job that is due before all others", async () => {
  using time = new FakeTime(0);
  await using scheduler = new Scheduler();
  const { times, note } = noting();
  scheduler.every("20s").do(note);
  scheduler.start();
  await pass(time, SECOND);
  scheduler.at(3_000).do(note);
  scheduler.every("4s").do(note);
  await pass(time, 4 * SECOND);
  assertEquals(times, [3_000, 5_000]);
  await scheduler.stop();
});

Deno.test("Scheduler.start() has one timer, however many jobs there are, and none after stop()", async () => {
  const original = { setTimeout, clearTimeout };
  const timers = new Set<unknown>();
  let made = 0;
  globalThis.setTimeout = ((fn: () => void, delay?: number) => {
    made++;
    const id = original.setTimeout(() => (timers.delete(id), fn()), delay);
    timers.add(id);
    return id;
  }) as typeof setTimeout;
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    original.clearTimeout(id);
  };
  try {
    await using scheduler = new Scheduler();
    const { note, times } = noting();
    for (let count = 0; count < 1_000; count++) scheduler.every(80 + count % 7).do(note);
    scheduler.start();
    assertEquals([timers.size, made], [1, 1]);
    while (times.length < 1_000) {
      await settle();
      assert(timers.size <= 1);
    }
    assert(made < 500, `${made}`); // seven times, and one for each slice of those, which take longer on a slow machine
    await scheduler.stop();
    assertEquals(timers.size, 0);
  } finally {
    Object.assign(globalThis, original);
  }
});

Deno.test("Scheduler.start() refuses to start twice", async () => {
  await using scheduler = new Scheduler();
  scheduler.start();
  assertThrows(() => scheduler.start(), Error, "started already");
  await assertRejects(() => scheduler.run(), Error, "started already");
  await scheduler.stop();
});

Deno.test("Scheduler.stop() and start() let intervals continue as they were and skip what was missed", async () => {
  using time = new FakeTime(0);
  await using scheduler = new Scheduler();
  const { times, note } = noting();
  scheduler.every("10s").do(note);
  const { times: made, note: makeUp } = noting();
  scheduler.every("10s", { catchUp: "one" }).do(makeUp);
  const { times: all, note: makeUpAll } = noting();
  scheduler.every("10s", { catchUp: "all" }).do(makeUpAll);
  scheduler.start();
  await pass(time, 10 * SECOND);
  await scheduler.stop();
  await pass(time, 35 * SECOND);
  scheduler.start();
  await time.tickAsync(0);
  await settle();
  await pass(time, 10 * SECOND);
  await scheduler.stop();
  assertEquals(times, [10_000, 50_000]);
  assertEquals(made, [10_000, 45_000, 50_000]);
  assertEquals(all, [10_000, 45_000, 45_000, 45_000, 50_000]);
});

Deno.test("Scheduler.stop() waits for what runs, and submits nothing more", async () => {
  using time = new FakeTime(0);
  await using scheduler = new Scheduler();
  const seen: string[] = [];
  const slow = task({ name: "slow" }, async () => {
    await sleep(25_000);
    seen.push("done");
  });
  scheduler.every("10s", { overlap: "queue" }).do(slow);
  scheduler.start();
  await pass(time, 20 * SECOND);
  const stopped = scheduler.stop().then(() => seen.push("stopped"));
  await pass(time, 14_999);
  assertEquals(seen, []);
  await pass(time, 60 * SECOND);
  await stopped;
  assertEquals(seen, ["done", "stopped"]);
});

Deno.test("Scheduler.stop() from within one of its tasks, or a task of theirs, does not wait for itself", async () => {
  const clock = new FakeClock();
  await using scheduler = new Scheduler({ clock: clock.read });
  const stop = task({ name: "stop" }, async () => {
    await scheduler.stop();
    return "stopped";
  });
  const outer = task({ name: "outer" }, () => stop.submit());
  scheduler.every("1s").do(stop);
  scheduler.every("1s").do(outer);
  clock.move(SECOND);
  assertEquals(await Promise.all(scheduler.tick()), ["stopped", "stopped"]);
});

Deno.test("Scheduler.stop() from a listener ends what tick() is about to submit", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using scheduler = new Scheduler({ runner, clock: clock.read });
  const { note, times } = noting();
  const jobs = [scheduler.every("1s").do(note), scheduler.every("1s").do(note)];
  runner.addEventListener("submitted", () => void scheduler.stop(), { once: true });
  clock.move(SECOND);
  assertEquals(scheduler.tick().length, 1);
  assertEquals(jobs.map(({ lastHandle }) => lastHandle !== undefined), [true, false]);
  assertEquals(scheduler.tick().length, 1);
  await scheduler.stop();
  assertEquals(times.length, 2);
});

Deno.test("Scheduler.run() ends on its signal, when what it has submitted has finished", async () => {
  using time = new FakeTime(0);
  await using scheduler = new Scheduler();
  const controller = new AbortController();
  const seen: string[] = [];
  scheduler.every("1s").do(task({ name: "slow" }, async () => {
    await sleep(500);
    seen.push("done");
  }));
  const run = scheduler.run({ signal: controller.signal }).then(() => seen.push("ended"));
  await pass(time, 1_200);
  controller.abort();
  await pass(time, 200);
  assertEquals(seen, []);
  await pass(time, 5_000);
  await run;
  assertEquals(seen, ["done", "ended"]);
  await scheduler.run({ signal: AbortSignal.abort() });
  await assertRejects(() => scheduler.run({ signal: "now" as never }), TypeError, "signal of run()");
});

Deno.test("Scheduler.run() ends with stop(), and does not end what is started right afterwards", async () => {
  using time = new FakeTime(0);
  await using scheduler = new Scheduler();
  const { times, note } = noting();
  scheduler.every("1s").do(note);
  const run = scheduler.run();
  await pass(time, SECOND);
  void scheduler.stop();
  scheduler.start();
  await run;
  await pass(time, SECOND);
  assertEquals(times, [1_000, 2_000]);
  await scheduler.stop();
});

Deno.test("Scheduler.run() removes its listener from the signal", async () => {
  await using scheduler = new Scheduler();
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener: (
      ...args: Parameters<typeof addEventListener>
    ) => (listeners++, addEventListener.apply(signal, args)),
    removeEventListener: (...args: Parameters<typeof removeEventListener>) => (
      listeners--, removeEventListener.apply(signal, args)
    ),
  });
  const run = scheduler.run({ signal });
  assertEquals(listeners, 1);
  await scheduler.stop();
  await run;
  assertEquals(listeners, 0);
});

Deno.test("Scheduler.start() survives a task that disposes of everything", async () => {
  using time = new FakeTime(0);
  const scheduler = new Scheduler();
  let count = 0;
  scheduler.every("1s").do(task({ name: "end" }, async () => {
    count++;
    await scheduler[Symbol.asyncDispose]();
  }));
  scheduler.start();
  await pass(time, 10 * SECOND);
  assertEquals(count, 1);
});

Deno.test("Scheduler.start() keeps the program alive until stop()", async () => {
  const { stdout, code } = await runProgram(`
    const { Scheduler, task } = workflowy;
    const scheduler = new Scheduler();
    let count = 0;
    scheduler.every(20).do(task({ name: "count" }, () => {
      console.log(++count);
      if (count === 3) void scheduler.stop().then(() => console.log("stopped"));
    }));
    scheduler.start();
    globalThis.addEventListener("unload", () => console.log("end"));
  `);
  assertEquals([code, stdout], [0, "1\n2\n3\nstopped\nend"]);
});

Deno.test("Scheduler.start() without any job keeps the program alive, too", async () => {
  const { stdout, code } = await runProgram(`
    const scheduler = new workflowy.Scheduler();
    scheduler.start();
    Deno.unrefTimer(setTimeout(() => { console.log("alive"); void scheduler.stop(); }, 50));
  `);
  assertEquals([code, stdout], [0, "alive"]);
});

Deno.test("Scheduler does not start in a worker that imports the program", async () => {
  const { stderr, code } = await runProgram(`
    const url = new URL("./tests/schedule/programs/unguarded.ts", ${
    JSON.stringify(new URL("../../", import.meta.url).href)
  });
    const { twice } = await import(url.href);
    await using runner = new workflowy.TaskRunner();
    await runner.submit(twice, 21);
  `);
  assertEquals(code, 1);
  assert(stderr.includes("Cannot start() a scheduler while a worker imports"), stderr);
});

Deno.test("Scheduler fires on the real clock, never early", async () => {
  await using scheduler = new Scheduler();
  const late: number[] = [];
  let start = 0;
  const ended = Promise.withResolvers<void>();
  const job = scheduler.every(50).do(task({ name: "note" }, () => {
    late.push(Date.now() - start - (late.length + 1) * 50);
    if (late.length === 10) ended.resolve();
  }));
  scheduler.start();
  start = job.nextFire!.getTime() - 50;
  await ended.promise;
  await scheduler.stop();
  assert(late.every((each) => each >= 0), late.join());
  assertEquals(job.nextFire!.getTime() % 50, start % 50);
  await settle();
});

testStart(5);
