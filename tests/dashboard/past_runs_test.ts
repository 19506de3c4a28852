import { assertEquals } from "@std/assert";
import { pastRuns, type PastTask } from "../../src/dashboard/live/past_runs.ts";

const HOUR = 3_600_000;

Deno.test("pastRuns() finds runs by the breaks between them", () => {
  const tasks: PastTask[] = [
    { status: "failed", startedAt: HOUR + 200, finishedAt: HOUR + 900 },
    { status: "completed", startedAt: 0, finishedAt: 50_000 },
    { status: "completed", startedAt: 100_000, finishedAt: 130_000 }, // soon enough to belong to the one before
    { status: "cancelled", startedAt: undefined, finishedAt: HOUR },
    { status: "completed", startedAt: HOUR + 100, finishedAt: HOUR + 3_000 },
  ];
  assertEquals(pastRuns(tasks), [
    { mode: "on record", startedAt: 0, finishedAt: 130_000, counts: { completed: 2 } },
    { mode: "on record", startedAt: HOUR, finishedAt: HOUR + 3_000, counts: { cancelled: 1, completed: 1, failed: 1 } },
  ]);
  assertEquals(pastRuns([]), []);
});
