import { assert, assertEquals } from "@std/assert";
import { traceOf } from "../../src/observe/chrome_trace.ts";
import { NASTY, nastyRun, runOf, taskSnapshot } from "./support.ts";

interface Event {
  ph: string;
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  id?: number;
  args?: Record<string, unknown>;
}

function eventsOf(run: Parameters<typeof traceOf>[0]): Event[] {
  return JSON.parse(traceOf(run)).traceEvents;
}

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
});
