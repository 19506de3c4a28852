import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type CatchUp,
  currentTask,
  type DeferOptions,
  MemoryCheckpointer,
  type ScheduledJob,
  Scheduler,
  task,
} from "../../mod.ts";
import { recordingLogger, settle, until } from "../support.ts";
import { crash, run } from "./runs.ts";
import { FakeClock, HOUR, MINUTE, schedulerOn, SECOND } from "./support.ts";

/** A cron as it was given to Deno. */
interface Recorded {
  readonly name: string;
  readonly expression: string;
  readonly options: { readonly backoffSchedule?: number[]; readonly signal: AbortSignal };
  readonly handler: () => Promise<void>;
}

const original = Deno.cron;

/** Replaces `Deno.cron` by a function that records its calls. */
class FakeDenoCron implements Disposable {
  readonly crons: Recorded[] = [];

  constructor() {
    const cron = (name: string, expression: string, options: Recorded["options"], handler: () => Promise<void>) => {
      if (this.crons.some((each) => each.name === name && !each.options.signal.aborted)) {
        throw new TypeError("Cron with this name already exists");
      }
      this.crons.push({ name, expression, options, handler });
      return Promise.resolve();
    };
    Object.defineProperty(Deno, "cron", { value: cron, configurable: true, writable: true });
  }

  get expressions(): Record<string, string> {
    return Object.fromEntries(
      this.crons.filter(({ options }) => !options.signal.aborted).map(({ name, expression }) => [name, expression]),
    );
  }

  /** What Deno does when a cron is due. */
  call(name: string): Promise<void> {
    return this.crons.findLast((each) => each.name === name)!.handler();
  }

  [Symbol.dispose](): void {
    Object.defineProperty(Deno, "cron", { value: original, configurable: true, writable: true });
  }
}

const echo = task({ name: "echo" }, (text: string) => text);

Deno.test("Scheduler.deferToDenoCron() hands over cron jobs with weekdays as Deno counts them", async () => {
  using deno = new FakeDenoCron();
  await using scheduler = new Scheduler();
  const cases: [expression: string, translated: string][] = [
    ["* * * * *", "* * * * *"],
    ["@hourly", "0 * * * *"],
    ["5,10 0-3 * * *", "5,10 0,1,2,3 * * *"],
    ["*/20 * * * *", "0,20,40 * * * *"],
    ["0 0 29 2 *", "0 0 29 2 *"],
    ["0 0 1 JAN,jul *", "0 0 1 1,7 *"],
    ["0 0 * * 0", "0 0 * * 1"],
    ["0 0 * * 1", "0 0 * * 2"],
    ["0 0 * * 2", "0 0 * * 3"],
    ["0 0 * * 3", "0 0 * * 4"],
    ["0 0 * * 4", "0 0 * * 5"],
    ["0 0 * * 5", "0 0 * * 6"],
    ["0 0 * * 6", "0 0 * * 7"],
    ["0 0 * * 7", "0 0 * * 1"],
    ["0 0 * * SUN", "0 0 * * 1"],
    ["0 0 * * sat", "0 0 * * 7"],
    ["0 0 * * MON-FRI", "0 0 * * 2,3,4,5,6"],
    ["0 0 * * 5-7", "0 0 * * 1,6,7"],
    ["0 0 * * 0,3,6", "0 0 * * 1,4,7"],
    ["0 0 * * */3", "0 0 * * 1,4,7"],
    ["0 0 * * 0-6", "0 0 * * *"],
  ];
  for (const [index, [expression]] of cases.entries()) {
    scheduler.cron(expression, { name: `job ${index}` }).do(echo, "x");
  }
  scheduler.deferToDenoCron();
  assertEquals(
    deno.expressions,
    Object.fromEntries(cases.map(([, translated], index) => [`job ${index}`, translated])),
  );
});

