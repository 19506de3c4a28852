import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  DEFAULT_SCHEDULER,
  jobIdOf,
  parseRunId,
  runIdOf,
  schedulerStateIdOf,
  stateIdOf,
} from "../../src/core/job_run_id.ts";

const DUE = Date.parse("2026-06-01T03:00:00Z");

Deno.test("runIdOf() gives ids that people can read", () => {
  assertEquals(
    runIdOf(jobIdOf(DEFAULT_SCHEDULER, "nightly"), { due: DUE, number: 1 }),
    "nightly@2026-06-01T03:00:00.000Z",
  );
  assertEquals(
    runIdOf(jobIdOf("reports", "in the morning"), { due: DUE, number: 2 }),
    "reports:in the morning@2026-06-01T03:00:00.000Z~2",
  );
  assertEquals(runIdOf("nightly", { due: DUE, number: 1, isExtra: true }), "nightly@2026-06-01T03:00:00.000Z~now");
  assertEquals(runIdOf("nightly", { due: DUE, number: 3, isExtra: true }), "nightly@2026-06-01T03:00:00.000Z~now3");
  assertEquals(stateIdOf(jobIdOf(DEFAULT_SCHEDULER, "nightly")), "schedule:nightly");
});

Deno.test("parseRunId() finds the job and the time again", () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom("a", "@", ":", "~", "%", "4", "0", "#", "\n", "é") }),
    fc.constantFrom("a@2026-06-01T03:00:00.000Z", "schedule", "schedule:a", "scheduler-2", "scheduler-2:a", "a~2"),
  );
  const times = fc.integer({ min: -8.64e15, max: 8.64e15 });
  const run = fc.tuple(name, name, times, fc.integer({ min: 1, max: 3 }), fc.boolean());
  const property = fc.property(fc.array(run), (runs) => {
    const ids = new Map<string, string>();
    for (const [scheduler, job, due, number, isExtra] of runs) {
      const jobId = jobIdOf(scheduler, job);
      const runId = runIdOf(jobId, { due, number, isExtra });
      assertEquals(parseRunId(runId), { jobId, due, number, isExtra });
      assertEquals(parseRunId(stateIdOf(jobId)), undefined);
      // Different things have different ids.
      for (
        const [id, what] of [
          [runId, ["run", scheduler, job, due, number, isExtra]],
          [stateIdOf(jobId), ["state", scheduler, job]],
          [schedulerStateIdOf(scheduler), ["state", scheduler]],
        ] as const
      ) {
        assertEquals(ids.get(id) ?? JSON.stringify(what), JSON.stringify(what));
        ids.set(id, JSON.stringify(what));
      }
    }
  });
  fc.assert(property, { numRuns: 500, seed: 1 });
});

Deno.test("parseRunId() takes no other id for that of a run", () => {
  for (
    const id of [
      "nightly",
      "nightly#0123456789",
      "a@b",
      "@2026-06-01T03:00:00.000Z",
      "a@2026-06-01T03:00:00.000Z/b",
      "",
    ]
  ) {
    assertEquals(parseRunId(id), undefined, id);
  }
});
