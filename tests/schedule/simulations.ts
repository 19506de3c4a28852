/**
 * Simulations of some days in every test run, and of a month in the long one.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Scheduler, task, TaskRunner } from "../../mod.ts";
import { timesBetween } from "./cron_oracle.ts";
import { DAY, FakeClock, HOUR, MINUTE, pass, schedulerOn } from "./support.ts";

/** Registers a test that calls `tick()` every minute of so many days. */
export function testTicks(days: number): void {
  Deno.test(`Scheduler.tick() fires in ${days} days what the table says, for thousands of jobs and in order`, async () => {
    // Clocks move forward in New York on the 8th and in Berlin on the 29th.
    const from = "2026-03-01T00:00:00Z";
    const to = new Date(Date.parse(from) + days * DAY).toISOString();
    const clock = new FakeClock(from);
    const start = clock.now;
    await using runner = new TaskRunner({ maxWorkers: 10_000 });
    await using scheduler = schedulerOn(clock, { runner });
    const expected: [time: number, job: number][] = [];
    const nothing = task({ name: "nothing" }, () => {});
    let job = 0;
    const add = (times: readonly number[]) => {
      for (const time of times) if (time > start && time < Date.parse(to)) expected.push([time, job]);
      job++;
    };

    for (const timezone of ["America/New_York", "Europe/Berlin"]) {
      for (
        const expression of [
          "30 2 * * *",
          "*/45 1-3 * * *",
          "0 0 1 * *",
          "0 9 * * MON-FRI",
          "15 14 13,31 * 5",
          "7 * * * *",
        ]
      ) {
        const times = timesBetween(expression, timezone, from, to).map((time) => Date.parse(time));
        for (let count = 0; count < 10; count++) {
          scheduler.cron(expression, { timezone, name: `${job}` }).do(nothing);
          add(times);
        }
      }
    }
    for (let count = 0; count < 3_000; count++) {
      const interval = (400 + (count * 7_919) % 20_000) * MINUTE;
      scheduler.every(interval, { name: `${job}` }).do(nothing);
      add(Array.from({ length: Math.ceil(days * DAY / interval) }, (_, index) => start + (index + 1) * interval));
    }
    for (let count = 0; count < 500; count++) {
      const time = start + 1 + (count * 104_729 * MINUTE) % (days * DAY);
      scheduler.at(time, { name: `${job}` }).do(nothing);
      add([time]);
    }

    const fired: string[] = [];
    for (; clock.now < Date.parse(to); clock.move(MINUTE)) {
      for (const { id } of scheduler.tick()) fired.push(id);
    }
    await scheduler.stop();
    expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const last = Date.parse(to) - MINUTE;
    assertEquals(
      fired,
      expected.filter(([time]) => time <= last).map(([time, each]) => `${each}@${new Date(time).toISOString()}`),
    );
    assert(fired.length > 950 * days, `${fired.length}`);
  });
}

/** Registers a test in which `start()` sees so many days pass. */
export function testStart(days: number): void {
  Deno.test(`Scheduler.start() simulates ${days} days of many jobs with all that is due, in order`, async () => {
    using time = new FakeTime("2026-03-01T00:00:00Z");
    const start = Date.now();
    await using runner = new TaskRunner({ maxWorkers: 10_000 });
    await using scheduler = new Scheduler({ runner });
    const fired: string[] = [];
    const note = task({ name: "note" }, (job: number) => void fired.push(`${Date.now()} ${job}`));
    const expected: [time: number, job: number][] = [];
    for (let job = 0; job < 500; job++) {
      const interval = (1 + job % 37) * HOUR;
      scheduler.every(interval).do(note, job);
      for (let at = start + interval; at <= start + days * DAY; at += interval) expected.push([at, job]);
    }
    scheduler.start();
    for (let hour = 0; hour < days * 24; hour++) await pass(time, HOUR, HOUR);
    await scheduler.stop();
    assertEquals(fired, expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((each) => each.join(" ")));
    assert(fired.length > 1_000 * days);
  });
}