Deno.test("Scheduler.deferToDenoCron() hands over intervals that divide an hour or a day", async () => {
  using deno = new FakeDenoCron();
  await using scheduler = new Scheduler();
  scheduler.deferToDenoCron();
  const cases = {
    "1m": "* * * * *",
    "2m": "*/2 * * * *",
    "15m": "*/15 * * * *",
    "30m": "*/30 * * * *",
    "1h": "0 * * * *",
    "6h": "0 */6 * * *",
    "12h": "0 */12 * * *",
    "1d": "0 0 * * *",
  } as const;
  for (const interval of Object.keys(cases) as (keyof typeof cases)[]) {
    scheduler.every(interval, { name: interval }).do(echo, "x");
  }
  assertEquals(deno.expressions, cases);
});

Deno.test("Scheduler.deferToDenoCron() refuses what Deno cannot express, with the job's name and why, and hands over nothing", async () => {
  using deno = new FakeDenoCron();
  await using scheduler = new Scheduler();
  scheduler.every("1h", { name: "sound" }).do(echo, "x");
  const make: [reason: string, make: () => { cancel(): unknown }][] = [
    ["it is due once", () => scheduler.at(Date.now() + HOUR, { name: "j" }).do(echo, "x")],
    [
      "its time zone is Europe/Berlin",
      () => scheduler.cron("@daily", { name: "j", timezone: "Europe/Berlin" }).do(echo, "x"),
    ],
    ["it has a jitter", () => scheduler.cron("@daily", { name: "j", jitter: "5s" }).do(echo, "x")],
    [
      "it restricts both the day of month and the day of week",
      () => scheduler.cron("0 0 13 * 5", { name: "j" }).do(echo, "x"),
    ],
    ["its interval of 30000 ms", () => scheduler.every("30s", { name: "j" }).do(echo, "x")],
    ["its interval of 100 ms", () => scheduler.every(100, { name: "j" }).do(echo, "x")],
    ["its interval of 90000 ms", () => scheduler.every("90s", { name: "j" }).do(echo, "x")],
    ["its interval of 420000 ms", () => scheduler.every("7m", { name: "j" }).do(echo, "x")],
    ["its interval of 5400000 ms", () => scheduler.every("90m", { name: "j" }).do(echo, "x")],
    ["its interval of 18000000 ms", () => scheduler.every("5h", { name: "j" }).do(echo, "x")],
    ["its interval of 172800000 ms", () => scheduler.every("2d", { name: "j" }).do(echo, "x")],
    ["its interval of 60001 ms", () => scheduler.every(60_001, { name: "j" }).do(echo, "x")],
  ];
  for (const [reason, makeJob] of make) {
    const job = makeJob();
    assertThrows(() => scheduler.deferToDenoCron(), TypeError, `Deno.cron cannot run job "j", as ${reason}`);
    assertThrows(() => scheduler.deferToDenoCron({ heartbeat: false }), TypeError, "heartbeat: true");
    job.cancel();
  }
  assertEquals(deno.crons, []);
  scheduler.deferToDenoCron();
  assertEquals(Object.keys(deno.expressions), ["sound"]);
  for (const [reason, makeJob] of make) assertThrows(makeJob, TypeError, reason);
  assertEquals(scheduler.jobs().map(({ name }) => name), ["sound"]);
  for (const timezone of ["UTC", "GMT", "Etc/UTC", "utc"]) {
    scheduler.cron("@daily", { name: timezone.replace("/", " "), timezone }).do(echo, "x");
  }
});

