import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dotOf } from "../../src/observe/dot.ts";
import { READABLE } from "../../src/observe/task_graph.ts";
import { fan, nastyRun, runOf, taskSnapshot } from "./support.ts";

Deno.test("A graph has nodes and edges", () => {
  const text = dotOf(
    runOf([taskSnapshot("load", { label: "page 1" }), taskSnapshot("child", { parent: 0 })]),
    "auto",
    READABLE,
  );
  assertStringIncludes(text, 'n0 [label="✓ load\\npage 1", color="#1a7f37", penwidth=1.6]');
  assertStringIncludes(text, "n0 -> n1 [style=dashed]");
  assertStringIncludes(dotOf(fan(90), "auto", READABLE), 'label="✓ fetch\\n90 tasks: 90 completed"');
});

Deno.test("No name or label ends its string", () => {
  for (const line of dotOf(nastyRun(), "never", READABLE).split("\n")) {
    const outside = line.replace(/"(?:[^"\\]|\\.)*"/g, "");
    assert(/^(?:digraph {2}\{|[\w\s=,[\].#>-]*|\})(?:;.*)?$/.test(outside), line);
  }
  assertEquals(dotOf(nastyRun(), "never", READABLE).includes("<"), false);
});
