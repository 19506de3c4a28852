import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  currentTask,
  type Duration,
  type ScheduledJob,
  Scheduler,
  task,
  type TaskHandle,
  TaskRunner,
} from "../../mod.ts";
import { recordingLogger } from "../support.ts";
import { testTicks } from "./simulations.ts";
import { DAY, FakeClock, HOUR, MINUTE, schedulerOn, SECOND } from "./support.ts";

const echo = task({ name: "echo" }, (text: string) => text);

function ids(handles: readonly TaskHandle<unknown>[]): string[] {
  return handles.map(({ id }) => id.replace(/.*@/, "").slice(11, 19));
}

Deno.test("Scheduler.tick() fires an interval job one interval after it was made, and then at each further one", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const job = scheduler.every("10s").do(echo, "x");
  assertEquals(job.nextFire, new Date("2026-06-01T00:00:10Z"));
  const fired: string[] = [];
  for (let second = 0; second <= 35; second++) {
    fired.push(...ids(scheduler.tick()));
    clock.move(SECOND);
  }
  assertEquals(fired, ["00:00:10", "00:00:20", "00:00:30"]);
  assertEquals(await job.lastHandle, "x");
});

Deno.test("Scheduler.tick() keeps intervals anchored however late it is called", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const job = scheduler.every("10s").do(echo, "x");
  for (const late of [3_000, 9_999, 1]) {
    clock.now = job.nextFire!.getTime() + late;
    assertEquals(scheduler.tick().length, 1);
  }
  assertEquals(job.nextFire, new Date("2026-06-01T00:00:40Z"));
});

Deno.test("Scheduler.tick() is never early, not even by a millisecond", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  scheduler.every(1_000).do(echo, "x");
  scheduler.cron("1 0 * * *", { timezone: "UTC" }).do(echo, "y");
  scheduler.at("2026-06-01T00:02:00Z").do(echo, "z");
  for (
    const [time, count] of [[999, 0], [999.9, 0], [1_000, 1], [59_999.5, 1], [60_000, 2], [119_999, 1], [120_000, 2]]
  ) {
    clock.now = Date.parse("2026-06-01T00:00:00Z") + time!;
    assertEquals(scheduler.tick().length, count, `${time}`);
  }
});

Deno.test("Scheduler.tick() fires in the order in which jobs are due, and those of one time as they were made", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  scheduler.every("3m").do(echo, "three");
  scheduler.every("1m").do(echo, "one");
  scheduler.cron("* * * * *", { timezone: "UTC" }).do(echo, "cron");
  scheduler.at("2026-06-01T00:00:30Z").do(echo, "at");
  scheduler.every("1m").do(echo, "one again");
  clock.move(3 * MINUTE);
  assertEquals(await Promise.all(scheduler.tick()), ["at", "one", "cron", "one again", "three"]);
});

Deno.test("Scheduler.tick() fires each job once after a long sleep, and then continues as before", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const jobs = [
    scheduler.every("10s").do(echo, "x"),
    scheduler.cron("*/5 * * * *", { timezone: "UTC" }).do(echo, "y"),
    scheduler.every("10s", { catchUp: "one" }).do(echo, "z"),
  ];
  clock.move(DAY + 3 * SECOND);
  assertEquals(scheduler.tick().length, 3);
  assertEquals(scheduler.tick().length, 0);
  assertEquals(jobs.map(({ nextFire }) => nextFire?.toISOString().slice(0, 19)), [
    "2026-06-02T00:00:10",
    "2026-06-02T00:05:00",
    "2026-06-02T00:00:10",
  ]);
});

Deno.test('Scheduler.tick() fires each time that was missed with catchUp: "all"', async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  scheduler.every("10s", { catchUp: "all", name: "ten" }).do(echo, "x");
  scheduler.cron("* * * * *", { catchUp: "all", timezone: "UTC", name: "minute" }).do(echo, "y");
  clock.move(2 * MINUTE + 5 * SECOND);
  const handles = scheduler.tick();
  assertEquals(handles.filter(({ id }) => id.startsWith("ten")).length, 12);
  assertEquals(ids(handles.filter(({ id }) => id.startsWith("minute"))), ["00:01:00", "00:02:00"]);
  assertEquals(ids(handles), ids(handles).toSorted());
  assertEquals(scheduler.tick(), []);
});