Deno.test("Scheduler.deferToDenoCron() refuses names that Deno refuses, and names that are taken", async () => {
  using deno = new FakeDenoCron();
  await using scheduler = new Scheduler();
  for (const name of ["tägliche Arbeit", "a:b", "x".repeat(257), "a.b", "a\u00a0b"]) {
    const job = scheduler.every("1h", { name }).do(echo, "x");
    assertThrows(() => scheduler.deferToDenoCron(), RangeError, "Deno.cron takes names of up to 256 letters");
    job.cancel();
  }
  void Deno.cron("taken", "* * * * *", { signal: new AbortController().signal } as never, () => {});
  const [first, taken] = ["first", "taken"].map((name) => scheduler.every("1h", { name }).do(echo, "x"));
  assertThrows(
    () => scheduler.deferToDenoCron(),
    TypeError,
    'Deno.cron refuses "taken" (0 * * * *), as: TypeError: Cron with this name already exists: give the job another name',
  );
  assertEquals(Object.keys(deno.expressions), ["taken"]);
  assert(first!.nextFire !== undefined, "what was not handed over continues");
  taken!.cancel();
  scheduler.deferToDenoCron();
  assertEquals(Object.keys(deno.expressions), ["taken", "first"]);
  assertThrows(() => scheduler.every("1h", { name: "taken" }).do(echo, "x"), TypeError, "already exists");
  assertEquals(scheduler.jobs().length, 1);
  scheduler.every("1h", { name: `${"x".repeat(255)}-` }).do(echo, "x");
});

Deno.test("Scheduler.deferToDenoCron() submits the task when Deno says so, and rejects with what it fails with", async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock("2026-06-01T08:00:00.012Z");
  const logger = recordingLogger();
  await using scheduler = schedulerOn(clock, { logger });
  const job = scheduler.cron("0 * * * *", { name: "hourly" }).do(echo, "x");
  let attempts = 0;
  scheduler.every("1h", { name: "failing" }).do(task({ name: "failing" }, () => {
    if (++attempts < 3) throw new RangeError(`disk full ${attempts}`);
    return "done";
  }));
  scheduler.deferToDenoCron({ backoffSchedule: [100, 1_000] });
  assertEquals(deno.crons.map(({ options }) => options.backoffSchedule), [[100, 1_000], [100, 1_000]]);
  assertEquals(scheduler.tick(), []);
  await deno.call("hourly");
  assertEquals([job.lastHandle!.id, await job.lastHandle], ["hourly@2026-06-01T08:00:00.000Z", "x"]);
  assertEquals(job.nextFire, new Date("2026-06-01T09:00:00Z"));
  await assertRejects(() => deno.call("failing"), RangeError, "disk full 1");
  await assertRejects(() => deno.call("failing"), RangeError, "disk full 2");
  await deno.call("failing");
  assertEquals(logger.lines, [], "Deno reports them");
  clock.set("2026-06-01T08:59:59.999Z");
  await deno.call("hourly");
  assertEquals(job.lastHandle!.id, "hourly@2026-06-01T09:00:00.000Z");
});

Deno.test("Scheduler.deferToDenoCron() lets Deno try again what could not be submitted", async () => {
  using deno = new FakeDenoCron();
  await using scheduler = new Scheduler();
  scheduler.every("1h").do(task({ name: "pooled", pool: "none" }, () => 1));
  scheduler.deferToDenoCron();
  await assertRejects(() => deno.call("pooled"), TypeError, 'its pool "none" is not one of');
});

Deno.test("Scheduler.deferToDenoCron() respects pause(), resume(), cancel() and overlap", async () => {
  using deno = new FakeDenoCron();
  await using scheduler = new Scheduler();
  let count = 0;
  const job = scheduler.every("1h").do(task({ name: "count" }, () => ++count));
  scheduler.deferToDenoCron();
  job.pause();
  assertEquals(job.nextFire, undefined);
  await deno.call("count");
  job.resume();
  scheduler.pause();
  await deno.call("count");
  scheduler.resume();
  assertEquals(job.nextFire!.getTime() % HOUR, 0);
  await deno.call("count");
  assertEquals(count, 1);
  job.cancel();
  assertEquals(deno.expressions, {});
  scheduler.every("1h", { name: "count" }).do(echo, "x");
  assertEquals(deno.expressions, { count: "0 * * * *" });

  const gate = Promise.withResolvers<void>();
  scheduler.every("1h", { overlap: "skip" }).do(task({ name: "slow" }, () => (count++, gate.promise)));
  const first = deno.call("slow");
  await deno.call("slow");
  gate.resolve();
  await first;
  assertEquals(count, 2);
});

