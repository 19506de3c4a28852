import { assert, assertEquals } from "@std/assert";
import { type GraphLimits, READABLE, taskGraph } from "../../src/observe/task_graph.ts";
import { fan, runOf, taskSnapshot } from "./support.ts";

const names = (graph: ReturnType<typeof taskGraph>) => graph.nodes.map(({ name, tasks }) => `${name} ${tasks.length}`);

Deno.test("A small graph has a node for each task", () => {
  const graph = taskGraph(fan(3), "auto", READABLE);
  assertEquals(names(graph), ["list 1", "fetch 1", "fetch 1", "fetch 1", "merge 1"]);
  assertEquals(graph.edges.length, 6);
  assertEquals(graph.isGrouped, false);
});

Deno.test("Beyond sixty nodes in one fan, tasks of one name are one node", () => {
  assertEquals(taskGraph(fan(60), "auto", READABLE).isGrouped, false);
  const graph = taskGraph(fan(61), "auto", READABLE);
  assertEquals(names(graph), ["list 1", "fetch 61", "merge 1"]);
  assertEquals(graph.edges.map(({ from, to, count }) => [from, to, count]), [[0, 1, 61], [1, 2, 61]]);
  assertEquals(names(taskGraph(fan(2), "always", READABLE)), ["list 1", "fetch 2", "merge 1"]);
  assertEquals(taskGraph(fan(100), "never", READABLE).nodes.length, 102);
});

Deno.test("Few tasks of one name stay single beside a large group", () => {
  const run = runOf([
    ...Array.from({ length: 100 }, () => taskSnapshot("month")),
    ...Array.from(
      { length: 4 },
      (_, year) => taskSnapshot("year", { dependsOn: [year, year + 10], label: `200${year}` }),
    ),
  ]);
  const graph = taskGraph(run, "auto", READABLE);
  assertEquals(names(graph), ["month 100", "year 1", "year 1", "year 1", "year 1"]);
  assertEquals(graph.nodes[1]!.detail, "2000");
});

Deno.test("Names that differ in numbers are grouped when nothing else helps, and steps after that", () => {
  const numbered = runOf(
    ["fetch", "parse", "save"].flatMap((name, step) =>
      Array.from(
        { length: 100 },
        (_, index) => taskSnapshot(`${name}-${index}`, { dependsOn: step === 0 ? [] : [(step - 1) * 100 + index] }),
      )
    ),
  );
  assertEquals(names(taskGraph(numbered, "auto", READABLE)), ["fetch-* 100", "parse-* 100", "save-* 100"]);
  const chain = runOf(
    Array.from(
      { length: 1_000 },
      (_, index) =>
        taskSnapshot(`${String.fromCodePoint(0x4e00 + index)}`, { dependsOn: index === 0 ? [] : [index - 1] }),
    ),
  );
  const steps = taskGraph(chain, "auto", READABLE);
  assertEquals(steps.nodes[0]!.name, "steps 1 to 72");
  assert(steps.nodes.length <= 14);
});

Deno.test("Edges within a node are counted, and those to children are of another kind", () => {
  const run = runOf([
    taskSnapshot("walk"),
    taskSnapshot("walk", { parent: 0 }),
    taskSnapshot("walk", { parent: 1, dependsOn: [0] }),
    taskSnapshot("sum", { parent: 0 }),
  ]);
  const grouped = taskGraph(run, "always", READABLE);
  assertEquals(grouped.nodes[0]!.inner, 3);
  assertEquals(grouped.edges, [{ from: 0, to: 1, kind: "child", count: 1 }]);
  assertEquals(taskGraph(run, "never", READABLE).edges.map(({ kind }) => kind), [
    "child",
    "dependency",
    "child",
    "child",
  ]);
});

Deno.test("A graph keeps to any limits", () => {
  const tight: GraphLimits = { maxFan: 3, maxNodes: 5, maxEdges: 4 };
  assertEquals(names(taskGraph(fan(4), "auto", tight)), ["list 1", "fetch 4", "merge 1"]);
  assertEquals(taskGraph(runOf([]), "auto", READABLE), { nodes: [], edges: [], isGrouped: false });
});

Deno.test("A task that was retried is one node, with its last status and the edges of all", () => {
  const run = runOf([
    taskSnapshot("load"),
    taskSnapshot("parse", { status: "failed", dependsOn: [0], retriedAs: 3 }),
    taskSnapshot("tell", { dependsOn: [1] }),
    taskSnapshot("parse", { dependsOn: [0] }),
  ]);
  for (const grouping of ["auto", "always", "never"] as const) {
    const graph = taskGraph(run, grouping, READABLE);
    assertEquals(names(graph), ["load 1", "tell 1", "parse 1"]);
    assertEquals(graph.nodes[2]!.counts, { completed: 1 });
    assertEquals(graph.edges.map(({ from, to }) => [from, to]), [[0, 2], [2, 1]]);
    assertEquals(graph.isGrouped, false);
  }
});
