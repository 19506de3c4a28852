import { assert, assertEquals } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import { timesBetween } from "./cron_oracle.ts";
import { DAY, FakeClock, MINUTE, schedulerOn } from "./support.ts";

Deno.test("Scheduler.tick() fires in a month what the table says, for thousands of jobs and in order", async () => {
  // Clocks go forward in New York on the 8th and in Berlin on the 29th.
  const [from, to] = ["2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"];
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
    add(Array.from({ length: Math.ceil(31 * DAY / interval) }, (_, index) => start + (index + 1) * interval));
  }
  for (let count = 0; count < 500; count++) {
    const time = start + 1 + (count * 104_729 * MINUTE) % (31 * DAY);
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
  assert(fired.length > 30_000, `${fired.length}`);
});
