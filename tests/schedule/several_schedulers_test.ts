import { assertEquals, assertThrows } from "@std/assert";
import { MemoryCheckpointer, type Scheduler, type SchedulerOptions, task, TaskRunner } from "../../mod.ts";
import { recordIds } from "./runs.ts";
import { DAY, FakeClock, HOUR, schedulerOn } from "./support.ts";

const sync = task({ name: "sync" }, (what: string) => what);
const HOURLY = { timezone: "UTC", catchUp: "one" } as const;

/** A program with two schedulers on one runner, both with a job of one task; returns what they catch up on. */
async function runBoth(
  checkpointer: MemoryCheckpointer,
  clock: FakeClock,
  options: readonly [SchedulerOptions, SchedulerOptions],
  names: readonly [string?, string?] = [],
): Promise<unknown[]> {
  await using runner = await TaskRunner.resume(checkpointer);
  await using first = schedulerOn(clock, { runner, ...options[0] });
  await using second = schedulerOn(clock, { runner, ...options[1] });
  first.cron("0 * * * *", { ...HOURLY, name: names[0] }).do(sync, "hourly");
  second.cron("0 3 * * *", { ...HOURLY, name: names[1] }).do(sync, "nightly");
  return await Promise.all([...first.tick(), ...second.tick()]);
}

Deno.test("Schedulers of one runner have jobs of their own, though these have the same names", async () => {
  for (
    const options of [[{}, {}], [{ name: "a" }, { name: "b" }], [{}, { name: "b" }]] satisfies SchedulerOptions[][]
  ) {
    const clock = new FakeClock("2026-06-01T12:30:00Z");
    const checkpointer = new MemoryCheckpointer();
    const both = options as [SchedulerOptions, SchedulerOptions];
    assertEquals(await runBoth(checkpointer, clock, both), []);
    clock.move(DAY);
    assertEquals(await runBoth(checkpointer, clock, both), ["hourly", "nightly"]);
    assertEquals(await runBoth(checkpointer, clock, both), []);
    const prefixes = both.map(({ name }, index) => name ?? ["", "scheduler-2"][index]!).map((name) =>
      name && `${name}:`
    );
    const ids = [
      `${prefixes[0]}sync@2026-06-01T13:00:00.000Z`,
      `${prefixes[1]}sync@2026-06-02T03:00:00.000Z`,
      ...prefixes.map((prefix) => `schedule:${prefix}sync`),
    ];
    assertEquals(await recordIds(checkpointer), ids.sort());
  }
});

Deno.test("Schedulers that are given one name share the states of their jobs, and no two jobs have one key", async () => {
  const clock = new FakeClock("2026-06-01T12:30:00Z");
  const checkpointer = new MemoryCheckpointer();
  const options = [{ name: "a" }, { name: "a" }] as const;
  assertEquals(await runBoth(checkpointer, clock, options, ["hourly", "nightly"]), []);
  clock.move(DAY);
  // In the other order.
  await using runner = await TaskRunner.resume(checkpointer);
  await using first = schedulerOn(clock, { runner, name: "a" });
  await using second = schedulerOn(clock, { runner, name: "a" });
  first.cron("0 3 * * *", { ...HOURLY, name: "nightly" }).do(sync, "nightly");
  second.cron("0 * * * *", { ...HOURLY, name: "hourly" }).do(sync, "hourly");
  assertThrows(
    () => second.every("1h", { name: "nightly" }).do(sync, "x"),
    RangeError,
    'There is a job with the key "nightly" already: give this one another name, or a key',
  );
  assertEquals(await Promise.all([...first.tick(), ...second.tick()]), ["nightly", "hourly"]);
  // Names that are not given are free ones.
  const made = [first, second, first].map((scheduler) => scheduler.every("1h").do(sync, "x").name);
  assertEquals(made, ["sync", "sync-2", "sync-3"]);
});

