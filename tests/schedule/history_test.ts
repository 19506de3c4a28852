import { assert, assertEquals } from "@std/assert";
import { MemoryCheckpointer, readCheckpoint, type Scheduler, task, TaskRunner } from "../../mod.ts";
import { tempFolder, until } from "../support.ts";
import { recordIds } from "./runs.ts";
import { DAY, FakeClock, schedulerOn } from "./support.ts";

/** A job that fails in the first of its nights. */
function nightly(scheduler: Scheduler) {
  const work = task({ name: "nightly" }, (day: number) => {
    if (day === 2) throw new RangeError("disk full");
    return `day ${day}`;
  });
  return scheduler.cron("0 3 * * *", { timezone: "UTC", catchUp: "all" }).do(work, (due) => [due.getUTCDate()]);
}

Deno.test("What ran in the last nights is on record, and can be listed while the program runs and afterwards", async () => {
  await using folder = await tempFolder();
  const path = folder.file();
  const clock = new FakeClock("2026-06-01T12:00:00Z");
  const list = async () => {
    const records = await Array.fromAsync(readCheckpoint(path));
    return records.filter(({ source }) => source === "schedule")
      .map(({ id, status, value, error, attempts, startedAt, finishedAt }) => {
        assert(attempts === 1 && startedAt! <= finishedAt!);
        return [id, status, value, error !== undefined && "error" in error ? error.error.message : undefined];
      });
  };
  const expected = [
    ["nightly@2026-06-02T03:00:00.000Z", "failed", undefined, "disk full"],
    ["nightly@2026-06-03T03:00:00.000Z", "completed", "day 3", undefined],
  ];
  {
    await using runner = await TaskRunner.resume(path, { onTaskError: "continue" });
    await using scheduler = schedulerOn(clock, { runner });
    nightly(scheduler);
    clock.move(2 * DAY);
    await Promise.allSettled(scheduler.tick());
    assertEquals(await list(), expected);
    const runs = runner.handles().filter(({ source }) => source === "schedule");
    assertEquals(runs.map(({ id, status }) => [id, status]), expected.map((entry) => entry.slice(0, 2)));
  }
  assertEquals(await list(), expected);
});

Deno.test("Records of runs go as retention says; what failed stays if it says so, and so does how far the job is", async () => {
  const clock = new FakeClock("2026-06-01T12:00:00Z");
  const checkpointer = new MemoryCheckpointer();
  const program = async (expected: number, left: readonly string[]) => {
    await using runner = await TaskRunner.resume(checkpointer, {
      onTaskError: "continue",
      retention: { completed: 1 },
    });
    await using scheduler = schedulerOn(clock, { runner });
    nightly(scheduler);
    const handles = scheduler.tick();
    assertEquals(handles.length, expected);
    await Promise.allSettled(handles);
    await until(
      "the records of completed runs are deleted",
      async () => `${await recordIds(checkpointer)}` === `${left}`,
    );
  };
  await program(0, ["schedule:nightly"]);
  clock.move(3 * DAY);
  await program(3, ["nightly@2026-06-02T03:00:00.000Z", "schedule:nightly"]);
  await program(0, ["nightly@2026-06-02T03:00:00.000Z", "schedule:nightly"]);
});
