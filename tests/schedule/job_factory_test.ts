import { assertEquals, assertThrows } from "@std/assert";
import { type JobOptions, MemoryCheckpointer, task, TaskRunner } from "../../mod.ts";
import { JOB_RECORDS } from "../../src/runner/job_records.ts";
import type { JobArgs } from "../../src/schedule/job.ts";
import { JobFactory } from "../../src/schedule/job_factory.ts";
import { resolveJobOptions } from "../../src/schedule/job_options.ts";
import { JobRegistry } from "../../src/schedule/job_registry.ts";
import { EveryTrigger } from "../../src/schedule/trigger.ts";

const echo = task({ name: "echo" }, (text: string) => text);

function factoryFor(runner: TaskRunner): JobFactory {
  const records = runner[JOB_RECORDS]();
  const registry = new JobRegistry(records.keys);
  const runNow = () => {
    throw new Error("not in this test");
  };
  return new JobFactory({ runner, records, registry, clock: () => 0, onChange: () => {}, runNow });
}

function make(factory: JobFactory, args: JobArgs, options: JobOptions = {}, what: unknown = echo) {
  const resolved = resolveJobOptions(options, "of a job", []);
  return factory.make(resolved, what as typeof echo, new EveryTrigger(1_000, 0), args);
}

Deno.test("JobFactory.make() makes jobs that submit their task with the time as id and the schedule as source", async () => {
  await using runner = new TaskRunner();
  const factory = factoryFor(runner);
  const job = make(factory, ["x"], { name: "hourly" });
  const handle = job.parts.submit(job.runAt(1_000, 1_000), undefined);
  assertEquals([handle.id, handle.source, await handle], ["hourly@1970-01-01T00:00:01.000Z", "schedule", "x"]);
  const named = make(factory, ["x"], {}, echo.with({ source: "nightly" }));
  assertEquals(named.parts.submit(named.runAt(2_000, 2_000), undefined).source, "nightly");
  await runner.run();
});

Deno.test("JobFactory.make() makes the arguments of the time for which a job runs", async () => {
  await using runner = new TaskRunner();
  const job = make(factoryFor(runner), (due) => [due.toISOString()]);
  assertEquals(await job.parts.submit(job.runAt(1_000, 1_000), undefined), "1970-01-01T00:00:01.000Z");
});

Deno.test("JobFactory.make() refuses what is not a task, what another runner has, and what cannot be saved", async () => {
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer() });
  await using other = new TaskRunner();
  const factory = factoryFor(runner);
  for (const what of [() => {}, null, "echo", {}]) {
    assertThrows(() => make(factory, [], {}, what), TypeError, "do() needs a task, not");
  }
  assertThrows(() => make(factory, ["x"], {}, echo.with({ runner: other })), TypeError, "bound it to another runner");
  assertThrows(() => make(factory, [new Date(0)]), Error, 'Cannot submit "echo", as args[0] is a Date');
});