Deno.test("Scheduler.tick() continues intervals after the clock was set back, without a burst", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const job = scheduler.every("10s").do(echo, "x");
  clock.move(10 * SECOND);
  assertEquals(scheduler.tick().length, 1);
  clock.move(4 * SECOND);
  scheduler.tick();
  clock.move(-5 * HOUR);
  assertEquals(scheduler.tick(), []);
  let count = 0;
  for (let second = 0; second < 60; second++) {
    clock.move(SECOND);
    count += scheduler.tick().length;
  }
  assertEquals(count, 6);
  assertEquals(job.nextFire!.getTime() - clock.now <= 10 * SECOND, true);
});

Deno.test("Scheduler.tick() runs each time again for which it ran before the clock was set back by some intervals", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const ran: string[] = [];
  scheduler.every("1h").do(task({ name: "note" }, () => void ran.push(currentTask()!.id.slice(16))));
  for (const back of [3, 2]) {
    for (let hour = 0; hour < 4; hour++) {
      clock.move(HOUR);
      await Promise.all(scheduler.tick());
    }
    clock.move(-back * HOUR);
    assertEquals(scheduler.tick(), []);
  }
  const first = [1, 2, 3, 4].map((hour) => `0${hour}:00:00.000Z`);
  assertEquals(ran, [...first, "02:00:00.000Z~2", "03:00:00.000Z~2", "04:00:00.000Z~2", "05:00:00.000Z"]);
});

Deno.test("Scheduler.tick() runs each day again after the clock was wrong by days", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const ran: string[] = [];
  scheduler.cron("0 3 * * *", { timezone: "UTC" }).do(task({ name: "note" }, () => void ran.push(currentTask()!.id)));
  for (let round = 1; round <= 2; round++) {
    for (let day = 0; day < 4; day++) {
      clock.move(DAY);
      await Promise.all(scheduler.tick());
    }
    clock.move(-4 * DAY);
    assertEquals(scheduler.tick(), []);
  }
  const days = [1, 2, 3, 4].map((day) => `note@2026-06-0${day}T03:00:00.000Z`);
  assertEquals(ran, [...days, ...days.map((id) => `${id}~2`)]);
});

Deno.test("Scheduler.tick() fires no cron job twice for a time that repeats as the clock was set back", async () => {
  const clock = new FakeClock("2026-06-01T07:59:59Z");
  await using scheduler = schedulerOn(clock);
  scheduler.cron("0 8 * * *", { timezone: "UTC" }).do(echo, "x");
  clock.set("2026-06-01T08:00:01Z");
  assertEquals(scheduler.tick().length, 1);
  clock.set("2026-06-01T06:30:00Z");
  assertEquals(scheduler.tick().length, 0);
  clock.set("2026-06-01T08:30:00Z");
  assertEquals(scheduler.tick().length, 0);
  clock.set("2026-06-02T08:00:00Z");
  assertEquals(scheduler.tick().length, 1);
});

Deno.test("Scheduler.tick() ignores adjustments of less than a second", async () => {
  const clock = new FakeClock("2026-06-01T08:00:00Z");
  await using scheduler = schedulerOn(clock);
  const job = scheduler.cron("0 8 * * *", { timezone: "UTC" }).do(echo, "x");
  clock.set("2026-06-02T08:00:00.100Z");
  assertEquals(scheduler.tick().length, 1);
  clock.set("2026-06-02T07:59:59.900Z");
  assertEquals(scheduler.tick().length, 0);
  clock.set("2026-06-02T08:00:00Z");
  assertEquals(scheduler.tick().length, 0);
  assertEquals(job.nextFire, new Date("2026-06-03T08:00:00Z"));
});

