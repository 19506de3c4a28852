import { assertEquals } from "@std/assert";
import { MemoryCheckpointer, task, TaskRunner } from "../../mod.ts";
import { JOB_RECORDS, SchedulerNames } from "../../src/runner/job_records.ts";
import { specOfFunction } from "../../src/tasks/spec.ts";

const DUE = Date.parse("2026-06-01T03:00:00Z");

Deno.test("SchedulerNames gives free names, and one name to all that ask for it", () => {
  const names = new SchedulerNames();
  assertEquals([1, 2, 3].map(() => names.open(undefined)), ["scheduler", "scheduler-2", "scheduler-3"]);
  assertEquals([names.open("a"), names.open("a"), names.open("scheduler-4")], ["a", "a", "scheduler-4"]);
  assertEquals(names.open(undefined), "scheduler-5");
  names.close("scheduler-2");
  assertEquals(names.open(undefined), "scheduler-2");
});

Deno.test("SchedulerNames keeps the keys of a name until all its schedulers are closed", () => {
  const names = new SchedulerNames();
  for (let count = 0; count < 2; count++) names.open("a");
  names.keysOf("a").add("nightly");
  names.close("a");
  assertEquals([...names.keysOf("a")], ["nightly"]);
  names.close("a");
  names.open("a");
  assertEquals([...names.keysOf("a")], []);
});

Deno.test("JobRecords keeps the state of a job for the next program, under the name of the scheduler", async () => {
  const checkpointer = new MemoryCheckpointer();
  {
    await using runner = new TaskRunner({ checkpointer });
    runner[JOB_RECORDS]("a").putState("nightly", { until: 5 }, 5);
    runner[JOB_RECORDS]("b").putState("nightly", { until: 6 }, 6);
    runner[JOB_RECORDS]("b").putState("gone", { until: 7 }, 7);
    runner[JOB_RECORDS]("b").deleteState("gone");
  }
  await using runner = await TaskRunner.resume(checkpointer);
  const [a, b] = [runner[JOB_RECORDS]("a"), runner[JOB_RECORDS]("b")];
  assertEquals([a.takeState("nightly"), b.takeState("nightly"), b.takeState("gone")], [
    { until: 5 },
    { until: 6 },
    undefined,
  ]);
  assertEquals(a.takeState("nightly"), undefined, "it is taken once");
});

Deno.test("JobRecords claims the unfinished runs of a job that it will be due for again, and no others", async () => {
  const checkpointer = new MemoryCheckpointer();
  const record = { name: "work", status: "running", attempts: 1, args: [], dependsOn: [] } as const;
  const ids = [
    "nightly@2026-06-01T03:00:00.000Z", // before the time until which all is complete
    "nightly@2026-06-02T03:00:00.000Z",
    "nightly@2026-06-02T03:00:00.000Z~2",
    "nightly@2026-06-02T04:00:00.000Z~now", // the program asked for it
    "hourly@2026-06-02T03:00:00.000Z",
    "other:nightly@2026-06-02T03:00:00.000Z",
  ];
  await checkpointer.save(ids.map((id) => ({ ...record, id })));
  await using runner = await TaskRunner.resume(checkpointer);
  const records = runner[JOB_RECORDS]();
  records.claimUnfinished("nightly", (due) => due <= DUE);
  const left = [ids[0], ids[3], ids[4], ids[5]];
  assertEquals(runner.orphaned.map(({ id }) => id), left as string[]);
  // A state that is complete beyond a run deletes that run: another one stood for it.
  records.putState("nightly", { until: DUE + 86_400_000 }, DUE + 86_400_000);
  await runner.flush();
  const saved = (await Array.fromAsync(checkpointer.load())).map(({ id }) => id);
  assertEquals(saved.sort(), [...left as string[], "schedule:nightly"].sort());
});

Deno.test("JobRecords without a checkpoint knows nothing, and submits runs under their ids", async () => {
  await using runner = new TaskRunner();
  const records = runner[JOB_RECORDS]();
  records.putState("nightly", { until: 5 }, 5);
  records.claimUnfinished("nightly", () => false);
  const run = { job: "nightly", due: DUE, number: 1 };
  assertEquals([records.takeState("nightly"), records.hasFinished(run)], [undefined, false]);
  const handle = records.submitRun(run, specOfFunction(() => 42), [], undefined);
  assertEquals([handle.id, await handle], ["nightly@2026-06-01T03:00:00.000Z", 42]);
});

Deno.test("JobRecords.isWithin() tells whether the caller belongs to one of the runs", async () => {
  await using runner = new TaskRunner();
  const records = runner[JOB_RECORDS]();
  const handles = new Set<object>();
  const child = task({ name: "child" }, () => records.isWithin(handles));
  const handle = records.submitRun(
    { job: "nightly", due: DUE, number: 1 },
    specOfFunction(async () => [records.isWithin(handles), await child.submit()]),
    [],
    undefined,
  );
  handles.add(handle);
  assertEquals([records.isWithin(handles), await handle, await child.with({ runner }).submit()], [
    false,
    [true, true],
    false,
  ]);
});

Deno.test("JobRecords.isWithinRun() tells whether the caller belongs to the run of a time", async () => {
  await using runner = new TaskRunner();
  const records = runner[JOB_RECORDS]();
  const run = { job: "nightly", due: DUE, number: 1 };
  const answers = () =>
    [run, { ...run, due: DUE + 1 }, { ...run, job: "daily" }].map((each) => records.isWithinRun(each));
  const child = task({ name: "child" }, answers);
  const body = async () => [answers(), await child.submit()];
  const handle = records.submitRun(run, specOfFunction(body), [], undefined);
  const within = [true, false, false];
  assertEquals([answers(), await handle, answers()], [[false, false, false], [within, within], [false, false, false]]);
});

Deno.test("JobRecords.onPaused() hears of each change by schedulers of its name, until it is closed", async () => {
  await using runner = new TaskRunner();
  const [first, second] = [runner[JOB_RECORDS]("a"), runner[JOB_RECORDS]("a")];
  const told: string[] = [];
  first.onPaused((isPaused) => told.push(`first ${isPaused}`));
  second.onPaused((isPaused) => told.push(`second ${isPaused}`));
  runner[JOB_RECORDS]("b").setPaused(true);
  first.setPaused(true);
  first.setPaused(true);
  first.close();
  second.setPaused(false);
  assertEquals(told, ["first true", "second true", "second false"]);
});