Deno.test("Schedulers that are given one name are paused together, and resumed by any of them", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  await using first = schedulerOn(clock, { runner, name: "a" });
  await using second = schedulerOn(clock, { runner, name: "a" });
  await using other = schedulerOn(clock, { runner, name: "b" });
  const all = [first, second, other];
  const jobs = all.map((scheduler) => scheduler.every("1h").do(sync, "x"));
  const states = () => all.map(({ paused }, index) => `${paused} ${jobs[index]!.status}`);
  first.pause();
  assertEquals(states(), ["true paused", "true paused", "false active"]);
  clock.move(HOUR);
  assertEquals(all.map((scheduler) => scheduler.tick().length), [0, 0, 1]);
  second.resume();
  assertEquals(states(), ["false active", "false active", "false active"]);
  {
    await using third = schedulerOn(clock, { runner, name: "a" });
    jobs.push(third.every("1h").do(sync, "x"));
    clock.move(HOUR);
    third.tick();
  }
  second.pause();
  assertEquals(jobs.map(({ status }) => status), ["paused", "paused", "active", "active"], "the third one has ended");
});

Deno.test("A scheduler that was disposed of leaves its name, and the keys of its jobs, to the next one", async () => {
  const clock = new FakeClock();
  await using runner = new TaskRunner();
  const idsOf = async (scheduler: Scheduler) => {
    await using _ = scheduler;
    const job = scheduler.every("1h").do(sync, "x");
    clock.move(HOUR);
    const ids = scheduler.tick().map(({ id }) => id.replace(/@.*/, ""));
    return { ids, job };
  };
  const first = await idsOf(schedulerOn(clock, { runner }));
  const second = schedulerOn(clock, { runner });
  assertEquals(first.ids, ["sync"]);
  const job = second.every("1h").do(sync, "y");
  first.job.cancel();
  clock.move(HOUR);
  assertEquals(second.tick().map(({ id }) => id.replace(/@.*/, "")), ["sync"]);
  const third = await idsOf(schedulerOn(clock, { runner }));
  assertEquals(third.ids, ["scheduler-2:sync"]);
  assertThrows(() => second.every("1h", { key: job.name }).do(sync, "x"), RangeError, "with the key");
  await second[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  assertEquals((await idsOf(schedulerOn(clock, { runner }))).ids, ["sync"]);
});

Deno.test("Keys of a program never lead to what belongs to a job, though they look like it", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const make = (scheduler: Scheduler) => scheduler.every("1h", { name: "nightly", catchUp: "one" }).do(sync, "job's");
  const keys = ["nightly@2026-06-01T01:00:00.000Z", "schedule:nightly", "nightly@2026-06-01T01:00:00.000Z~2"];
  for (let program = 0; program < 2; program++) {
    await using runner = await TaskRunner.resume(checkpointer);
    await using scheduler = schedulerOn(clock, { runner });
    const job = make(scheduler);
    const before = keys.map((key) => runner.submit(sync.with({ key }), `mine ${key}`));
    if (program === 0) clock.move(HOUR);
    const handles = scheduler.tick();
    assertEquals(await Promise.all(handles), program === 0 ? ["job's"] : []);
    assertEquals(await Promise.all(before), keys.map((key) => `mine ${key}`));
    assertEquals(job.nextFire, new Date("2026-06-01T02:00:00Z"));
    if (program === 0) assertEquals(handles[0]!.id, keys[0]);
  }
});

Deno.test("Jobs whose names have the marks of ids are found again, each by its own", async () => {
  const checkpointer = new MemoryCheckpointer();
  const clock = new FakeClock();
  const names = ["a@b", "a:b", "b", "schedule:b", "50%", "a@2026-06-01T01:00:00.000Z"];
  for (let program = 0; program < 3; program++) {
    await using runner = await TaskRunner.resume(checkpointer);
    await using scheduler = schedulerOn(clock, { runner });
    await using named = schedulerOn(clock, { runner, name: "a" });
    for (const each of [scheduler, named]) {
      for (const name of names) each.every("1h", { name, catchUp: "one" }).do(sync, name);
    }
    const handles = [...scheduler.tick(), ...named.tick()];
    assertEquals(await Promise.all(handles), program === 0 ? [] : [...names, ...names]);
    assertEquals(new Set(handles.map(({ id }) => id)).size, handles.length);
    clock.move(HOUR);
  }
});
