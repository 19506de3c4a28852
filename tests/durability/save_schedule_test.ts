import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { SAVE_STATES, SaveSchedule } from "../../src/durability/save_schedule.ts";
import { PHASES } from "../../src/durability/checkpoint_writer.ts";
import { settle } from "../support.ts";

Deno.test("the states of saving, and of what is saved, are those that are documented", () => {
  assertEquals(SAVE_STATES, {
    idle: { delay: "delayed", schedule: "scheduled", begin: "saving" },
    delayed: { schedule: "scheduled", cancel: "idle", begin: "saving" },
    scheduled: { cancel: "idle", begin: "saving" },
    saving: { end: "idle" },
  });
  assertEquals(PHASES, { open: { freeze: "frozen" }, frozen: { close: "closed" }, closed: {} });
});

Deno.test("SaveSchedule without an interval saves once in this turn of the event loop", async () => {
  let saves = 0;
  const schedule = new SaveSchedule(0, () => saves++);
  for (let count = 0; count < 3; count++) schedule.request(false);
  assertEquals(saves, 0);
  await settle(2);
  assertEquals(saves, 1);
});

Deno.test("SaveSchedule waits for the interval, but not with what is urgent", async () => {
  using time = new FakeTime();
  let saves = 0;
  const schedule: SaveSchedule = new SaveSchedule(1_000, () => {
    saves++;
    schedule.begin();
    schedule.request(true); // asked for again by the caller, once it has finished
    schedule.end();
  });
  schedule.request(false);
  await time.tickAsync(999);
  assertEquals(saves, 0);
  await time.tickAsync(1);
  assertEquals(saves, 1);
  schedule.request(false);
  schedule.request(true);
  await time.tickAsync(1);
  assertEquals(saves, 2);
  await time.tickAsync(10_000);
  assertEquals(saves, 2);
});

Deno.test("SaveSchedule saves nothing that was withdrawn", async () => {
  using time = new FakeTime();
  let saves = 0;
  for (const interval of [0, 50]) {
    const schedule = new SaveSchedule(interval, () => saves++);
    schedule.request(false);
    schedule.cancel();
    await time.tickAsync(100);
    schedule.begin();
    schedule.cancel();
    schedule.request(true);
    await time.tickAsync(100);
  }
  assertEquals(saves, 0);
});
