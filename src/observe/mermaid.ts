/**
 * The graph of a run in Mermaid, as GitHub and others draw it.
 *
 * @module
 */

import { STATUSES } from "../core/status.ts";
import { escapeMermaid } from "./escape.ts";
import { cut, oneLine } from "./printable.ts";
import type { RunSnapshot } from "./run_snapshot.ts";
import { countsInWords, LOOKS, overallStatus } from "./statuses.ts";
import { type GraphLimits, type Grouping, taskGraph, type TaskNode } from "./task_graph.ts";

/** Mermaid draws at most 500 edges. */
const MAX_EDGES = 480;
/** Mermaid reads at most 50,000 characters. */
const MAX_LENGTH = 48_000;
/** How many columns of a name or label are shown. */
const MAX_COLUMNS = 40;

/** Writes the graph of a run. It is grouped as far as Mermaid's own limits demand, whatever is asked for. */
export function mermaidOf(run: RunSnapshot, grouping: Grouping, limits: GraphLimits): string {
  for (let { maxNodes } = limits;; maxNodes = Math.floor(maxNodes / 2)) {
    const tight = { ...limits, maxNodes, maxEdges: Math.min(limits.maxEdges, MAX_EDGES) };
    const asked = grouping === "never" ? write(run, "never", tight) : undefined;
    const text = asked ?? write(run, grouping === "always" ? "always" : "auto", tight);
    if (text !== undefined) return text;
    if (grouping === "never") grouping = "auto";
  }
}

/** `undefined` if Mermaid would refuse it. */
function write(run: RunSnapshot, grouping: Grouping, limits: GraphLimits): string | undefined {
  const { nodes, edges } = taskGraph(run, grouping, limits);
  if (edges.length > MAX_EDGES) return undefined;
  const statuses = nodes.map(({ counts }) => overallStatus(counts));
  const lines = [
    "flowchart LR",
    ...nodes.map((node, index) => `  n${index}${shapeOf(node, LOOKS[statuses[index]!].sign)}`),
    ...edges.map(({ from, to, kind }) => `  n${from} ${kind === "child" ? "-.->" : "-->"} n${to}`),
  ];
  for (const status of STATUSES) {
    const of = statuses.flatMap((each, index) => each === status ? [`n${index}`] : []);
    if (of.length === 0) continue;
    lines.push(`  classDef ${status} stroke:${LOOKS[status].light},stroke-width:2px`);
    lines.push(`  class ${of.join(",")} ${status}`);
  }
  const text = `${lines.join("\n")}\n`;
  return text.length > MAX_LENGTH ? undefined : text;
}

function shapeOf({ name, detail, tasks, counts }: TaskNode, sign: string): string {
  const title = `${sign} ${short(name)}`;
  if (tasks.length > 1) return `[["${title}<br/>${tasks.length} tasks: ${countsInWords(counts)}"]]`;
  return detail === undefined ? `["${title}"]` : `["${title}<br/>${short(detail)}"]`;
}

function short(name: string): string {
  return escapeMermaid(cut(oneLine(name), MAX_COLUMNS));
}
