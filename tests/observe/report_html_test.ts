import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { reportHtml, type ReportHtmlOptions } from "../../src/observe/report_html.ts";
import { READABLE } from "../../src/observe/task_graph.ts";
import { NASTY, nastyRun, runOf, taskSnapshot } from "./support.ts";

const OPTIONS: ReportHtmlOptions = { grouping: "auto", limits: READABLE, theme: "auto" };

/** The data in a page. */
function dataIn(html: string) {
  return JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(html)![1]!);
}

async function hashOf(source: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(source)));
  return `sha256-${digest.toBase64()}`;
}

Deno.test("The policy of a page allows its own script and style, and nothing else", async () => {
  const html = await reportHtml(runOf([taskSnapshot("load")]), OPTIONS);
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!.replaceAll("&#39;", "'");
  const [, script] = /<script>([^]*?)<\/script>/.exec(html)!;
  const [, style] = /<style>([^]*?)<\/style>/.exec(html)!;
  assertEquals(
    policy,
    `default-src 'none'; script-src '${await hashOf(script!)}'; style-src '${await hashOf(
      style!,
    )}'; base-uri 'none'; form-action 'none'`,
  );
  assertEquals(html.match(/<style/g)?.length, 1);
  assertEquals(/ style="|\shref=|\ssrc=|\son\w+=/.test(html.replace(script!, "")), false);
});

Deno.test("No string leaves its place", async () => {
  const html = await reportHtml(nastyRun(), OPTIONS);
  assertEquals(html.match(/<script/g)?.length, 2);
  assertEquals(html.match(/<\/script/g)?.length, 2);
  assertEquals(/<img|<!--/.test(html), false);
  const { tasks, names } = dataIn(html);
  assertEquals(tasks.length, NASTY.length);
  assertEquals(names[0], NASTY[0]);
});

Deno.test("The duration of a run lasts until now while something runs", async () => {
  const at = Date.UTC(2026, 10, 30, 7, 29, 49);
  const load = taskSnapshot("load", { status: "running", submittedAt: at, startedAt: at + 5 });
  const html = await reportHtml({ ...runOf([load]), takenAt: at + 60_000 }, OPTIONS);
  assertStringIncludes(html, "from 2026-11-30 07:29:49 UTC, over 1 min, as of 2026-11-30 07:30:49 UTC");
});

Deno.test("Of many kinds of failures, some are listed at once, and the others in a block that can be opened", async () => {
  const failures = (count: number) =>
    runOf(
      Array.from({ length: count }, (_, n) =>
        taskSnapshot("parse", { status: "failed", error: { name: "Error", message: `no ${"x".repeat(n)}` } })),
    );
  const many = await reportHtml(failures(15), OPTIONS);
  const [listed, folded, ...others] = many.split("<summary>5 more kinds of failures</summary>");
  assertEquals(others, []);
  assertEquals([listed!.split("<pre").length, folded!.split("<pre").length], [11, 6]);
  assert(!(await reportHtml(failures(10), OPTIONS)).includes("more kinds of failures"));
});

Deno.test("What failed and was retried is none of the failures", async () => {
  const error = { name: "Error", message: "not there yet" };
  const failed = taskSnapshot("fetch", { status: "failed", error, retriedAs: 1 });
  const done = await reportHtml(runOf([failed, taskSnapshot("fetch")]), OPTIONS);
  assertEquals(done.includes("<h2>Failures</h2>"), false);
  const again = await reportHtml(runOf([failed, taskSnapshot("fetch", { status: "failed", error })]), OPTIONS);
  assertEquals(again.split("<pre class").length, 2);
});

Deno.test("Failures whose messages differ in numbers, addresses and what is quoted are of one kind", async () => {
  const messages = ['https://a.test/1: 503 for "tea"', 'https://b.test/2?q: 502 for "milk"', "refused"];
  const failed = messages.map((message) =>
    taskSnapshot("get", { status: "failed", error: { name: "Error", message } })
  );
  const html = await reportHtml(runOf(failed), OPTIONS);
  assertEquals(html.split("<pre").length, 3);
  assertStringIncludes(html, "2 times");
});

Deno.test("Failures are shown with stack and cause, those that are alike once", async () => {
  const error = {
    name: "TypeError",
    message: "no row",
    stack: "at parse (file:///app.ts:1:2)",
    cause: { name: "Error", message: "root" },
  };
  const html = await reportHtml(
    runOf([
      taskSnapshot("parse", { status: "failed", error }),
      taskSnapshot("parse", { status: "failed", error, label: "page 2" }),
      taskSnapshot("save", {
        status: "failed",
        dependsOn: [0],
        error: { name: "DependencyFailedError", message: "…", cause: error },
      }),
    ]),
    OPTIONS,
  );
  assertEquals(html.match(/<details/g)?.length, 1);
  assertStringIncludes(html, "2 times");
  assertStringIncludes(html, "TypeError: no row\n    at parse (file:///app.ts:1:2)\nCaused by: Error: root</pre>");
  assertStringIncludes(html, "1 other failed because a dependency did.");
  assertEquals(dataIn(html).tasks[2].at(-1), "DependencyFailedError: …");
});

Deno.test("A page of one theme has no other colours", async () => {
  const html = await reportHtml(runOf([]), { ...OPTIONS, theme: "dark" });
  assert(!html.includes("prefers-color-scheme") && html.includes("color-scheme:dark"));
});
