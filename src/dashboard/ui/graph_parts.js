/**
 * Places the parts of a graph that are not connected: each is laid out by itself, and they stand beside each other so that all of
 * it is as large on the screen as can be.
 */

/** @import { Layout } from "../../observe/layout.js" */
/** @import { Placed, Size } from "./types.d.ts" */
/** @typedef {[from: number, to: number]} Edge */

import { layOut } from "./layout.js";

/** Between parts. */
const GAP = 30;
/** With more nodes, a reader sees colours only, for which one layout will do. */
const MAX_NODES = 4_000;
/** Parts of this many nodes are often alike, and are laid out once. */
const MAX_ALIKE = 12;
/** Where there is less room than this, the buttons that zoom get a line of their own; and how high they are. */
const [NARROW, CONTROLS] = [560, 44];
/** How many numbers of columns are tried. */
const MAX_COLUMNS = 40;

/**
 * Lays out a graph from left to right, or downwards if it is larger on the screen then.
 *
 * @param {Size[]} sizes Of the nodes.
 * @param {Edge[]} edges
 * @param {Size} room
 * @returns {Placed}
 */
export function placeNodes(sizes, edges, room) {
  const turned = sizes.map(({ width, height }) => ({ width: height, height: width }));
  const across = layOutParts(sizes, edges, { layerGap: 56, nodeGap: 14 }, room);
  const down = layOutParts(turned, edges, { layerGap: 40, nodeGap: 18 }, { width: room.height, height: room.width });
  const stood = { ...down, width: down.height, height: down.width };
  if (fitted(stood, room).k <= fitted(across, room).k * 1.15) return { sizes, isDown: false, ...across };
  return {
    ...stood,
    sizes,
    isDown: true,
    x: down.y.map((middle, node) => middle - sizes[node].width / 2),
    y: down.x.map((top, node) => top + sizes[node].height / 2),
  };
}

/**
 * How large a graph is drawn, and where, so that all of it is seen.
 *
 * @param {Size} graph
 * @param {Size} size Of the frame.
 */
export function fitted({ width, height }, size) {
  const room = size.height - (size.width < NARROW ? CONTROLS : 0);
  const k = Math.min(1.15, (size.width - 48) / Math.max(1, width), (room - 48) / Math.max(1, height));
  return { k, x: (size.width - width * k) / 2, y: (room - height * k) / 2 };
}

/**
 * @param {Size[]} sizes Of the nodes.
 * @param {Edge[]} edges
 * @param {{ layerGap: number, nodeGap: number }} gaps
 * @param {Size} room
 */
export function layOutParts(sizes, edges, gaps, room) {
  const parts = sizes.length > MAX_NODES ? [sizes.map((_, node) => node)] : partsOf(sizes.length, edges);
  const placeIn = new Int32Array(sizes.length);
  const partOf = new Int32Array(sizes.length);
  parts.forEach((nodes, part) =>
    nodes.forEach((node, place) => {
      placeIn[node] = place;
      partOf[node] = part;
    })
  );
  /** @type {{ edge: number, ends: Edge }[][]} */
  const own = parts.map(() => []);
  edges.forEach(([from, to], edge) => own[partOf[from]].push({ edge, ends: [placeIn[from], placeIn[to]] }));
  /** @type {Map<string, Layout>} */
  const known = new Map();
  const laid = parts.map((nodes, part) => {
    const widths = nodes.map((node) => sizes[node].width);
    const heights = nodes.map((node) => sizes[node].height);
    const graph = { widths, heights, edges: own[part].map(({ ends }) => ends), ...gaps };
    if (nodes.length > MAX_ALIKE) return layOut(graph);
    const key = `${widths} ${heights} ${graph.edges.join(" ")}`;
    const layout = known.get(key) ?? layOut(graph);
    known.set(key, layout);
    return layout;
  });
  const { width, height, at } = pack(laid, room);
  const x = sizes.map(() => 0);
  const y = sizes.map(() => 0);
  /** @type {number[][]} */
  const paths = edges.map(() => []);
  laid.forEach((layout, part) => {
    const [left, top] = at[part];
    parts[part].forEach((node, place) => {
      x[node] = left + layout.x[place];
      y[node] = top + layout.y[place];
    });
    own[part].forEach(({ edge }, place) =>
      paths[edge] = layout.paths[place].map((each, index) => each + (index % 2 === 0 ? left : top))
    );
  });
  return { width, height, x, y, paths };
}

/**
 * The nodes of each part, the part with the most nodes first.
 *
 * @param {number} size
 * @param {Edge[]} edges
 */
function partsOf(size, edges) {
  const root = Int32Array.from({ length: size }, (_, node) => node);
  /** @param {number} node */
  const find = (node) => {
    while (root[node] !== node) node = root[node] = root[root[node]];
    return node;
  };
  for (const [from, to] of edges) root[Math.max(find(from), find(to))] = Math.min(find(from), find(to));
  /** @type {Map<number, number[]>} */
  const parts = new Map();
  for (let node = 0; node < size; node++) {
    const of = find(node);
    const part = parts.get(of);
    if (part === undefined) parts.set(of, [node]);
    else part.push(node);
  }
  return [...parts.values()].sort((a, b) => b.length - a.length || a[0] - b[0]);
}

/**
 * Puts parts into columns: as many as make the whole the largest on the screen.
 *
 * @param {readonly Size[]} parts
 * @param {Size} room
 */
function pack(parts, room) {
  /** @param {Size} packed */
  const scaleOf = ({ width, height }) => Math.min(room.width / Math.max(1, width), room.height / Math.max(1, height));
  let best = inColumns(parts, 1);
  for (let columns = 2; columns <= Math.min(MAX_COLUMNS, parts.length); columns++) {
    const packed = inColumns(parts, columns);
    if (scaleOf(packed) > scaleOf(best) * 1.02) best = packed;
  }
  return best;
}

/**
 * Each part goes to the column that is the shortest so far; a column is as wide as its widest part.
 *
 * @param {readonly Size[]} parts
 * @param {number} columns
 */
function inColumns(parts, columns) {
  const heights = Array.from({ length: columns }, () => 0);
  const widths = heights.map(() => 0);
  const column = parts.map(({ width, height }) => {
    const to = heights.indexOf(Math.min(...heights));
    heights[to] += height + GAP;
    widths[to] = Math.max(widths[to], width);
    return { to, top: heights[to] - height - GAP };
  });
  /** @type {number[]} */
  const lefts = [];
  widths.reduce((left, width, to) => (lefts[to] = left) + width + GAP, 0);
  return {
    width: widths.reduce((sum, width) => sum + width + GAP, -GAP),
    height: Math.max(0, ...heights.map((each) => each - GAP)),
    at: column.map(({ to, top }) => [lefts[to], top]),
  };
}
