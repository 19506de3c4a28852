import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { graphSvg, type GraphSvgOptions } from "../../src/observe/graph_svg.ts";
import { READABLE } from "../../src/observe/task_graph.ts";
import { assertXml, fan, nastyRun, runOf, taskSnapshot } from "./support.ts";

const OPTIONS: GraphSvgOptions = { grouping: "auto", limits: READABLE, theme: "auto", isInPage: false };

Deno.test("A picture has a box for each task and a line for each dependency", () => {
  const document = graphSvg(fan(3), OPTIONS);
  const names = assertXml(document);
  assertEquals(document.match(/class="wf-node"/g)?.length, 5);
  assertEquals(document.match(/class="wf-edge"/g)?.length, 6);
  assertEquals(names[0], "svg");
  assert(!names.includes("script") && !names.includes("image"));
});

Deno.test("A group has its counts, and a bar of them", () => {
  const tasks = Array.from(
    { length: 80 },
    (_, index) => taskSnapshot("fetch", { status: index < 3 ? "failed" : "completed" }),
  );
  const document = graphSvg(runOf(tasks), OPTIONS);
  assertStringIncludes(document, "3 failed, 77 completed");
  assertStringIncludes(document, "✗ 3 failed   ✓ 77 completed");
  assertStringIncludes(document, 'data-name="fetch"');
});

Deno.test("The legend counts what is drawn: of a task that was retried, the last one", () => {
  const run = runOf([taskSnapshot("load", { status: "failed", retriedAs: 1 }), taskSnapshot("load")]);
  const document = graphSvg(run, OPTIONS);
  assertStringIncludes(document, "✓ 1 completed");
  assertEquals(document.includes("failed</text>") || document.includes("✗"), false);
});

Deno.test("Names, labels and errors of any kind are text", () => {
  assertXml(graphSvg(nastyRun(), { ...OPTIONS, grouping: "never" }));
  assertXml(graphSvg(nastyRun(), { ...OPTIONS, grouping: "always" }));
});

Deno.test("In a page it has no style, and no run is a picture too", () => {
  assertEquals(graphSvg(fan(2), { ...OPTIONS, isInPage: true }).includes("<style"), false);
  assertStringIncludes(graphSvg(runOf([]), OPTIONS), "no tasks");
});
