import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonReport, ReportedTask } from "../../../src/cli/attach/run_data.ts";
import { junitReport } from "../../../src/cli/run/junit.ts";
import type { TaskDetails } from "../../../src/observe/api/task_view.ts";

function report(...tasks: Partial<ReportedTask>[]): JsonReport {
  const base: TaskDetails = {
    id: "a",
    name: "load",
    status: "completed",
    attempts: 1,
    dependsOn: [],
    history: [],
    why: "why",
  };
  return {
    v: 1,
    program: 'x"<&>.ts',
    startedAt: "2026-06-01T00:00:00.000Z",
    finishedAt: "2026-06-01T00:00:01.500Z",
    durationMs: 1_500,
    ok: true,
    submitted: tasks.length,
    counts: {},
    tasks: tasks.map((task) => ({ ...base, ...task })),
  };
}

Deno.test("junitReport has a test case for each task, with its time", () => {
  const times = { startedAt: "2026-06-01T00:00:00.000Z", finishedAt: "2026-06-01T00:00:00.250Z" };
  assertEquals(
    junitReport(report({ label: "the shop", ...times })),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="workflowy" tests="1" failures="0" errors="0" skipped="0" time="1.5">
  <testsuite name="x&quot;&lt;&amp;&gt;.ts" tests="1" failures="0" errors="0" skipped="0" time="1.5" timestamp="2026-06-01T00:00:00">
    <testcase classname="load" name="the shop (a)" time="0.25"/>
  </testsuite>
</testsuites>
`,
  );
});

Deno.test("junitReport: a failure has the stacks of its causes, and anything unfinished is skipped", () => {
  const error = {
    name: "TypeError",
    message: "a\nb",
    stack: "TypeError: a\n    at x",
    cause: { name: "Error", message: "c" },
  };
  const text = junitReport(report({ status: "failed", error }, { status: "cancelled" }, { status: "pending" }));
  assertStringIncludes(text, 'tests="3" failures="1" errors="0" skipped="2"');
  assertStringIncludes(
    text,
    '<failure type="TypeError" message="a&#10;b">TypeError: a&#10;    at x&#10;Caused by: Error: c</failure>',
  );
  assertStringIncludes(text, '<skipped message="why"/>');
});

Deno.test("junitReport: a wait of a body that failed is skipped", () => {
  const error = { name: "TaskTimeoutError", message: "no answer" };
  const text = junitReport(report({ status: "failed", error, parent: "approve", why: "it was out of time" }));
  assertStringIncludes(text, 'tests="1" failures="0" errors="0" skipped="1"');
  assertStringIncludes(text, '<skipped message="it was out of time"/>');
});

Deno.test("junitReport leaves out what XML cannot have", () => {
  const text = junitReport(report({ label: "a\x00\x1b[31m\ud800\uffff\tb" }));
  assertStringIncludes(text, 'name="a[31m\ufffd&#9;b (a)"');
});

Deno.test("junitReport: of a task that was retried, the last one counts", () => {
  const error = { name: "Error", message: "not up" };
  const text = junitReport(
    report({ status: "failed", error, retried: true }, {}, { id: "b", status: "failed", error }),
  );
  assertStringIncludes(text, `tests="2" failures="1" errors="0" skipped="0"`);
  assertEquals(text.match(/<testcase .*?name="\w"/g)?.length, 2);
});
