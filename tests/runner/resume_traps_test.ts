import { assertEquals } from "@std/assert";
import { MemoryCheckpointer, type Task, task, TaskRunner } from "../../mod.ts";
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

Deno.test("a task that asks again and again goes on doing so, though its submissions count as one while it runs", async () => {
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
