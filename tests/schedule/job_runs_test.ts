import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { currentTask, MemoryCheckpointer, type Overlap, Scheduler, task, TaskRunner } from "../../mod.ts";
import { FakeClock, HOUR, pass, schedulerOn, SECOND } from "./support.ts";
import { settle, sleep } from "../support.ts";

/** Runs a task of 25 s every 10 s for a while; returns when its attempts began and ended. */
async function timelineOf(overlap: Overlap): Promise<string[]> {
  using time = new FakeTime(0);
  await using scheduler = new Scheduler();
  const seen: string[] = [];
  let count = 0;
  const slow = task({ name: "slow" }, async () => {
    const number = ++count;
    seen.push(`${Date.now() / 1000} begins ${number}`);
    currentTask()!.signal.addEventListener("abort", () => seen.push(`${Date.now() / 1000} aborted ${number}`));
    await sleep(25_000);
    if (!currentTask()!.signal.aborted) seen.push(`${Date.now() / 1000} ends ${number}`);
  });
  scheduler.every("10s", { overlap }).do(slow);
  scheduler.start();
  await pass(time, 45 * SECOND);
  const stopped = scheduler.stop();
  await pass(time, 60 * SECOND);
  await stopped;
  return seen;
}

Deno.test('Scheduler with overlap: "allow" lets tasks run at the same time', async () => {
  assertEquals(await timelineOf("allow"), [
    "10 begins 1",
    "20 begins 2",
    "30 begins 3",
    "35 ends 1",
    "40 begins 4",
    "45 ends 2",
    "55 ends 3",
    "65 ends 4",
  ]);
});

Deno.test('Scheduler with overlap: "skip" skips what is due meanwhile', async () => {
  assertEquals(await timelineOf("skip"), ["10 begins 1", "35 ends 1", "40 begins 2", "65 ends 2"]);
});

Deno.test('Scheduler with overlap: "queue" lets what is due wait for the one before', async () => {
  assertEquals(await timelineOf("queue"), ["10 begins 1", "35 ends 1", "35 begins 2", "60 ends 2"]);
});

Deno.test('Scheduler with overlap: "cancel-previous" cancels the old task and starts the new one', async () => {
  assertEquals(await timelineOf("cancel-previous"), [
    "10 begins 1",
    "20 aborted 1",
    "20 begins 2",
    "30 aborted 2",
    "30 begins 3",
    "40 aborted 3",
    "40 begins 4",
    "65 ends 4",
  ]);
});

Deno.test('Scheduler with overlap: "queue" starts queued runs in order, one at a time, whenever tick() is called', async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using scheduler = schedulerOn(clock, { runner });
  const gates: PromiseWithResolvers<void>[] = [];
  let running = 0;
  const gated = task({ name: "gated" }, async () => {
    assertEquals(++running, 1);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    running--;
  });
  scheduler.every("1s", { overlap: "queue" }).do(gated);
  for (let count = 0; count < 4; count++) {
    clock.move(SECOND);
    assertEquals(scheduler.tick().length, count === 0 ? 1 : 0);
    await settle();
  }
  // A listener may call tick() as soon as a task has finished.
  runner.addEventListener("completed", () => void scheduler.tick());
  for (let count = 0; count < 4; count++) {
    clock.move(count === 0 ? SECOND : 0);
    gates[count]!.resolve();
    await settle();
  }
  gates[4]!.resolve();
  await settle();
  assertEquals(runner.handles().map(({ id, status }) => [id.slice(-10), status]), [
    ["00:01.000Z", "completed"],
    ["00:02.000Z", "completed"],
    ["00:03.000Z", "completed"],
    ["00:04.000Z", "completed"],
    ["00:05.000Z", "completed"],
  ]);
});

Deno.test('Scheduler with overlap: "skip" runs again as soon as the last task has finished', async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  scheduler.every("1s", { overlap: "skip" }).do(task({ name: "quick" }, () => "done"));
  for (let count = 0; count < 5; count++) {
    clock.move(SECOND);
    const handles = scheduler.tick();
    assertEquals(handles.length, 1);
    await handles[0];
  }
});

Deno.test("Scheduler survives a long queue, and drops it when the job is cancelled", async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const gate = Promise.withResolvers<void>();
  let count = 0;
  const job = scheduler.every("1s", { overlap: "queue", catchUp: "all", catchUpLimit: Infinity }).do(
    task({ name: "gated" }, () => {
      count++;
      return gate.promise;
    }),
  );
  clock.move(100_000 * SECOND);
  assertEquals(scheduler.tick().length, 1);
  job.cancel();
  gate.resolve();
  await job.lastHandle;
  await settle();
  assertEquals(count, 1);
});

Deno.test('Scheduler with overlap: "queue" continues after a task that cannot be submitted', async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock, { logger: { ...console, error: () => {} } });
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  const picky = task({
    name: "picky",
    dedupBy: () => {
      asked++;
      if (asked === 2 || asked === 3) throw new Error("not now");
      return `${asked}`;
    },
  }, () => gate.promise);
  const job = scheduler.every("1s", { overlap: "queue" }).do(picky);
  for (let count = 0; count < 4; count++) {
    clock.move(SECOND);
    scheduler.tick();
  }
  gate.resolve();
  await settle();
  assertEquals([asked, job.lastHandle!.id.slice(-10), job.lastHandle!.status], [4, "00:04.000Z", "completed"]);
});

Deno.test('Scheduler with overlap: "cancel-previous" leaves a task alone that the program has submitted as well', async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  await using runner = await TaskRunner.resume(checkpointer);
  await using scheduler = schedulerOn(clock, { runner });
  const gate = Promise.withResolvers<string>();
  const shared = task({ name: "shared", dedupBy: () => "one at a time" }, () => gate.promise);
  const job = scheduler.every("1h", { overlap: "cancel-previous", catchUp: "one" }).do(shared);
  const own = runner.submit(shared);
  for (let hour = 0; hour < 3; hour++) {
    clock.move(HOUR);
    assertEquals(scheduler.tick(), [own]);
  }
  job.cancel();
  await settle();
  gate.resolve("done");
  assertEquals(await own, "done");
  await runner.flush();
  const records = await Array.fromAsync(checkpointer.load());
  assertEquals(records.map(({ id, status }) => [id, status]), [[own.id, "completed"]]);
});

Deno.test('Scheduler with overlap: "cancel-previous" cancels also by the signal that its task has', async () => {
  const clock = new FakeClock();
  await using scheduler = schedulerOn(clock);
  const controller = new AbortController();
  const wait = task({ name: "wait" }, () => onceAborted(currentTask()!.signal));
  scheduler.every("1h", { overlap: "cancel-previous" }).do(wait.with({ signal: controller.signal }));
  clock.move(HOUR);
  const [first] = scheduler.tick();
  clock.move(HOUR);
  const [second] = scheduler.tick();
  await first!.exception();
  assertEquals([first!.status, second!.done], ["cancelled", false]);
  controller.abort();
  await second!.exception();
  assertEquals(second!.status, "cancelled");
});

function onceAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
