import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { mermaidOf } from "../../src/observe/mermaid.ts";
import { READABLE } from "../../src/observe/task_graph.ts";
import { randomOf } from "../support.ts";
import { fan, nastyRun, runOf, taskSnapshot } from "./support.ts";

Deno.test("A graph has nodes with the signs of their statuses, and arrows", () => {
  const run = runOf([
    taskSnapshot("load", { label: "page 1" }),
    taskSnapshot("parse", { dependsOn: [0], status: "failed" }),
    taskSnapshot("child", { parent: 1, status: "running" }),
  ]);
  assertEquals(
    mermaidOf(run, "auto", READABLE),
    `flowchart LR
  n0["✓ load<br/>page 1"]
  n1["✗ parse"]
  n2["▶ child"]
  n0 --> n1
  n1 -.-> n2
  classDef running stroke:#0969da,stroke-width:2px
  class n2 running
  classDef completed stroke:#1a7f37,stroke-width:2px
  class n0 completed
  classDef failed stroke:#cf222e,stroke-width:2px
  class n1 failed
`,
  );
});

Deno.test("Groups say how many tasks have which status", () => {
  assertStringIncludes(mermaidOf(fan(90), "auto", READABLE), 'n1[["✓ fetch<br/>90 tasks: 90 completed"]]');
});

Deno.test("A graph keeps to the limits of Mermaid, whatever is asked for", () => {
  const below = randomOf(3);
  const tasks = Array.from(
    { length: 3_000 },
    (_, index) =>
      taskSnapshot(`${"x".repeat(60)}${String.fromCodePoint(0x4e00 + index)}`, {
        dependsOn: index === 0 ? [] : [below(index), below(index)],
        ...(index > 5 && { parent: below(index) }),
      }),
  );
  for (const group of ["auto", "always", "never"] as const) {
    const text = mermaidOf(runOf(tasks), group, READABLE);
    assert(text.length < 50_000);
    assert(text.split(/->/).length <= 500);
  }
});

Deno.test("No name or label ends its node", () => {
  const lines = mermaidOf(nastyRun(), "never", READABLE).split("\n");
  for (const line of lines.slice(1)) {
    assert(
      /^(?: {2}n\d+\["[^"<>`[\]]*(?:<br\/>[^"<>`[\]]*)?"\]| {2}n\d+ --> n\d+| {2}class(?:Def)? [\w#:,\- ]+|)$/.test(
        line,
      ),
      line,
    );
  }
});