Deno.test("Scheduler.tick() does not wait for years after the clock was wrong by years", async () => {
  const clock = new FakeClock("2036-06-01T00:00:00Z");
  await using scheduler = schedulerOn(clock);
  const cron = scheduler.cron("0 8 * * *", { timezone: "UTC" }).do(echo, "x");
  const paused = scheduler.every("1h").do(echo, "y");
  clock.move(9 * HOUR);
  scheduler.tick();
  paused.pause();
  clock.set("2026-06-01T00:00:00Z");
  scheduler.tick();
  assertEquals(cron.nextFire, new Date("2026-06-01T08:00:00Z"));
  paused.resume();
  assertEquals(paused.nextFire, new Date("2026-06-01T01:00:00Z"));
});

Deno.test("Scheduler.at() fires once and ends", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const job = scheduler.at(new Date("2026-06-01T12:00:00Z")).do(echo, "x");
  assertEquals([job.status, scheduler.jobs().length], ["active", 1]);
  clock.move(13 * HOUR);
  const [handle] = scheduler.tick();
  assertEquals(await handle, "x");
  assertEquals([job.status, job.nextFire, scheduler.jobs().length], ["over", undefined, 0]);
  clock.move(DAY);
  assertEquals(scheduler.tick(), []);
});

Deno.test("Scheduler.at() takes points in time of all kinds", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const noon = Temporal.Instant.from("2026-06-01T12:00:00Z");
  const points = [
    noon,
    noon.toZonedDateTimeISO("Asia/Tokyo"),
    new Date(noon.epochMilliseconds),
    noon.epochMilliseconds,
    "2026-06-01T12:00:00Z",
    "2026-06-01T14:00:00+02:00",
    "2026-06-01T14:00[Europe/Zurich]",
    "2026-06-01T07:00[Etc/GMT+5]",
    "2026-06-01T14:00+02:00[Europe/Berlin]",
    "2026-06-01 12:00z",
  ];
  for (const point of points) {
    assertEquals(scheduler.at(point).do(echo, "x").nextFire, new Date("2026-06-01T12:00:00Z"));
  }
  const here = (text: string) => scheduler.at(text).do(echo, "x").nextFire!;
  assertEquals(here("2026-06-02"), new Date(2026, 5, 2));
  assertEquals(here("2026-06-02T08:30"), new Date(2026, 5, 2, 8, 30));
});

Deno.test("Scheduler.at() refuses what is not a time, and what has passed by more than a minute", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  for (
    const point of [
      "tomorrow",
      "12:00",
      "2026-13-01",
      "2027-02-30T00:00Z",
      "2027-01-01T00:00[Mars]",
      NaN,
      Infinity,
      1e300,
      new Date(NaN),
      "",
    ]
  ) {
    assertThrows(() => scheduler.at(point), RangeError, "The time of a job must be a date");
  }
  for (const point of [undefined, null, {}, 5n, Temporal.PlainDate.from("2026-06-02")]) {
    assertThrows(() => scheduler.at(point as never), TypeError, "The time of a job must be a Date");
  }
  assertThrows(() => scheduler.at(clock.now - MINUTE), RangeError, "2026-05-31T23:59:00.000Z has");
  scheduler.at(clock.now - MINUTE + 1).do(echo, "just now");
  scheduler.at(clock.now).do(echo, "now");
  scheduler.at("2020-01-01T00:00:00Z", { catchUp: "one" }).do(echo, "long ago");
  assertEquals(await Promise.all(scheduler.tick()), ["long ago", "just now", "now"]);
  assertEquals(scheduler.jobs(), []);
});

Deno.test("Scheduler.every() refuses what is not an interval", async () => {
  await using scheduler = new Scheduler();
  for (const interval of [0, -5, 0.5, NaN, Infinity, 1e300, "0s"]) {
    assertThrows(() => scheduler.every(interval as Duration), RangeError, "The interval of a job");
  }
  for (const interval of ["soon", "5 minutes", "-1s"]) {
    assertThrows(() => scheduler.every(interval as Duration), RangeError, "The interval of a job");
  }
  for (const interval of [undefined, null, {}, true]) {
    assertThrows(() => scheduler.every(interval as never), TypeError, "The interval of a job");
  }
  assertThrows(() => scheduler.every(Temporal.Duration.from({ months: 1 })), RangeError, "calendar");
});