Deno.test("Scheduler.deferToDenoCron() leaves jobs on events to the program, and lets them listen", async () => {
  using _ = new FakeDenoCron();
  await using scheduler = new Scheduler();
  const target = new EventTarget();
  const job = scheduler.on(target, "x").do(echo, () => ["heard"]);
  scheduler.deferToDenoCron();
  target.dispatchEvent(new Event("x"));
  assertEquals(await job.lastHandle, "heard");
});

Deno.test("Scheduler.deferToDenoCron() and start() exclude each other; stop() undoes it", async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const job = scheduler.every("1h").do(echo, "x");
  scheduler.start();
  assertThrows(() => scheduler.deferToDenoCron(), Error, "a scheduler that is started");
  await scheduler.stop();
  scheduler.deferToDenoCron();
  assertThrows(() => scheduler.deferToDenoCron(), Error, "twice");
  assertThrows(() => scheduler.start(), Error, "whose jobs Deno.cron runs");
  await assertRejects(() => scheduler.run(), Error, "whose jobs Deno.cron runs");
  clock.move(10 * MINUTE);
  await scheduler.stop();
  assertEquals(deno.expressions, {});
  scheduler.start();
  assertEquals(job.nextFire, new Date("2026-06-01T01:10:00Z"));
  await scheduler.stop();
  scheduler.deferToDenoCron();
  assertEquals(deno.expressions, { echo: "0 * * * *" });
});

Deno.test("Scheduler.deferToDenoCron() checks its options", async () => {
  using _ = new FakeDenoCron();
  await using scheduler = new Scheduler();
  const refuse = (options: unknown, error: typeof TypeError | typeof RangeError, message: string) =>
    assertThrows(() => scheduler.deferToDenoCron(options as DeferOptions), error, message);
  refuse(null, TypeError, "The options of deferToDenoCron()");
  refuse({ beat: true }, TypeError, 'Unknown option "beat" of deferToDenoCron()');
  refuse({ heartbeat: 1 }, TypeError, 'heartbeat of deferToDenoCron() must be true, false or "all", not 1');
  refuse({ heartbeat: "each" }, TypeError, 'heartbeat of deferToDenoCron() must be true, false or "all", not "each"');
  refuse({ backoffSchedule: 5 }, TypeError, "must be an array of milliseconds");
  refuse({ backoffSchedule: ["5s"] }, TypeError, "Each of backoffSchedule");
  refuse({ backoffSchedule: [1, 2, 3, 4, 5, 6] }, RangeError, "must have at most 5 entries, not 6");
  refuse({ backoffSchedule: [-1] }, RangeError, "from 0 to 3600000 ms");
  refuse({ backoffSchedule: [3_600_001] }, RangeError, "from 0 to 3600000 ms");
  scheduler.deferToDenoCron({ heartbeat: undefined, backoffSchedule: undefined });
});

Deno.test("Scheduler.deferToDenoCron() says that --unstable-cron is missing", async () => {
  using _ = new FakeDenoCron();
  Object.defineProperty(Deno, "cron", { value: undefined, configurable: true, writable: true });
  await using scheduler = new Scheduler();
  assertThrows(() => scheduler.deferToDenoCron(), Error, "run the program with --unstable-cron");
});

