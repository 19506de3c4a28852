/**
 * Shows jobs at intervals, at times of day, once, and on events.
 *
 *     deno run examples/schedule.ts
 *
 * @module
 */

import { Scheduler, task } from "@workflowy/workflowy";

const say = task({ name: "say" }, (text: string) => console.log(text));

// With the real clock: start(), and stop() at the end.
{
  await using scheduler = new Scheduler();
  // On a busy computer an interval may be missed. "all" catches up, so that this program prints the same each time.
  scheduler.every("300ms", { catchUp: "all" }).do(say, "tick");

  const uploads = new EventTarget();
  scheduler.on<CustomEvent<string>>(uploads, "upload").do(say, ({ detail }) => [`uploaded: ${detail}`]);

  const closed = Promise.withResolvers<void>();
  scheduler.at(Date.now() + 750).do(task({ name: "close" }, () => closed.resolve()));

  scheduler.start();
  uploads.dispatchEvent(new CustomEvent("upload", { detail: "cat.jpg" }));
  await closed.promise;
  await scheduler.stop();
}

// With a clock of its own, as in tests: tick() submits what is due. This is the night in which the clocks in Berlin go
// forward from 2:00 to 3:00.
{
  let now = Date.parse("2026-03-28T22:00:00Z");
  await using scheduler = new Scheduler({ clock: () => now });
  const timezone = "Europe/Berlin";
  const tell = task({ name: "tell" }, (what: string) => {
    const time = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainTime();
    console.log(`${time.toString({ smallestUnit: "minute" })}  ${what}`);
  });
  scheduler.cron("30 2 * * *", { timezone }).do(tell, "back up (at 2:30, which does not exist tonight)");
  scheduler.cron("0 */3 * * *", { timezone }).do(tell, "every three hours");
  scheduler.cron("0 9 * * MON-FRI", { timezone }).do(tell, "on work days (tomorrow is not one)");
  scheduler.at("2026-03-29T06:00:00+02:00").do(tell, "once");
  console.log("\nNext:");
  for (const job of scheduler.jobs()) {
    console.log(`  ${job.name.padEnd(6)}  ${job.nextFire!.toLocaleString("en-GB", { timeZone: timezone })}`);
  }
  console.log();
  for (const end = now + 12 * 3_600_000; now < end; now += 60_000) await Promise.all(scheduler.tick());
}
