import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { checkSnapshot, isTime } from "../../src/observe/check_snapshot.ts";
import type { RunSnapshot } from "../../src/observe/run_snapshot.ts";
import { fan, nastyRun, runOf, taskSnapshot } from "./support.ts";

Deno.test("Snapshots pass as they are, also after a way through JSON", () => {
  for (const run of [runOf([]), fan(5), nastyRun()]) {
    assertStrictEquals(checkSnapshot(run), run);
    checkSnapshot(JSON.parse(JSON.stringify(run)));
  }
});

/** Changes to a snapshot of one task, each with what the message names. */
const WRONG: readonly [change: Record<string, unknown>, named: string][] = [
  [{ status: '"><script>' }, "status of task 0"],
  [{ name: 7 }, "name of task 0"],
  [{ tags: [1] }, "tags of task 0"],
  [{ dependsOn: [1] }, "dependsOn of task 0"],
  [{ dependsOn: ["0"] }, "dependsOn of task 0"],
  [{ parent: -1 }, "parent of task 0"],
  [{ retriedAs: 9 }, "retriedAs of task 0"],
  [{ retriedAs: 0 }, "retriedAs of task 0"],
  [{ startedAt: 1e300 }, "startedAt of task 0"],
  [{ finishedAt: "<b>" }, "finishedAt of task 0"],
  [{ history: [{ number: 1, status: "odd", startedAt: 1 }] }, "history of task 0"],
  [{ history: "none" }, "history of task 0"],
  [{ error: { name: "x" } }, "error of task 0"],
  [{ error: { name: "x", message: "y", cause: 7 } }, "error of task 0"],
];

for (const [change, named] of WRONG) {
  Deno.test(`A task with ${JSON.stringify(change)} is refused`, () => {
    const run = runOf([taskSnapshot("load", change as never)]);
    assertThrows(() => checkSnapshot(run), TypeError, `${named} must not be`);
  });
}

Deno.test("What is not a snapshot at all is refused", () => {
  const run = runOf([]);
  const odd: unknown[] = [
    { ...run, version: 2 },
    { ...run, title: 1 },
    { ...run, takenAt: NaN },
    { ...run, tasks: {} },
    {
      ...run,
      tasks: [null],
    },
  ];
  for (const each of odd) assertThrows(() => checkSnapshot(each as RunSnapshot), TypeError, "not a snapshot of a run");
  const circle = { name: "x", message: "y", cause: undefined as unknown };
  circle.cause = circle;
  assertThrows(
    () => checkSnapshot(runOf([taskSnapshot("load", { error: circle as never })])),
    TypeError,
    "error of task 0",
  );
});

Deno.test("A time is one that a date can have", () => {
  assertEquals([0, -1, 8.64e15, 8.65e15, NaN, Infinity, "1"].map(isTime), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