Deno.test("Scheduler.deferToDenoCron({ heartbeat: true }) runs each minute what Deno cannot express", async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock("2026-06-01T07:00:30Z");
  await using scheduler = schedulerOn(clock);
  const berlin = scheduler.cron("30 9 * * *", { name: "berlin", timezone: "Europe/Berlin" }).do(echo, "x"); // 7:30 UTC
  const at = scheduler.at("2026-06-01T07:31:20Z", { name: "at" }).do(echo, "x");
  const seven = scheduler.every("7m", { name: "seven" }).do(echo, "x");
  scheduler.every("1h", { name: "hourly" }).do(echo, "x");
  scheduler.deferToDenoCron({ heartbeat: true });
  assertEquals(deno.expressions, { "workflowy-heartbeat": "* * * * *", hourly: "0 * * * *" });
  assertEquals(berlin.nextFire, new Date("2026-06-01T07:30:00Z"));
  assertEquals(at.nextFire, new Date("2026-06-01T07:32:00Z"), "at the next beat");
  const fired: string[] = [];
  for (let minute = 1; minute <= 60; minute++) {
    clock.now = Date.parse("2026-06-01T07:00:00Z") + minute * MINUTE + 150 * (minute % 2) - 20;
    await deno.call("workflowy-heartbeat");
    for (const job of [berlin, at, seven]) {
      const id = job.lastHandle?.id;
      if (id !== undefined && !fired.includes(id)) fired.push(id);
    }
  }
  const sevens = Array.from(
    { length: 9 },
    (_, index) => Math.ceil(Date.parse("2026-06-01T07:00:01Z") / (7 * MINUTE) + index) * 7 * MINUTE,
  )
    .filter((time) => time <= Date.parse("2026-06-01T08:00:00Z")).map((time) =>
      `seven@${new Date(time).toISOString()}`
    );
  assertEquals(
    fired.toSorted(),
    ["at@2026-06-01T07:31:20.000Z", "berlin@2026-06-01T07:30:00.000Z", ...sevens].toSorted(),
  );
  assertEquals([at.status, scheduler.jobs().length], ["over", 3]);
  assertEquals(deno.crons.filter(({ name }) => name === "workflowy-heartbeat").length, 1);
});

Deno.test("Scheduler.deferToDenoCron({ heartbeat: true }) processes each minute once, also those that passed during a long task", async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock("2026-06-01T07:00:30Z");
  await using scheduler = schedulerOn(clock);
  const gate = Promise.withResolvers<void>();
  scheduler.at("2026-06-01T07:01:00Z", { name: "slow" }).do(task({ name: "slow" }, () => gate.promise));
  let count = 0;
  scheduler.cron("3 7 * * *", { timezone: "Etc/GMT-0", name: "meanwhile" }).do(task({ name: "count" }, () => ++count));
  scheduler.deferToDenoCron({ heartbeat: true });
  clock.set("2026-06-01T07:01:00.005Z");
  const beat = deno.call("workflowy-heartbeat");
  // Deno does not call a handler again before it has finished.
  clock.set("2026-06-01T07:04:40Z");
  gate.resolve();
  await beat;
  clock.set("2026-06-01T07:05:00.005Z");
  await deno.call("workflowy-heartbeat");
  assertEquals(count, 1);
  await deno.call("workflowy-heartbeat");
  assertEquals(count, 1);
});

Deno.test("Scheduler.deferToDenoCron({ heartbeat: true }) leaves minutes to other programs that Deno has called for them", async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock("2026-06-01T07:00:30Z");
  await using scheduler = schedulerOn(clock);
  let count = 0;
  scheduler.every("90s").do(task({ name: "count" }, () => ++count));
  scheduler.deferToDenoCron({ heartbeat: true });
  clock.set("2026-06-01T07:01:00Z");
  await deno.call("workflowy-heartbeat");
  const before = count;
  clock.set("2026-06-01T09:30:00Z");
  await deno.call("workflowy-heartbeat");
  assertEquals(count - before, 1);
});

Deno.test("Scheduler.deferToDenoCron({ heartbeat: true }) handles an at() that passed before the program was started again", async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock("2026-06-01T09:00:00Z");
  await using scheduler = schedulerOn(clock);
  const job = scheduler.at("2026-06-01T08:00:00Z", { catchUp: "one" }).do(echo, "x");
  scheduler.deferToDenoCron({ heartbeat: true });
  await deno.call("workflowy-heartbeat");
  assertEquals([job.lastHandle, job.nextFire], [undefined, undefined]);
});

