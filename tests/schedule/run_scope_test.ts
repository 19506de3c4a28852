import { assert, assertEquals } from "@std/assert";
import { MemoryCheckpointer, type Scheduler, task, TaskRunner } from "../../mod.ts";
import { crash, recordIds, run } from "./runs.ts";
import { DAY, FakeClock, MINUTE, schedulerOn } from "./support.ts";
import { settle, until } from "../support.ts";

const NIGHTLY = { catchUp: "one", timezone: "UTC" } as const;

Deno.test("Scheduler runs the tasks that a job's task submits each time, after a restart too, and removes their records", async () => {
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
    assertEquals(await recordIds(checkpointer), ["schedule:back-up"]);
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
  }, [id, `${id}/pack`, `${id}/send`, "schedule:back-up"]);
  isStuck = false;
  await run(copy, clock, async (scheduler, runner) => {
    scheduler.cron("0 3 * * *", NIGHTLY).do(backUp);
    assertEquals(runner.orphaned, []);
    await Promise.all(scheduler.tick());
  });
  assertEquals(ran, ["pack", "send", "send"]);
  assertEquals(await recordIds(copy), ["schedule:back-up"]);
});

Deno.test("Scheduler removes the records of what a run has submitted and does not wait for, but not those with a key of their own", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const gate = Promise.withResolvers<void>();
  const slow = task({ name: "slow" }, () => gate.promise);
  const inner = task({ name: "inner" }, () => void slow.submit());
  const outer = task({ name: "outer" }, async () => {
    await inner.submit();
    await inner.with({ key: "mine" }).submit();
  });
  await run(checkpointer, clock, async (scheduler) => {
    scheduler.every("1m").do(outer);
    clock.move(MINUTE);
    await Promise.all(scheduler.tick());
    const isSlowOnly = async () =>
      (await recordIds(checkpointer)).join().replace(/#\w+/g, "") ===
        "mine,outer@2026-06-01T00:01:00.000Z/slow,outer@2026-06-01T00:01:00.000Z/slow~2";
    await until("two tasks are under way", isSlowOnly);
    gate.resolve();
  });
  assertEquals(await recordIds(checkpointer), ["mine"]);
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