Deno.test("Scheduler.every() takes all durations", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const after = (interval: Duration) => scheduler.every(interval).do(echo, "").nextFire!.getTime() - clock.now;
  assertEquals(
    [1, "250ms", "1.5s", "10m", "2h", "1d", Temporal.Duration.from({ minutes: 5 })].map((each) =>
      after(each as Duration)
    ),
    [1, 250, 1_500, 600_000, 7_200_000, DAY, 300_000],
  );
});

Deno.test("Scheduler.every() warns once of numbers that may have been meant in seconds", async () => {
  const { lines, ...logger } = recordingLogger();
  await using scheduler = new Scheduler({ logger });
  scheduler.every(1_000);
  scheduler.every("60ms");
  scheduler.every(Temporal.Duration.from({ milliseconds: 60 }));
  assertEquals(lines, []);
  scheduler.every(60);
  scheduler.every(5);
  assertEquals(lines.map(({ level, data }) => [level, ...data]), [
    ["warn", 'every(60) is due every 60 milliseconds: write "60s" if seconds are meant, or "60ms" if not'],
  ]);
});

Deno.test("Scheduler.cron() names the field, the zone or the option that is wrong", async () => {
  await using scheduler = new Scheduler();
  assertThrows(() => scheduler.cron("61 * * * *"), RangeError, 'its minute, "61"');
  assertThrows(() => scheduler.cron("0 0 31 2 *"), RangeError, "never due");
  assertThrows(() => scheduler.cron(5 as never), TypeError, "must be a string");
  for (const timezone of ["Mars/Olympus", "Berlin", "+99:00", "SystemV/EST5", "2026-01-01T00:00Z"]) {
    assertThrows(
      () => scheduler.cron("@daily", { timezone }),
      RangeError,
      `timezone of a cron job must be a time zone such as "Europe/Berlin" or "UTC", not "${timezone}"`,
    );
  }
  assertThrows(() => scheduler.cron("@daily", { timezone: "" }), RangeError, "timezone");
  assertThrows(() => scheduler.cron("@daily", { timezone: 5 as never }), TypeError, "timezone");
  assertThrows(() => scheduler.cron("@daily", { zone: "UTC" } as never), TypeError, 'Unknown option "zone"');
  assertThrows(() => scheduler.cron("@daily", { overlap: "drop" as never }), RangeError, "overlap of a cron job");
  assertThrows(() => scheduler.cron("@daily", { catchUp: true as never }), TypeError, "catchUp of a cron job");
  assertThrows(() => scheduler.cron("@daily", { jitter: -1 }), RangeError, "jitter of a cron job");
  assertThrows(() => scheduler.cron("@daily", { name: "" }), RangeError, "name of a cron job");
  assertThrows(() => scheduler.cron("@daily", null as never), TypeError, "options of a cron job");
  assertThrows(() => scheduler.every("1s", { timezone: "UTC" }), TypeError, 'Unknown option "timezone"');
  assertThrows(() => scheduler.at("2999-01-01", { timezone: "UTC" }), TypeError, 'Unknown option "timezone"');
});

Deno.test("Scheduler.cron() fires by the clock of its time zone, and by default by the computer's", async () => {
  const clock = new FakeClock("2026-03-28T12:00:00Z");
  await using scheduler = schedulerOn(clock);
  const inBerlin = scheduler.cron("30 8 * * *", { timezone: "Europe/Berlin" }).do(echo, "x");
  assertEquals(inBerlin.nextFire, new Date("2026-03-29T06:30:00Z")); // summer time begins at 1:00
  const inKolkata = scheduler.cron("0 8 * * *", { timezone: "Asia/Kolkata" }).do(echo, "y");
  assertEquals(inKolkata.nextFire, new Date("2026-03-29T02:30:00Z"));
  const here = scheduler.cron("0 8 * * *").do(echo, "z").nextFire!;
  assertEquals([here.getHours(), here.getMinutes()], [8, 0]);
});