Deno.test("Scheduler.deferToDenoCron({ heartbeat: true }) reports tasks that fail, and continues", async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock();
  const logger = recordingLogger();
  await using scheduler = schedulerOn(clock, { logger });
  scheduler.every("30s").do(task({ name: "failing" }, () => {
    throw new Error("as always");
  }));
  scheduler.deferToDenoCron({ heartbeat: true });
  for (let minute = 0; minute < 3; minute++) {
    clock.move(MINUTE);
    await deno.call("workflowy-heartbeat");
  }
  assertEquals(logger.lines.length, 3);
  clock.move(SECOND);
  scheduler.jobs()[0]!.cancel();
  assertEquals(deno.expressions, {}, "no job needs the heartbeat any more");
  await settle();
});

Deno.test("Scheduler.deferToDenoCron() warns on Deno Deploy if there are more crons than its free plans allow", () => {
  const variable = "DENO_DEPLOYMENT_ID";
  using _ = new FakeDenoCron();
  const linesOf = (jobs: number, options: DeferOptions) => {
    const logger = recordingLogger();
    const scheduler = new Scheduler({ logger });
    for (let count = 0; count < jobs - 1; count++) scheduler.every("1h").do(echo, "x");
    scheduler.deferToDenoCron(options);
    scheduler.every("1h").do(echo, "x");
    for (const job of scheduler.jobs()) job.cancel();
    return logger.lines.map(({ data }) => data[0]);
  };
  assertEquals(linesOf(11, {}), []);
  Deno.env.set(variable, "some");
  try {
    assertEquals(linesOf(10, {}), []);
    assertEquals(linesOf(50, { heartbeat: "all" }), []);
    assertEquals(linesOf(12, {}), [
      "The scheduler has 11 crons, and free plans of Deno Deploy allow 10: there, let one cron start all jobs, with " +
      'deferToDenoCron({ heartbeat: "all" })',
    ]);
  } finally {
    Deno.env.delete(variable);
  }
});

Deno.test('Scheduler.deferToDenoCron({ heartbeat: "all" }) runs all jobs by one cron, whatever their names are', async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock("2026-06-01T07:58:30Z");
  const logger = recordingLogger();
  await using scheduler = schedulerOn(clock, { logger });
  const times: string[] = [];
  const note = task({ name: "note" }, (name: string) => {
    times.push(`${name} ${currentTask()!.scheduledAt!.toISOString().slice(11, 16)}`);
    if (name === "failing") throw new Error("busy");
  });
  const jobs = {
    "stündlich": scheduler.cron("0 * * * *", { name: "stündlich", timezone: "UTC" }).do(note, "hourly"),
    minutes: scheduler.every("2m", { name: "m:2" }).do(note, "every two"),
    berlin: scheduler.cron("59 9 * * *", { name: "berlin", timezone: "Europe/Berlin" }).do(note, "berlin"),
    failing: scheduler.cron("1 8 * * *", { name: "failing", timezone: "UTC" }).do(note, "failing"),
  };
  scheduler.deferToDenoCron({ heartbeat: "all", backoffSchedule: [1_000] });
  const at = scheduler.at("2026-06-01T07:59:30Z", { name: "at" }).do(note, "at");
  assertEquals(deno.expressions, { "workflowy-heartbeat": "* * * * *" });
  assertEquals([jobs["stündlich"].nextFire, at.nextFire], Array(2).fill(new Date("2026-06-01T08:00:00Z")));
  for (const minute of ["07:59", "08:00", "08:01"]) {
    clock.set(`2026-06-01T${minute}:00.020Z`);
    await deno.call("workflowy-heartbeat");
  }
  assertEquals(times, ["berlin 07:59", "hourly 08:00", "every two 08:00", "at 07:59", "failing 08:01"]);
  assertEquals([at.status, logger.lines.length], ["over", 1]);
  for (const job of scheduler.jobs()) job.cancel();
  assertEquals(deno.expressions, {});
});

