import { assert, assertEquals } from "@std/assert";
import { clock, frameOf, paint, type ProgressView, type ShownTask } from "../../../src/observe/progress/frame.ts";
import { oneLine, widthOf } from "../../../src/observe/printable.ts";
import { NASTY } from "../support.ts";

const VIEW: ProgressView = {
  finished: 25,
  total: 100,
  failed: 0,
  cancelled: 0,
  skipped: 0,
  running: 2,
  retrying: 0,
  waiting: 73,
  rate: 12.34,
  elapsedMs: 65_000,
  hasEnd: true,
  hasRetried: false,
  runningTasks: [],
  retryingTasks: [],
  obstacles: [],
};

const shown = (who: string, more: Partial<ShownTask> = {}): ShownTask => ({
  who,
  ms: 1_500,
  progress: 0,
  message: "",
  attempt: "",
  ...more,
});

Deno.test("The first line has the bar, the counts, the rate and the time that is left", () => {
  assertEquals(frameOf(VIEW, 100, 1, false), [
    "██████░░░░░░░░░░░░░░░░░░ 25/100 25%  12/s  ETA 6.1 s  1:05",
  ]);
  assertEquals(frameOf({ ...VIEW, failed: 2, skipped: 1, retrying: 3, rate: 0.5 }, 100, 1, false), [
    "██████░░░░░░░░░░░░░░░░░░ 25/100 25%  ✗ 2 failed  » 1 skipped  ↻ 3  0.5/s  ETA 2.5 min  1:05",
  ]);
  assertEquals(frameOf({ ...VIEW, hasEnd: false }, 100, 1, false), ["25 done  2 running  73 waiting  12/s  1:05"]);
  assertEquals(frameOf({ ...VIEW, name: "nightly", hasEnd: false }, 100, 1, false), [
    "nightly  25 done  2 running  73 waiting  12/s  1:05",
  ]);
  assertEquals(frameOf({ ...VIEW, total: 0, finished: 0 }, 30, 1, false), ["░░░░░░░░░░ 0/0 0%  12/s  1:05"]);
});

Deno.test("Where the first line has little room, the bar gets shorter, and then figures are left out", () => {
  const view = { ...VIEW, total: 10_252, finished: 9_584, failed: 4, rate: 1_263 };
  const head = (columns: number) => frameOf(view, columns, 1, false)[0];
  assertEquals(head(79), "███████████████░ 9,584/10,252 93%  ✗ 4 failed  1,263/s  ETA 529 ms  1:05");
  assertEquals(head(60), "█████████░ 9,584/10,252 93%  ✗ 4 failed  ETA 529 ms  1:05");
  assertEquals(head(52), "█████████░ 9,584/10,252 93%  ✗ 4 failed  ETA 529 ms");
  assertEquals(head(39), "█████████░ 9,584/10,252 93%  ✗ 4 failed");
  assertEquals(head(38), "9,584/10,252 93%  ✗ 4 failed");
  assertEquals(head(20), "9,584/10,252 93%  ✗…");
});

Deno.test("Tasks that run, are retried or wait have a line each", () => {
  const view = {
    ...VIEW,
    running: 30,
    retrying: 1,
    runningTasks: [
      shown("fetch page 1", { progress: 0.5, message: "half" }),
      shown("fetch page 2", { attempt: "attempt 2 of 4" }),
    ],
    retryingTasks: [shown("parse#3", { ms: 3_200, attempt: "attempt 2 of 4", message: "Error: no answer" })],
    obstacles: [{ name: "save", why: "waits for its throttle" }],
  };
  assertEquals(frameOf(view, 70, 6, false).slice(1), [
    "▶ fetch page 1                       1.5 s  50%  half",
    "▶ fetch page 2                       1.5 s  attempt 2 of 4",
    "  … 28 more running",
    "↻ parse#3  attempt 2 of 4 in 3.2 s  Error: no answer",
    "◔ save  waits for its throttle",
  ]);
});

Deno.test("A frame is never wider or higher than it may be", () => {
  const tasks = NASTY.map((text) => shown(oneLine(text), { message: oneLine(text), progress: 1 }));
  const view = {
    ...VIEW,
    failed: 1_000_000,
    running: 500,
    retrying: 500,
    runningTasks: tasks,
    retryingTasks: tasks,
    obstacles: NASTY.map((text) => ({ name: oneLine(text), why: oneLine(text) })),
  };
  for (let columns = 1; columns < 150; columns += 7) {
    for (let rows = -2; rows < 30; rows++) {
      const lines = frameOf(view, columns, rows, false);
      assert(lines.length <= Math.max(0, rows));
      for (const line of lines) assert(widthOf(line) <= columns);
    }
  }
});

Deno.test("Colours do not count, and end with their piece", () => {
  assertEquals(paint([["red", "red"], " and plain"], 8, true), "\x1b[31mred\x1b[0m and…");
  assertEquals(paint([["red", "red"], " and plain"], 8, false), "red and…");
  assertEquals(paint(["exact", "ly"], 5, true), "exact");
});

Deno.test("A time is as on a clock", () => {
  assertEquals([0, 59_999, 60_000, 3_723_000].map(clock), ["0:00", "0:59", "1:00", "1:02:03"]);
});
