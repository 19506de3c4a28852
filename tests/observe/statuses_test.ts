import { assertEquals } from "@std/assert";
import { STATUSES } from "../../src/core/status.ts";
import { BY_CONCERN, countsInWords, LOOKS, overallStatus } from "../../src/observe/statuses.ts";

Deno.test("Each status has a sign and a place in lists", () => {
  assertEquals(new Set(Object.values(LOOKS).map(({ sign }) => sign)).size, STATUSES.length);
  assertEquals([...BY_CONCERN].sort(), [...STATUSES].sort());
});

Deno.test("Counts are words, what went wrong first", () => {
  assertEquals(countsInWords({ completed: 1_200, failed: 2, ready: 0 }), "2 failed, 1,200 completed");
  assertEquals(countsInWords({}), "");
});

Deno.test("The status of a group is what most needs to be seen", () => {
  assertEquals(overallStatus({ completed: 9, failed: 1, running: 1 }), "failed");
  assertEquals(overallStatus({ completed: 9, running: 1 }), "running");
  assertEquals(overallStatus({ completed: 9, pending: 1 }), "running");
  assertEquals(overallStatus({ completed: 9 }), "completed");
  assertEquals(overallStatus({ pending: 9 }), "pending");
  assertEquals(overallStatus({}), "pending");
});