Deno.test("Scheduler.deferToDenoCron() continues a run when Deno calls late, or again, as one for the time at which it was due", async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock("2026-06-01T08:00:00Z");
  const checkpointer = new MemoryCheckpointer();
  const steps: string[] = [];
  let isUp = false;
  const step = task({ name: "step" }, (n: number) => {
    steps.push(`step ${n}`);
    if (n === 2 && !isUp) throw new Error("down");
  });
  const work = task({ name: "work" }, async () => {
    steps.push(currentTask()!.id);
    for (const n of [1, 2]) await step.submit(n);
  });
  const program = (body: () => Promise<void>) =>
    run(checkpointer, clock, async (_, runner) => {
      await using scheduler = schedulerOn(clock, { runner, logger: recordingLogger(), name: "scheduler" });
      scheduler.cron("0 * * * *", { name: "hourly", catchUp: "all" }).do(work);
      scheduler.deferToDenoCron();
      await body();
    });
  await program(async () => {
    await assertRejects(() => deno.call("hourly"), Error, "down");
    clock.move(MINUTE);
    await assertRejects(() => deno.call("hourly"), Error, "down");
  });
  isUp = true;
  clock.move(2 * MINUTE);
  await program(() => deno.call("hourly"));
  const id = "hourly@2026-06-01T08:00:00.000Z";
  assertEquals(steps, [id, "step 1", "step 2", id, "step 2", id, "step 2"]);
});

const WAYS: Readonly<Record<string, { readonly options: DeferOptions; readonly cron: string }>> = {
  "a cron of its own": { options: {}, cron: "hourly" },
  "the heartbeat": { options: { heartbeat: "all" }, cron: "workflowy-heartbeat" },
};

for (const [way, { options, cron }] of Object.entries(WAYS)) {
  for (const catchUp of ["none", "one", "all"] as const satisfies CatchUp[]) {
    Deno.test(`A deferred job with catchUp: "${catchUp}" (${way}) starts again what an earlier program has not finished`, async () => {
      using deno = new FakeDenoCron();
      const clock = new FakeClock("2026-06-01T07:30:00Z");
      let isSecond = false;
      const ran: string[] = [];
      const work = task({ name: "work" }, () => {
        ran.push(currentTask()!.id);
        return isSecond ? undefined : new Promise<void>(() => {});
      });
      const make = (scheduler: Scheduler): ScheduledJob[] => {
        const jobs = [scheduler.cron("0 * * * *", { name: "hourly", catchUp, timezone: "UTC" }).do(work)];
        scheduler.deferToDenoCron(options);
        jobs.push(scheduler.cron("30 * * * *", { name: "later", catchUp, timezone: "UTC" }).do(work));
        return jobs;
      };
      const callAt = (time: string, name = cron) => {
        clock.set(`2026-06-01T${time}:00.005Z`);
        return deno.call(name);
      };
      const ids = (minute: string, ...hours: string[]) =>
        hours.map((hour) => `${minute === "00" ? "hourly" : "later"}@2026-06-01T${hour}:${minute}:00.000Z`);
      const calls: Promise<void>[] = [];
      const interrupted = [...ids("00", "08", "09"), ...ids("30", "08")];
      const states = catchUp === "none" ? [] : ["schedule:hourly", "schedule:later"];
      const checkpointer = await crash(clock, async (scheduler) => {
        make(scheduler);
        calls.push(callAt("08:00"));
        await until("the first one runs", () => ran.length === 1);
        calls.push(callAt("08:30", cron === "hourly" ? "later" : cron));
        await until("the second one runs", () => ran.length === 2);
        calls.push(callAt("09:00"));
        await until("the third one runs", () => ran.length === 3);
      }, [...interrupted, ...states].sort());
      await Promise.allSettled(calls);
      isSecond = true;
      ran.length = 0;
      await run(checkpointer, clock, async (scheduler, runner) => {
        clock.set("2026-06-01T09:50:00Z");
        make(scheduler);
        assertEquals(runner.orphaned.length, catchUp === "none" ? 3 : 0);
        await callAt("10:00");
        if (cron === "hourly") await callAt("10:30", "later");
      });
      const restarted = { none: [], one: [...ids("00", "08"), ...ids("30", "08")], all: interrupted }[catchUp];
      const due = [...ids("00", "10"), ...(cron === "hourly" ? ids("30", "10") : [])];
      assertEquals(ran.toSorted(), [...restarted, ...due].toSorted());
      if (catchUp === "none") return;
      await run(checkpointer, clock, (scheduler, runner) => {
        make(scheduler);
        assertEquals(runner.orphaned, [], "nothing is left");
      });
    });
  }
}

