import { assert, assertEquals } from "@std/assert";
import type { Job } from "../../src/schedule/job.ts";
import { resolveJobOptions } from "../../src/schedule/job_options.ts";
import { JobRegistry } from "../../src/schedule/job_registry.ts";
import { bareJob } from "./bare_jobs.ts";

/** Counts how often it is asked for a value. */
class CountingSet extends Set<string> {
  lookups = 0;

  override has(value: string): boolean {
    this.lookups++;
    return super.has(value);
  }
}

Deno.test("JobRegistry finds names for very many jobs of one task, without going through those that are taken", () => {
  const keys = new CountingSet();
  const registry = new JobRegistry(keys);
  const options = resolveJobOptions({}, "of a job", []);
  let last: Job | undefined;
  for (let count = 0; count < 10_000; count++) {
    const named = registry.nameFor(options, "echo");
    last = bareJob({ ...named, options, taskName: "echo" });
    registry.add(last);
  }
  assertEquals([last?.name, keys.size], ["echo-10000", 10_000]);
  assert(keys.lookups <= 30_000, `${keys.lookups}`);
});
