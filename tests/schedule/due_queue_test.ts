import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { DelayedRun, DueQueue } from "../../src/schedule/due_queue.ts";
import { AtTrigger, EveryTrigger } from "../../src/schedule/trigger.ts";
import { bareJob } from "./bare_jobs.ts";
import { FakeClock, SECOND } from "./support.ts";

Deno.test("DueQueue.take() returns jobs by time, those of one time in the order in which they were made", () => {
  const queue = new DueQueue(() => 0);
  const slow = bareJob({ trigger: new EveryTrigger(10, 0) });
  const first = bareJob({ trigger: new EveryTrigger(5, 0) });
  const second = bareJob({ trigger: new EveryTrigger(5, 0) });
  for (const job of [slow, second, first]) queue.put(job, 0);
  assertEquals(queue.take(4), undefined);
  assertEquals([queue.take(10), queue.take(10), queue.take(10), queue.take(10)], [first, second, slow, undefined]);
});

Deno.test("DueQueue.put() leaves out a job that is not due any more", () => {
  const queue = new DueQueue(() => 0);
  const job = bareJob({ trigger: new AtTrigger(5) });
  queue.put(job, 0);
  assertEquals(job.due, 5);
  queue.put(job, 5);
  assertEquals([job.due, queue.take(10)], [undefined, undefined]);
});

Deno.test("DueQueue.remove() removes a job, but not its delayed runs, which removeDelayed() returns in order", () => {
  const queue = new DueQueue(() => 0);
  const job = bareJob({ trigger: new EveryTrigger(5, 0) });
  const runs = [5, 10].map((due) => job.runAt(due, due));
  queue.put(job, 0);
  for (const run of runs) queue.delay(job, run, run.due + 100);
  queue.remove(job);
  assertEquals([job.due, queue.hasDelayed(job)], [undefined, true]);
  const [first] = runs;
  const taken = queue.take(105) as DelayedRun;
  assertEquals([taken instanceof DelayedRun, taken.run], [true, first]);
  assertEquals(queue.removeDelayed(job), [runs[1]]);
  assertEquals([queue.hasDelayed(job), queue.take(1_000)], [false, undefined]);
});

Deno.test("DueQueue.readClock() tells by how much the clock was set back, if that is more than an adjustment", () => {
  const clock = new FakeClock();
  const queue = new DueQueue(clock.read);
  const seen: number[] = [];
  for (const by of [0, 5_000, -900, -1_100, -60_000, 1]) {
    clock.move(by);
    seen.push(queue.readClock().setBackBy);
  }
  assertEquals(seen, [0, 0, 0, 1_100, 60_000, 0]);
});

Deno.test("DueQueue.advanceDelayed() moves delayed runs to earlier times", () => {
  const queue = new DueQueue(() => 0);
  const job = bareJob({ trigger: new EveryTrigger(5, 0) });
  queue.delay(job, job.runAt(5, 5), 1_000);
  queue.advanceDelayed(900);
  assertEquals([queue.take(99), queue.take(100) instanceof DelayedRun], [undefined, true]);
});

Deno.test("DueQueue.start() calls back when a job is due, and at least each 30 seconds, until stop()", async () => {
  using time = new FakeTime(0);
  const queue = new DueQueue(Date.now);
  const job = bareJob({ trigger: new AtTrigger(40 * SECOND) });
  queue.put(job, 0);
  const calls: number[] = [];
  queue.start(() => {
    calls.push(Date.now() / SECOND);
    queue.take(Date.now());
  });
  await time.tickAsync(75 * SECOND);
  queue.stop();
  await time.tickAsync(75 * SECOND);
  assertEquals(calls, [30, 40, 70]);
});
