import { assert, assertEquals } from "@std/assert";
import { MemoryCheckpointer, type Scheduler, task, TaskRunner } from "../../mod.ts";
import { crash, recordIds, run, withoutDigests } from "./runs.ts";
import { DAY, FakeClock, MINUTE, schedulerOn } from "./support.ts";
import { settle } from "../support.ts";

const NIGHTLY = { catchUp: "one", timezone: "UTC" } as const;

Deno.test("Scheduler runs the tasks that a job's task submits each time, after a restart too", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  let count = 0;
  const pack = task({ name: "pack" }, (folder: string) => `${folder} ${++count}`);
  const check = task({ name: "check" }, (archive: string) => `${archive} checked`);
  const backUp = task({ name: "back-up" }, (folder: string) => check.submit(pack.submit(folder)));
  for (let night = 1; night <= 3; night++) {
    clock.move(DAY);
    await run(checkpointer, clock, async (scheduler) => {
      scheduler.cron("0 3 * * *", NIGHTLY).do(backUp, "notes");
      clock.move(4 * 60 * MINUTE);
      assertEquals(await Promise.all(scheduler.tick()), [`notes ${2 * night - 1} checked`]);
      clock.move(DAY);
      assertEquals(await Promise.all(scheduler.tick()), [`notes ${2 * night} checked`]);
    });
    assertEquals((await recordIds(checkpointer)).length, 6 * night + 1);
  }
});

Deno.test("Scheduler continues an interrupted run after those of its tasks that had finished", async () => {
  const clock = new FakeClock();
  const ran: string[] = [];
  let isStuck = true;
  const pack = task({ name: "pack" }, () => void ran.push("pack"));
  const send = task({ name: "send" }, () => {
    ran.push("send");
    return isStuck ? new Promise<void>(() => {}) : undefined;
  });
  const backUp = task({ name: "back-up" }, async () => {
    await pack.submit();
    await send.submit();
  });
  const id = "back-up@2026-06-01T03:00:00.000Z";
  const copy = await crash(clock, (scheduler) => {
    scheduler.cron("0 3 * * *", NIGHTLY).do(backUp);
    clock.move(4 * 60 * MINUTE);
    scheduler.tick();
  }, [id, "pack", "schedule:back-up", "send"]);
  isStuck = false;
  await run(copy, clock, async (scheduler, runner) => {
    scheduler.cron("0 3 * * *", NIGHTLY).do(backUp);
    assertEquals(runner.orphaned, []);
    await Promise.all(scheduler.tick());
  });
  assertEquals(ran, ["pack", "send", "send"]);
  assertEquals(withoutDigests(await recordIds(copy)), [id, "pack", "schedule:back-up", "send"]);
});

Deno.test("What a run of a job had left behind is an orphan after a restart, though the run had finished", async () => {
  const clock = new FakeClock();
  let isStuck = true;
  const visited: number[] = [];
  const page = task({ name: "page" }, (number: number) => {
    if (isStuck && number > 1) return new Promise<void>(() => {});
    return void visited.push(number);
  });
  const crawl = task({ name: "crawl" }, () => {
    for (const number of [1, 2, 3]) void page.submit(number);
  });
  const copy = await crash(clock, async (scheduler, runner) => {
    scheduler.cron("0 3 * * *", NIGHTLY).do(crawl);
    clock.move(4 * 60 * MINUTE);
    await Promise.all(scheduler.tick());
    await settle();
    await runner.flush(); // the state of the job as well
  }, ["crawl@2026-06-01T03:00:00.000Z", "page", "page", "page", "schedule:crawl"]);
  isStuck = false;
  await run(copy, clock, async (scheduler, runner) => {
    scheduler.cron("0 3 * * *", NIGHTLY).do(crawl);
    assertEquals([scheduler.tick(), runner.orphaned.length], [[], 2]);
    assertEquals(runner.resubmitOrphans().length, 2);
    await runner.run();
  });
  assertEquals(visited.sort(), [1, 2, 3]);
});

Deno.test("Scheduler keeps few handles on a runner that is never idle", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner({ retain: 10 });
  await using scheduler: Scheduler = schedulerOn(clock, { runner });
  const gates = [Promise.withResolvers<void>()];
  scheduler.every("1m").do(task({ name: "overlapping" }, () => gates.at(-1)!.promise));
  for (let minute = 0; minute < 100; minute++) {
    clock.move(MINUTE);
    scheduler.tick();
    await settle();
    gates.push(Promise.withResolvers());
    if (minute > 0) gates[minute - 1]!.resolve();
    await settle();
    assertEquals(runner.statistics().pools["async"]!.busy, 1);
  }
  assert(runner.handles().length <= 13, `${runner.handles().length}`);
  for (const { resolve } of gates) resolve();
});

for (const order of ["jobs", "orphans"]) {
  Deno.test(`A run that was cut short continues once, with the ${order} first`, async () => {
    const clock = new FakeClock();
    let isStuck = true;
    let active = 0, peak = 0, runs = 0;
    const backUp = task({ name: "back-up" }, async () => {
      runs++;
      peak = Math.max(peak, ++active);
      if (isStuck) await new Promise<void>(() => {});
      await settle();
      active--;
    });
    const id = "back-up@2026-06-01T03:00:00.000Z";
    const copy = await crash(clock, async (scheduler, runner) => {
      scheduler.cron("0 3 * * *", NIGHTLY).do(backUp);
      clock.move(4 * 60 * MINUTE);
      scheduler.tick();
      void runner.run().catch(() => {});
      await settle();
      await runner.flush();
    }, [id, "schedule:back-up"]);
    isStuck = false;
    active = peak = runs = 0;
    await run(copy, clock, async (scheduler, runner) => {
      const resubmitted = order === "orphans" ? runner.resubmitOrphans() : [];
      scheduler.cron("0 3 * * *", NIGHTLY).do(backUp);
      const due = scheduler.tick();
      if (order === "jobs") resubmitted.push(...runner.resubmitOrphans());
      assertEquals(new Set([...resubmitted, ...due].map((handle) => handle.id)), new Set([id]));
      await runner.run();
    });
    assertEquals([runs, peak], [1, 1]);
    assertEquals(await recordIds(copy), [id, "schedule:back-up"]);
  });
}
