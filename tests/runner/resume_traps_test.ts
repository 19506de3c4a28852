import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MemoryCheckpointer, type Task, task, TaskRunner } from "../../mod.ts";
import { recordingLogger } from "../support.ts";
import { load as loadCustomers } from "./programs/namesakes/customers.ts";
import { load as loadWeather } from "./programs/namesakes/weather.ts";

async function valuesOf(checkpointer: MemoryCheckpointer, tasks: Task<[string], string>[]): Promise<string[]> {
  await using runner = await TaskRunner.resume(checkpointer);
  const handles = tasks.map((each) => runner.submit(each, "Oslo"));
  await runner.run();
  return await Promise.all(handles);
}

Deno.test("tasks of the same name in two modules do not get each other's values, whatever their order", async () => {
  for (const later of [[loadWeather, loadCustomers], [loadWeather], [loadCustomers]]) {
    const checkpointer = new MemoryCheckpointer();
    const [customers, weather] = await valuesOf(checkpointer, [loadCustomers, loadWeather]);
    assertEquals([customers, weather], ["customers in Oslo", "weather in Oslo"]);
    const expected = later.map((each) => each === loadWeather ? weather : customers);
    assertEquals(await valuesOf(checkpointer, later), expected as string[]);
  }
});

Deno.test("a task that asks again and again continues doing so, though its submissions count as one while it runs", async () => {
  const checkpointer = new MemoryCheckpointer();
  let asked = 0;
  const isReady = task({ name: "is-ready", dedupBy: (job: string) => job }, (_job: string) => ++asked >= 4);
  for (const patience of [2, 10]) {
    await using runner = await TaskRunner.resume(checkpointer);
    runner.enter();
    for (let count = 0; count < patience && !await isReady.submit("a"); count++);
  }
  assertEquals(asked, 4);
});

/** What was run, by name and argument. */
const ran: string[] = [];
let isMended = false;

const visit = task({ name: "visit" }, (page: number): void => {
  ran.push(`visit ${page}`);
  // Each leads to the next ones, which it leaves to themselves.
  for (const next of [2 * page, 2 * page + 1]) if (next < 16) visit.submit(next);
  if (page === 6 && !isMended) throw new Error("page 6 is broken");
});

const ALL = Array.from({ length: 15 }, (_, page) => `visit ${page + 1}`).sort();

Deno.test("what bodies have left to itself runs in the next run, failed and cancelled tasks, too", async () => {
  const checkpointer = new MemoryCheckpointer();
  ran.length = 0;
  isMended = false;
  {
    await using runner = await TaskRunner.resume(checkpointer, { maxWorkers: 1 });
    runner.submit(visit, 1);
    await assertRejects(() => runner.run(), Error, "page 6 is broken");
  }
  const first = ran.splice(0);
  isMended = true;
  await using runner = await TaskRunner.resume(checkpointer);
  const root = runner.submit(visit, 1);
  assertEquals(root.status, "completed");
  const report = await runner.run();
  assertEquals([report.ok, runner.orphaned], [true, []]);
  const visited = new Set([...first, ...ran]);
  assertEquals([...visited].sort(), ALL);
  assertEquals(ran.filter((each) => first.includes(each) && each !== "visit 6"), [], "it had completed");
});

Deno.test("what a body has dealt with before it had finished does not run again", async () => {
  const checkpointer = new MemoryCheckpointer();
  ran.length = 0;
  const charge = task({ name: "charge" }, (card: string) => {
    ran.push(card);
    if (card === "A") throw new Error("declined");
  });
  const pay = task({ name: "pay" }, async () => {
    if (await charge.submit("A").exception() !== undefined) await charge.submit("B");
  });
  for (let round = 0; round < 2; round++) {
    await using runner = await TaskRunner.resume(checkpointer, { onTaskError: "continue" });
    const handle = runner.submit(pay);
    await runner.run();
    assertEquals(handle.status, "completed");
  }
  assertEquals(ran, ["A", "B"]);
});

Deno.test("a task that has completed does not run again for a function that it had left behind", async () => {
  const checkpointer = new MemoryCheckpointer();
  ran.length = 0;
  const parent = task({ name: "parent" }, () => {
    ran.push("parent");
    void currentFailure();
  });
  let failures = 0;
  const currentFailure = () =>
    runnerOfRound!.submit(function inner() {
      ran.push("inner");
      if (failures++ === 0) throw new Error("once");
    });
  let runnerOfRound: TaskRunner | undefined;
  for (let round = 0; round < 3; round++) {
    const logger = recordingLogger();
    await using runner = await TaskRunner.resume(checkpointer, { onTaskError: "log", logger });
    runnerOfRound = runner;
    const handle = runner.submit(parent);
    await runner.run();
    assertEquals(handle.restored, round > 0);
    const told = logger.lines.filter(({ level }) => level === "warn").map(({ data }) => String(data[0]));
    assertEquals(told.length, round > 0 ? 1 : 0);
    if (round > 0) assertStringIncludes(String(told[0]), "it was submitted as a function");
  }
  assertEquals(ran, ["parent", "inner"]);
});
