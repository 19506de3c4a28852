import { assert, assertEquals } from "@std/assert";
import { traceOf } from "../../src/observe/chrome_trace.ts";
import type { RunSnapshot } from "../../src/observe/run_snapshot.ts";
import { chromeTrace } from "../../src/observe/mod.ts";
import { currentTask, task, TaskRunner } from "../../mod.ts";
import { checkedTrace } from "./trace_format.ts";
import { NASTY, nastyRun, runOf, taskSnapshot } from "./support.ts";

const eventsOf = (run: RunSnapshot) => checkedTrace(traceOf(run));

Deno.test("Each attempt is a slice in the lane of its pool, in microseconds", () => {
  const events = eventsOf(runOf([
    taskSnapshot("load", {
      pool: "net",
      label: "page 1",
      submittedAt: 990,
      history: [
        { number: 1, status: "failed", startedAt: 1_000, finishedAt: 1_010, error: "Error: no answer" },
        { number: 2, status: "completed", startedAt: 1_030, finishedAt: 1_035 },
      ],
    }),
  ]));
  assertEquals(events.filter(({ ph }) => ph === "M").map(({ name, args }) => [name, args?.["name"]]), [
    ["process_name", "pool net"],
    ["process_sort_index", undefined],
    ["thread_name", "slot 1"],
    ["thread_sort_index", undefined],
  ]);
  assertEquals(events.filter(({ ph }) => ph === "X").map(({ name, ts, dur }) => [name, ts, dur]), [
    ["load: page 1", 0, 10_000],
    ["load: page 1", 30_000, 5_000],
  ]);
  assertEquals(events.find(({ ph }) => ph === "X")?.args, {
    id: "load#1",
    attempt: 1,
    status: "failed",
    label: "page 1",
    waited_ms: 10,
    error: "Error: no answer",
  });
});

Deno.test("An arrow leads from the end of a dependency to the start of what waited for it", () => {
  const at = (startedAt: number, dependsOn: number[]) =>
    taskSnapshot("work", {
      dependsOn,
      history: [{ number: 1, status: "completed", startedAt, finishedAt: startedAt + 5 }],
    });
  const events = eventsOf(runOf([at(0, []), at(8, [0])]));
  const [from, to] = [events.find(({ ph }) => ph === "s")!, events.find(({ ph }) => ph === "f")!];
  assertEquals([from.ts, to.ts, from.id], [4_999, 8_000, to.id]);
});

Deno.test("Strings of any kind are JSON without control characters", () => {
  const events = eventsOf(nastyRun());
  assertEquals(events.filter(({ ph }) => ph === "X").length, NASTY.length);
  // deno-lint-ignore no-control-regex
  for (const { name } of events) assert(!/[\0-\x1f\u2028]/.test(name));
  const strings = events.flatMap(({ args }) => Object.values(args ?? {})).filter((value) => typeof value === "string");
  assert(strings.length > NASTY.length);
  // deno-lint-ignore no-control-regex
  for (const string of strings) assert(!/[\0-\x08\x1b\x9b\u200f\u202e\u2066]/.test(string), string);
});

/** A task with attempts that completed. */
const ran = (...times: readonly [startedAt: number, finishedAt: number][]) =>
  taskSnapshot("work", {
    history: times.map(([startedAt, finishedAt], index) => ({
      number: index + 1,
      status: "completed",
      startedAt,
      finishedAt,
    })),
  });

Deno.test("Slices that take less than a millisecond do not overlap, and come after what they depend on", () => {
  const events = eventsOf(runOf([
    ran([0, 0]),
    ran([0, 0]),
    ran([0, 5]),
    { ...ran([0, 0]), pool: "other", dependsOn: [0, 1] },
    { ...ran([0, 3]), dependsOn: [3] },
    ran([5, 5]),
  ]));
  const slices = events.filter(({ ph }) => ph === "X");
  assertEquals(slices.map(({ pid, tid, ts, dur }) => [pid, tid, ts, dur]).sort(), [
    [1, 1, 0, 1],
    [1, 1, 1, 1],
    [1, 1, 3, 2_997],
    [1, 1, 5_000, 1],
    [1, 2, 0, 5_000],
    [2, 1, 2, 1],
  ]);
  assertEquals(events.filter(({ ph }) => ph === "s").length, 3);
});

Deno.test("There is no arrow back in time, from a dependency that ran again after what had waited for it", () => {
  const again = ran([0, 5], [20, 25]);
  const late = ran([30, 35]);
  const events = eventsOf(runOf([again, { ...ran([6, 9]), dependsOn: [0, 2] }, late]));
  assertEquals(events.filter(({ ph }) => ph === "s").map(({ ts }) => ts), [4_999]);
});

Deno.test("A run with many short tasks, retries and dependencies is a valid trace", async () => {
  await using runner = new TaskRunner({ pools: { few: { maxWorkers: 3 } }, retain: 2_000 });
  const step = task({ name: "step", retries: 2, backoff: "none" }, (..._: unknown[]) => {
    if (currentTask()!.attempt % 3 === 1) throw new Error("again");
    return 1;
  });
  const few = step.with({ pool: "few", name: "of few" });
  runner.enter();
  let last = [step.submit(), few.submit()];
  for (let index = 0; index < 300; index++) {
    last = [step.submit(...last), few.submit(last[0]), few.submit(last[1])];
  }
  await runner.run();
  const events = checkedTrace(await chromeTrace(runner));
  assertEquals(events.filter(({ ph }) => ph === "X").length, 2 * 902);
  assert(events.filter(({ ph }) => ph === "s").length >= 1_200);
});