Deno.test("Scheduler.tick() fires later with jitter, within its bounds, and not always by the same time", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const jobs: ScheduledJob[] = [];
  for (let count = 0; count < 200; count++) jobs.push(scheduler.every("1m", { jitter: "10s" }).do(echo, "x"));
  assertEquals(jobs.every(({ nextFire }) => nextFire!.getTime() === clock.now + MINUTE), true);
  const bySecond: number[] = [];
  for (let second = 0; second < 75; second++) {
    bySecond.push(scheduler.tick().length);
    clock.move(SECOND);
  }
  assertEquals(bySecond.slice(0, 60).every((count) => count === 0), true);
  assertEquals(bySecond.slice(60, 71).reduce((a, b) => a + b), 200);
  assert(bySecond.slice(61, 70).filter((count) => count > 0).length >= 8, "spread over ten seconds");
  assertEquals(jobs[0]!.nextFire, new Date("2026-06-01T00:02:00Z"));
});

Deno.test("Scheduler.tick() starts a run for each time, though the jitter is longer than the interval", async () => {
  const clock = new FakeClock();
  const start = clock.now;
  await using scheduler = schedulerOn(clock);
  scheduler.every("1s", { jitter: "10s" }).do(echo, "x");
  const delays: number[] = [];
  for (let tenth = 0; tenth < 6_100; tenth++) {
    for (const { id } of scheduler.tick()) delays.push(clock.now - Date.parse(id.slice(id.indexOf("@") + 1)));
    if (tenth === 6_000) assertEquals(clock.now - start, 600 * SECOND);
    clock.move(100);
  }
  assert(delays.length >= 600 && delays.length <= 610, `${delays.length}`);
  assert(delays.every((delay) => delay >= 0 && delay <= 10 * SECOND + 100), `${Math.max(...delays)}`);
  assert(Math.max(...delays) > 9 * SECOND && Math.min(...delays) < SECOND, "spread over ten seconds");
});

Deno.test("Scheduler.tick() runs an at() with jitter once, and ends it then", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const job = scheduler.at(clock.now + MINUTE, { jitter: "1h" }).do(echo, "x");
  const cancelled = scheduler.at(clock.now + MINUTE, { jitter: "1h" }).do(echo, "y");
  clock.move(MINUTE);
  assertEquals([scheduler.tick().length, job.status, cancelled.cancel()], [0, "active", true]);
  let count = 0;
  for (let minute = 0; minute < 60; minute++) {
    clock.move(MINUTE);
    count += scheduler.tick().length;
  }
  assertEquals([count, await job.lastHandle, job.status, cancelled.lastHandle], [1, "x", "over", undefined]);
});

Deno.test("Scheduler.tick() skips a run that waits for its jitter when its job is paused", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const job = scheduler.every("1h", { jitter: "59m", catchUp: "all" }).do(echo, "x");
  clock.move(HOUR);
  assertEquals(scheduler.tick(), []);
  job.pause();
  clock.move(59 * MINUTE);
  assertEquals(scheduler.tick(), []);
  job.resume();
  assertEquals(scheduler.tick(), []);
  clock.move(HOUR);
  assertEquals(scheduler.tick().map(({ id }) => id), ["echo@2026-06-01T02:00:00.000Z"]);
});

Deno.test("Scheduler.tick() does not wait for hours for a run with jitter after the clock was set back by hours", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  scheduler.every("5h", { jitter: "1h" }).do(echo, "x");
  clock.move(5 * HOUR);
  assertEquals(scheduler.tick(), []);
  clock.move(-5 * HOUR);
  assertEquals(scheduler.tick(), []);
  clock.move(HOUR);
  assertEquals(scheduler.tick().length, 1);
});

Deno.test("Scheduler.tick() submits to the runner given, with the schedule as source and the job and time as id", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner });
  scheduler.every("1h", { name: "hourly" }).do(echo, "x");
  scheduler.every("1h", { key: "mine" }).do(echo, "x");
  clock.move(HOUR);
  const handles = scheduler.tick();
  assertEquals(handles, runner.handles());
  assertEquals(handles.map(({ id }) => id), ["hourly@2026-06-01T01:00:00.000Z", "mine@2026-06-01T01:00:00.000Z"]);
  assertEquals(handles.map(({ source, name }) => [source, name]), [["schedule", "echo"], ["schedule", "echo"]]);
});

testTicks(8);
