/**
 * The graph of a run as an SVG picture.
 *
 * @module
 */

import { escapeXml } from "./escape.ts";
import { layOut } from "./layout.js";
import { cut, grouped, oneLine, widthOf } from "./printable.ts";
import type { RunSnapshot } from "./run_snapshot.ts";
import { BY_CONCERN, countsInWords, LOOKS, overallStatus, type StatusCounts } from "./statuses.ts";
import { picture, pictureStyle, round, svgText, type Theme } from "./svg_parts.ts";
import { type GraphLimits, type Grouping, type TaskEdge, taskGraph, type TaskNode } from "./task_graph.ts";

/** The width that one column of text takes at most, in pixels. */
const COLUMN = 6.9;
/** How many columns of a name are shown. */
const MAX_NAME = 30;
const PADDING = 20;

/** What is drawn of a run. */
export interface GraphSvgOptions {
  readonly grouping: Grouping;
  readonly limits: GraphLimits;
  readonly theme: Theme;
  /** Whether it stands in a page that has the style. */
  readonly isInPage: boolean;
}

/** Draws the graph of a run. */
export function graphSvg(run: RunSnapshot, { grouping, limits, theme, isInPage }: GraphSvgOptions): string {
  const { nodes, edges } = taskGraph(run, grouping, limits);
  const boxes = nodes.map(boxOf);
  const { width, height, x, y, paths } = layOut({
    widths: boxes.map((box) => box.width),
    heights: boxes.map((box) => box.height),
    edges: edges.map(({ from, to }) => [from, to]),
    layerGap: 56,
    nodeGap: 12,
  });
  const legend = legendOf(run, edges);
  const body = [
    `<g transform="translate(${PADDING} ${PADDING})" stroke-width="1.2">`,
    ...edges.map((edge, index) => drawEdge(edge, paths[index]!)),
    ...boxes.map((box, index) => drawBox(box, x[index]!, y[index]!, run)),
    `</g>`,
    svgText(PADDING, height + 2 * PADDING + 14, "wf-faint wf-small", legend),
  ].join("");
  return picture({
    width: Math.max(width, 40 + widthOf(legend) * 5.8) + 2 * PADDING,
    height: height + 2 * PADDING + 30,
    title: `${run.title}: ${run.tasks.length} tasks`,
    style: isInPage ? undefined : pictureStyle(theme),
    body,
  });
}

/** What is written in a box. */
interface Box {
  readonly node: TaskNode;
  readonly name: string;
  readonly detail: string;
  readonly width: number;
  readonly height: number;
}

function boxOf(node: TaskNode): Box {
  const isGroup = node.tasks.length > 1;
  const name = cut(oneLine(node.name), MAX_NAME);
  const detail = isGroup ? groupInWords(node) : cut(oneLine(node.detail ?? ""), MAX_NAME + 4);
  const width = Math.max(56, widthOf(name) * COLUMN + 42, widthOf(detail) * 6 + (isGroup ? 24 : 38));
  return { node, name, detail, width, height: isGroup ? 52 : detail === "" ? 28 : 40 };
}

function groupInWords({ tasks, counts }: TaskNode): string {
  const [status, ...others] = Object.keys(counts);
  return others.length > 0 ? countsInWords(counts) : `${grouped(tasks.length)} tasks, all ${status}`;
}

function drawBox({ node, name, detail, width, height }: Box, x: number, y: number, run: RunSnapshot): string {
  const isGroup = node.tasks.length > 1;
  const status = overallStatus(node.counts);
  const { sign } = LOOKS[status];
  const task = run.tasks[node.tasks[0]!]!;
  const title = isGroup
    ? `${oneLine(node.name)}: ${node.tasks.length} tasks (${countsInWords(node.counts)})` +
      (node.inner > 0 ? `, of which ${node.inner} wait for others of this box` : "")
    : `${oneLine(task.id)}: ${status}${task.label === undefined ? "" : `\n${oneLine(task.label)}`}` +
      (task.error === undefined ? "" : `\n${oneLine(`${task.error.name}: ${task.error.message}`).slice(0, 300)}`);
  const index = isGroup ? ` data-name="${escapeXml(node.name)}"` : ` data-task="${node.tasks[0]}"`;
  const parts = [
    `<g class="wf-node"${index} transform="translate(${round(x)} ${round(y - height / 2)})"><title>${
      escapeXml(title)
    }</title>`,
    ...isGroup ? [`<rect class="wf-box" x="4" y="4" width="${round(width)}" height="${height}" rx="6"/>`] : [],
    `<rect class="wf-box" width="${round(width)}" height="${height}" rx="6"/>`,
    `<path class="wf-${status}" d="M0 6a6 6 0 0 1 6-6v${height}a6 6 0 0 1-6-6z"/>`,
    `<text x="13" y="18.5" class="wf-ink"><tspan class="wf-${status}">${sign}</tspan></text>`,
    svgText(29, 18.5, `wf-ink${isGroup ? " wf-bold" : ""}`, name + (node.inner > 0 ? " ⟲" : "")),
    ...detail === "" ? [] : [svgText(isGroup ? 13 : 29, 33, "wf-faint wf-small", detail)],
    ...isGroup ? [countsBar(node.counts, node.tasks.length, 13, 40, width - 26)] : [],
    `</g>`,
  ];
  return parts.join("");
}

/** A bar with a piece for each status. */
function countsBar(counts: StatusCounts, total: number, x: number, y: number, width: number): string {
  let at = x;
  return BY_CONCERN.toReversed().filter((status) => counts[status]).map((status) => {
    const length = Math.max(2, (width * counts[status]!) / total);
    const piece = `<rect class="wf-${status}" x="${round(at)}" y="${y}" width="${
      round(Math.min(length, x + width - at))
    }" height="5"/>`;
    at += length;
    return piece;
  }).join("");
}

function drawEdge({ kind, count }: TaskEdge, path: readonly number[]): string {
  const [x0, y0] = [path[0]!, path[1]!];
  let d = `M${round(x0)} ${round(y0)}`;
  let [lastX, lastY] = [x0, y0];
  for (let at = 2; at < path.length; at += 2) {
    const [x, y] = [path[at]!, path[at + 1]!];
    const isLast = at === path.length - 2;
    const end = isLast ? x - 6 : x;
    if (Math.abs(y - lastY) < 0.5 && x > lastX) d += `H${round(end)}`;
    else {
      const bend = x > lastX ? (end - lastX) / 2 : 40;
      d += `C${round(lastX + bend)} ${round(lastY)} ${round(end - bend)} ${round(y)} ${round(end)} ${round(y)}`;
    }
    [lastX, lastY] = [x, y];
  }
  const width = count === 1 ? "" : ` stroke-width="${round(Math.min(4, 1.2 + Math.log10(count)))}"`;
  const dashed = kind === "child" ? " wf-child" : "";
  return `<path class="wf-edge${dashed}" d="${d}"${width}/>` +
    `<path class="wf-tip" d="M${round(lastX)} ${round(lastY)}l-8 -3.5v7z"/>`;
}

function legendOf({ tasks }: RunSnapshot, edges: readonly TaskEdge[]): string {
  const counts: StatusCounts = {};
  for (const { status, retriedAs } of tasks) {
    if (retriedAs === undefined) counts[status] = (counts[status] ?? 0) + 1;
  }
  const parts = BY_CONCERN.filter((status) => counts[status])
    .map((status) => `${LOOKS[status].sign} ${grouped(counts[status]!)} ${status}`);
  if (edges.some(({ kind }) => kind === "child")) parts.push("┄ submitted by that task");
  return parts.join("   ") || "no tasks";
}