for (const [way, { options, cron }] of Object.entries(WAYS)) {
  Deno.test(`A deferred job (${way}) starts again the run for which its first program was started`, async () => {
    using deno = new FakeDenoCron();
    const clock = new FakeClock("2026-06-01T08:00:00.500Z"); // Deno has started the program for 08:00
    let isSecond = false;
    const ran: string[] = [];
    const work = task({ name: "work" }, () => {
      ran.push(currentTask()!.id.slice(-13, -8));
      return isSecond ? undefined : new Promise<void>(() => {});
    });
    const make = (scheduler: Scheduler) => {
      scheduler.cron("0 * * * *", { name: "hourly", catchUp: "all", timezone: "UTC" }).do(work);
      scheduler.deferToDenoCron(options);
    };
    let call: Promise<void> | undefined;
    const checkpointer = await crash(clock, async (scheduler) => {
      make(scheduler);
      call = deno.call(cron);
      await until("it runs", () => ran.length === 1);
    }, ["hourly@2026-06-01T08:00:00.000Z", "schedule:hourly"]);
    await Promise.allSettled([call]);
    isSecond = true;
    clock.set("2026-06-01T09:00:00.500Z");
    await run(checkpointer, clock, async (scheduler, runner) => {
      make(scheduler);
      assertEquals(runner.orphaned, []);
      await deno.call(cron);
    });
    assertEquals(ran, ["08:00", "08:00", "09:00"]);
  });
}

Deno.test("A job that is due once, and was cut short, is started again by the heartbeat, and has ended then", async () => {
  using deno = new FakeDenoCron();
  const clock = new FakeClock("2026-06-01T07:59:30Z");
  let isSecond = false;
  const ran: string[] = [];
  const work = task({ name: "work" }, () => {
    ran.push(currentTask()!.id);
    return isSecond ? undefined : new Promise<void>(() => {});
  });
  const make = (scheduler: Scheduler) => {
    const job = scheduler.at("2026-06-01T08:00:00Z", { name: "once", catchUp: "one" }).do(work);
    scheduler.deferToDenoCron({ heartbeat: true });
    return job;
  };
  const id = "once@2026-06-01T08:00:00.000Z";
  let call: Promise<void> | undefined;
  const checkpointer = await crash(clock, async (scheduler) => {
    make(scheduler);
    clock.set("2026-06-01T08:00:00.500Z");
    call = deno.call("workflowy-heartbeat");
    await until("it runs", () => ran.length === 1);
  }, [id, "schedule:once"]);
  await Promise.allSettled([call]);
  isSecond = true;
  clock.set("2026-06-01T08:02:00.500Z");
  for (const status of ["active", "over"]) {
    await run(checkpointer, clock, async (scheduler, runner) => {
      const job = make(scheduler);
      assertEquals([job.status, runner.orphaned], [status, []]);
      if (status === "over") return;
      await deno.call("workflowy-heartbeat");
      assertEquals(job.status, "over");
    });
  }
  assertEquals(ran, [id, id]);
});
