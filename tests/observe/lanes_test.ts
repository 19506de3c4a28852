import { assert, assertEquals } from "@std/assert";
import { lanesOf } from "../../src/observe/lanes.ts";
import type { AttemptSnapshot, TaskSnapshot } from "../../src/observe/run_snapshot.ts";
import { randomOf } from "../support.ts";
import { runOf, taskSnapshot } from "./support.ts";

/** A task with attempts from and to some times. */
function timed(
  spans: readonly (readonly [from: number, to?: number])[],
  more: Partial<TaskSnapshot> = {},
): TaskSnapshot {
  const history = spans.map(([startedAt, finishedAt], index): AttemptSnapshot => ({
    number: index + 1,
    status: finishedAt === undefined ? "running" : "completed",
    startedAt,
    ...(finishedAt !== undefined && { finishedAt }),
  }));
  return taskSnapshot("work", { history, attempts: history.length, ...more });
}

Deno.test("Attempts at the same time are in lanes of their own, and lanes are used again", () => {
  const { pools: [pool], start, end } = lanesOf(
    runOf([timed([[0, 10]]), timed([[5, 15]]), timed([[10, 20]]), timed([[16, 17]])]),
  );
  assertEquals(pool!.lanes.map(({ bars }) => bars.map(({ task }) => task)), [[0, 2], [1, 3]]);
  assertEquals([start, end], [0, 20]);
});

Deno.test("Pools and workers have lanes of their own", () => {
  const at = (worker: string, startedAt: number): TaskSnapshot =>
    taskSnapshot("work", {
      pool: "threads",
      history: [{ number: 1, status: "completed", startedAt, finishedAt: startedAt + 1, worker }],
    });
  const { pools } = lanesOf(
    runOf([at("thread-10", 0), at("thread-2", 0), at("thread-2", 2), timed([[0, 1]], { pool: "async" })]),
  );
  assertEquals(pools.map(({ pool, lanes }) => [pool, lanes.map(({ worker }) => worker)]), [
    ["threads", ["thread-2", "thread-10"]],
    ["async", [undefined]],
  ]);
});

Deno.test("A wait is from the moment when the task was ready, or its last attempt ended", () => {
  const { pools: [pool] } = lanesOf(runOf([timed([[10, 20], [50, 60]], { submittedAt: 1, readyAt: 4 })]));
  assertEquals(pool!.bars.map(({ waitedFrom }) => waitedFrom), [4, 20]);
});

Deno.test("What runs ends at the time of the snapshot; what an earlier run did is left out", () => {
  const { pools: [pool], restored } = lanesOf(runOf([timed([[10]]), timed([[1, 2]], { restored: true })], 99));
  assertEquals(pool!.bars.map(({ start, end }) => [start, end]), [[10, 99]]);
  assertEquals(restored, 1);
  assertEquals(lanesOf(runOf([])).pools, []);
});

Deno.test("No two bars of a lane overlap, and there are no more lanes than needed", () => {
  const below = randomOf(5);
  const tasks = Array.from({ length: 500 }, () => {
    const from = below(1_000);
    return timed([[from, from + below(60)]]);
  });
  const { pools: [pool] } = lanesOf(runOf(tasks));
  for (const { bars } of pool!.lanes) bars.forEach((bar, at) => assert(at === 0 || bars[at - 1]!.end <= bar.start));
  const busy = Array.from(
    { length: 1_100 },
    (_, time) => pool!.bars.filter(({ start, end }) => start <= time && (end > time || end === start)).length,
  );
  assert(pool!.lanes.length <= Math.max(...busy) + 1);
});
