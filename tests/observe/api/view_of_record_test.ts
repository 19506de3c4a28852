import { assertEquals } from "@std/assert";
import type { TaskRecord } from "../../../mod.ts";
import { detailsOfRecord, isTaskRecord, viewOfRecord, whyOf } from "../../../src/observe/api/view_of_record.ts";

function record(fields: Partial<TaskRecord> = {}): TaskRecord {
  return { id: "a", name: "load", status: "completed", attempts: 1, args: [], dependsOn: [], ...fields };
}

function recordsOf(...all: TaskRecord[]): Map<string, TaskRecord> {
  return new Map(all.map((each) => [each.id, each]));
}

Deno.test("isTaskRecord tells tasks from the states of jobs and from signals", () => {
  assertEquals(isTaskRecord(record()), true);
  assertEquals(isTaskRecord(record({ id: "schedule:nightly", name: "schedule" })), false);
  assertEquals(isTaskRecord(record({ id: "schedule:nightly", name: "schedule", submittedAt: 1 })), true);
  assertEquals(isTaskRecord(record({ id: "signal:x", name: "signal", module: "workflowy:waiting" })), false);
  assertEquals(isTaskRecord(record({ id: "signal:x", name: "signal", module: "main.ts" })), true);
});

Deno.test("viewOfRecord has ISO times, and leaves out what is not known", () => {
  assertEquals(viewOfRecord(record({ startedAt: 0, finishedAt: 1_500 })), {
    id: "a",
    name: "load",
    status: "completed",
    attempts: 1,
    startedAt: "1970-01-01T00:00:00.000Z",
    finishedAt: "1970-01-01T00:00:01.500Z",
  });
});

Deno.test("detailsOfRecord puts handles where they were among the arguments", () => {
  const of = (fields: Partial<TaskRecord>) => detailsOfRecord(record(fields), new Map()).args;
  assertEquals(of({ args: [null, 2], refs: [{ at: [0], id: "b" }] }), [{ handle: "b" }, 2]);
  assertEquals(of({ args: [[1, null]], refs: [{ at: [0, 1], id: "b" }] }), [[1, { handle: "b" }]]);
  assertEquals(of({ args: [{ x: 1, y: null }], refs: [{ at: [0, "y"], id: "b" }] }), [{ x: 1, y: { handle: "b" } }]);
});

Deno.test("detailsOfRecord finds children", () => {
  const all = recordsOf(record(), record({ id: "b", parent: "a" }), record({ id: "c" }));
  assertEquals(detailsOfRecord(all.get("a")!, all).children, ["b"]);
  assertEquals(detailsOfRecord(all.get("c")!, all).children, undefined);
});

const thrown = (name: string, message: string) => ({ error: { name, message, classes: [name, "Error"] } });

for (
  const [what, fields, expected] of [
    ["completed", { attempts: 2, startedAt: 0, finishedAt: 40 }, "completed on attempt 2 in 40 ms."],
    [
      "failed",
      { status: "failed", attempts: 3, error: thrown("TypeError", "no.") },
      "failed after 3 attempts with TypeError: no.",
    ],
    ["failed with a value", { status: "failed", error: { value: 7 } }, "failed with thrown: 7."],
    ["failed with undefined", { status: "failed" }, "failed with undefined."],
    ["cancelled", { status: "cancelled" }, "was cancelled."],
    ["ready", { status: "ready", attempts: 0 }, "waited for a slot."],
    [
      "retrying",
      { status: "retrying", retryAt: 0, history: [{ number: 1, startedAt: 0, finishedAt: 0, error: "Error: x" }] },
      "failed attempt 1 with Error: x; the next attempt starts at 1970-01-01T00:00:00.000Z.",
    ],
    [
      "waiting for others",
      { status: "pending", dependsOn: ["b", "none"] },
      'waited for 2 tasks: "b" (running), "none" (not on record).',
    ],
    [
      "a signal",
      { status: "pending", module: "workflowy:waiting", name: "waitFor", args: ["k"], dueAt: 0 },
      'waits for deliver("k", …); it times out at 1970-01-01T00:00:00.000Z.',
    ],
    [
      "a sleep",
      { status: "pending", module: "workflowy:waiting", name: "sleep", dueAt: 0 },
      "ends at 1970-01-01T00:00:00.000Z.",
    ],
    ["delayed", { status: "pending", dueAt: 0 }, "starts at 1970-01-01T00:00:00.000Z."],
    [
      "skipped",
      { status: "skipped", lost: { c: "failed" } },
      'was skipped, as "c" was not done, as it failed; it began with "c", which failed with RangeError: far.',
    ],
  ] as const satisfies readonly (readonly [string, Partial<TaskRecord>, string])[]
) {
  Deno.test(`whyOf: ${what}`, () => {
    const all = recordsOf(
      record(fields),
      record({ id: "b", status: "running" }),
      record({ id: "c", status: "failed", error: thrown("RangeError", "far") }),
    );
    assertEquals(whyOf(all.get("a")!, all), `"a" ${expected}`);
  });
}

Deno.test("whyOf: records whose dependencies form a circle do no harm", () => {
  const all = recordsOf(
    record({ status: "skipped", lost: { b: "skipped" } }),
    record({ id: "b", status: "skipped", lost: { a: "skipped" } }),
  );
  assertEquals(whyOf(all.get("a")!, all), '"a" was skipped, as "b" was skipped.');
});
