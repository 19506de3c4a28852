import { assertEquals } from "@std/assert";
import type { ProgressView } from "../../../src/observe/progress/frame.ts";
import { plainLine, summaryLines } from "../../../src/observe/progress/plain.ts";
import { ProgressState } from "../../../src/observe/progress/progress_state.ts";

const VIEW: ProgressView = {
  finished: 1_250,
  total: 10_000,
  failed: 3,
  cancelled: 0,
  skipped: 1,
  running: 8,
  retrying: 2,
  waiting: 8_740,
  rate: 100,
  elapsedMs: 12_500,
  hasEnd: true,
  hasRetried: false,
  runningTasks: [],
  retryingTasks: [],
  obstacles: [],
};

Deno.test("Progress is a line of counts", () => {
  assertEquals(
    plainLine(VIEW),
    "1,250/10,000 done (12%), 3 failed, 1 skipped, 8 running, 2 to be retried, 8,740 waiting, about 1.5 min left",
  );
  assertEquals(
    plainLine({ ...VIEW, hasEnd: false, failed: 0, skipped: 0, retrying: 0, waiting: 0 }),
    "1,250 done, 8 running",
  );
});

Deno.test("At the end, failures are said again, and how many tasks there were", () => {
  const state = new ProgressState([], () => {});
  const done = { ...VIEW, finished: 10_000, running: 0, retrying: 0, waiting: 0 };
  assertEquals(summaryLines({ ...done, failed: 0, skipped: 0 }, state), ["✓ 10,000 tasks completed in 12.5 s"]);
  state.kinds.set("a", {
    lines: ["✗ parse#1 failed", "    TypeError: no row"],
    short: "parse: TypeError: no row",
    count: 2,
  });
  state.byDependency = 1;
  state.unlisted = 4;
  assertEquals(summaryLines(done, state), [
    "",
    "Failures:",
    "",
    "✗ parse#1 failed",
    "    TypeError: no row",
    "    … 2 times in all",
    "… and 4 failures of other kinds",
    "",
    "✗ 9,996 tasks completed, 3 failed (1 because a dependency did), 1 skipped in 12.5 s",
  ]);
  assertEquals(summaryLines({ ...VIEW, failed: 0, skipped: 0 }, new ProgressState([], () => {})), [
    "⊘ 1,250 tasks completed, 8,750 not finished in 12.5 s",
  ]);
});
