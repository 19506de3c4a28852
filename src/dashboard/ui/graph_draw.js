/**
 * Draws the nodes and edges of the graph.
 */

/** @import { GraphEdge, GraphNode, Store } from "./types.d.ts" */
/** @import { Palette } from "./canvas.js" */
import { fit } from "./canvas.js";
import {
  ALONG_BAR,
  CANCELLED,
  COMPLETED,
  FAILED,
  PENDING,
  READY,
  RETRYING,
  RUNNING,
  short,
  shortId,
  SIGNS,
  SKIPPED,
} from "./format.js";

/**
 * @param {CanvasRenderingContext2D} context
 * @param {GraphEdge} edge
 * @param {readonly number[]} path
 * @param {Palette} colours
 * @param {{ isOn: boolean, isNear: boolean, isDim: boolean, isDown: boolean, k: number }} how
 */
export function drawEdge(context, { kind, count: n }, path, colours, { isOn, isNear, isDim, isDown, k }) {
  /** @param {number} along @param {number} across */
  const moveTo = (along, across) => isDown ? context.moveTo(across, along) : context.moveTo(along, across);
  /** @param {number} along @param {number} across */
  const lineTo = (along, across) => isDown ? context.lineTo(across, along) : context.lineTo(along, across);
  context.strokeStyle = isOn ? colours.accent : isNear ? colours.ink : colours.edge;
  context.lineWidth = (isOn ? 2.6 : Math.min(4, 1 + Math.log10(n) * 0.8)) / Math.min(1, Math.max(0.4, k));
  context.globalAlpha = isDim && !isOn ? 0.3 : 1;
  context.setLineDash(kind === 1 ? [5, 4] : []);
  context.beginPath();
  moveTo(path[0], path[1]);
  let [lastX, lastY] = path;
  for (let at = 2; at < path.length; at += 2) {
    const end = at === path.length - 2 ? path[at] - 5 : path[at];
    const y = path[at + 1];
    const bend = end > lastX ? (end - lastX) / 2 : 50;
    if (isDown) context.bezierCurveTo(lastY, lastX + bend, y, end - bend, y, end);
    else context.bezierCurveTo(lastX + bend, lastY, end - bend, y, end, y);
    [lastX, lastY] = [end, y];
  }
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  moveTo(lastX + 5, lastY);
  lineTo(lastX - 4, lastY - 4);
  lineTo(lastX - 4, lastY + 4);
  context.fill();
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ node: GraphNode, counts: number[], x: number, y: number, width: number, height: number, store: Store, colours: Palette,
 *   isSmall: boolean, isSelected: boolean, isHovered: boolean, isOn: boolean }} what
 */
export function drawNode(
  context,
  { node, counts, x, y, width, height, store, colours, isSmall, isSelected, isHovered, isOn },
) {
  const code = overall(counts);
  const colour = colours.status[code];
  if (node.isGroup && !isSmall) box(context, x + 4, y + 4, width, height, colours.panel, colours.line, 1);
  box(
    context,
    x,
    y,
    width,
    height,
    colours.panel,
    isSelected || isOn ? colours.accent : isHovered ? colours.ink : colours.line,
    isSelected || isOn ? 2.2 : 1,
  );
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(x + 0.5, y + 0.5, isSmall ? width : 5, height - 1, isSmall ? 8 : [8, 0, 0, 8]);
  if (isSmall) context.globalAlpha *= 0.75;
  context.fill();
  if (isSmall) return;
  const inner = width - 40;
  context.textBaseline = "middle";
  context.font = `600 13px ${colours.font}`;
  context.fillText(SIGNS[code], x + 14, y + (node.isGroup ? 17 : height / 2));
  context.fillStyle = colours.ink;
  context.font = `${node.isGroup ? 600 : 500} 13px ${colours.font}`;
  context.fillText(
    fit(context, node.isGroup ? node.name : shortId(node.name), inner),
    x + 31,
    y + (node.isGroup ? 17 : height / 2 + 0.5),
  );
  if (!node.isGroup) {
    const progress = store.progress.get(node.tasks[0]);
    if (code === RUNNING && progress !== undefined) {
      context.fillStyle = colour;
      context.fillRect(x + 6, y + height - 4, (width - 12) * progress, 2.5);
    }
    return;
  }
  const all = node.tasks.length;
  const finished = counts.slice(COMPLETED).reduce((sum, each) => sum + each, 0);
  context.font = `12px ${colours.font}`;
  context.fillStyle = colours.faint;
  const words = `${short(finished)} of ${short(all)}${node.inner > 0 ? " ⟲" : ""}`;
  context.fillText(words, x + 14, y + 35);
  if (counts[FAILED] > 0) {
    context.fillStyle = colours.status[FAILED];
    context.textAlign = "right";
    context.fillText(`✗ ${short(counts[FAILED])}`, x + width - 12, y + 35);
    context.textAlign = "left";
  }
  const bar = width - 26;
  let from = x + 14;
  context.save();
  context.beginPath();
  context.roundRect(from, y + 46, bar, 5, 2.5);
  context.clip();
  context.fillStyle = colours.lane;
  context.fillRect(from, y + 46, bar, 5);
  for (const each of ALONG_BAR) {
    const length = (bar * counts[each]) / all;
    if (length === 0) continue;
    context.fillStyle = colours.status[each];
    context.globalAlpha = each < RUNNING ? 0.45 : 1;
    context.fillRect(from, y + 46, length, 5);
    from += length;
  }
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {string} fill
 * @param {string} stroke
 * @param {number} line
 */
function box(context, x, y, width, height, fill, stroke, line) {
  context.beginPath();
  context.roundRect(x, y, width, height, 8);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = stroke;
  context.lineWidth = line;
  context.stroke();
}

/**
 * The status of a group: what most needs to be seen.
 *
 * @param {number[]} counts
 */
function overall(counts) {
  for (const code of [FAILED, RUNNING, RETRYING]) if (counts[code] > 0) return code;
  const started = counts[COMPLETED] > 0 && counts[PENDING] + counts[READY] > 0;
  if (started) return RUNNING;
  return [CANCELLED, SKIPPED, COMPLETED, READY, PENDING].find((code) => counts[code] > 0) ?? PENDING;
}
