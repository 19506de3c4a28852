/**
 * The graph of a run in DOT, the language of Graphviz.
 *
 * @module
 */

import { escapeDot } from "./escape.ts";
import { cut, oneLine } from "./printable.ts";
import type { RunSnapshot } from "./run_snapshot.ts";
import { countsInWords, LOOKS, overallStatus } from "./statuses.ts";
import { type GraphLimits, type Grouping, taskGraph, type TaskNode } from "./task_graph.ts";

/** How many columns of a name or label are shown. */
const MAX_COLUMNS = 40;

/** Writes the graph of a run. */
export function dotOf(run: RunSnapshot, grouping: Grouping, limits: GraphLimits): string {
  const { nodes, edges } = taskGraph(run, grouping, limits);
  return [
    `digraph "${escapeDot(run.title)}" {`,
    `  rankdir=LR; bgcolor="transparent"`,
    `  node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontcolor="#1f2328", fontname="sans-serif", fontsize=11]`,
    `  edge [color="#8b949e", arrowsize=0.7]`,
    ...nodes.map((node, index) => `  n${index} [${attributes(node)}]`),
    ...edges.map(({ from, to, kind }) => `  n${from} -> n${to}${kind === "child" ? " [style=dashed]" : ""}`),
    "}\n",
  ].join("\n");
}

function attributes({ name, detail, tasks, counts }: TaskNode): string {
  const { sign, light } = LOOKS[overallStatus(counts)];
  const isGroup = tasks.length > 1;
  const second = isGroup ? `${tasks.length} tasks: ${countsInWords(counts)}` : detail;
  const label = `${sign} ${short(name)}${second === undefined ? "" : `\\n${short(second)}`}`;
  return `label="${label}", color="${light}", penwidth=1.6${isGroup ? ", peripheries=2" : ""}`;
}

function short(name: string): string {
  return escapeDot(cut(oneLine(name), MAX_COLUMNS));
}
