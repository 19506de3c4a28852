import { assert, assertEquals } from "@std/assert";
import { layersOf, layOut, LAYOUT_SOURCE } from "../../src/observe/layout.js";
import { randomOf } from "../support.ts";

type Edge = readonly [from: number, to: number];

/** Lays out nodes of 80 by 30. */
function place(nodes: number, edges: readonly Edge[]) {
  return layOut({
    widths: Array<number>(nodes).fill(80),
    heights: Array<number>(nodes).fill(30),
    edges,
    layerGap: 50,
    nodeGap: 10,
  });
}

/** Edges from lower to higher nodes. */
function randomEdges(nodes: number, perNode: number, seed: number): Edge[] {
  const below = randomOf(seed);
  return Array.from({ length: nodes * perNode }, (_, index) => {
    const to = 1 + (index % (nodes - 1));
    return [below(to), to] as const;
  });
}

Deno.test("Each node is in a layer behind those that lead to it", () => {
  assertEquals(layersOf(4, [[0, 1], [1, 2], [0, 2], [2, 3]]), [0, 1, 2, 3]);
  assertEquals(layersOf(0, []), []);
  for (let seed = 1; seed <= 20; seed++) {
    const edges = randomEdges(60, 2, seed);
    const layers = layersOf(60, edges);
    for (const [from, to] of edges) assert(layers[from]! < layers[to]!);
  }
});

Deno.test("A node that nothing leads to is close to what it leads to", () => {
  assertEquals(layersOf(5, [[0, 1], [1, 2], [2, 3], [4, 3]]), [0, 1, 2, 3, 2]);
});

Deno.test("Cycles end, with the lowest node first", () => {
  assertEquals(layersOf(3, [[0, 1], [1, 2], [2, 0]]), [0, 1, 2]);
  assertEquals(layersOf(2, [[0, 0], [0, 1], [1, 0]]), [0, 1]);
  const { paths } = place(3, [[0, 1], [1, 2], [2, 0]]);
  assert(paths.flat().every(Number.isFinite));
});

Deno.test("No two nodes overlap, and everything is within the picture", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const nodes = 40;
    const { x, y, width, height, paths } = place(nodes, randomEdges(nodes, 2, seed));
    for (let a = 0; a < nodes; a++) {
      assert(x[a]! >= 0 && x[a]! + 80 <= width + 0.01 && y[a]! >= 15 - 0.01 && y[a]! + 15 <= height + 0.01);
      for (let b = 0; b < a; b++) assert(x[a] !== x[b] || Math.abs(y[a]! - y[b]!) >= 40 - 0.01);
    }
    for (const path of paths) {
      for (let at = 1; at < path.length; at += 2) assert(path[at]! >= -0.01 && path[at]! <= height + 0.01);
    }
  }
});

Deno.test("An edge that skips layers passes the nodes of these layers, not through them", () => {
  const { paths, y } = place(4, [[0, 1], [1, 2], [2, 3], [0, 3]]);
  const waypoints = paths[3]!;
  assertEquals(waypoints.length, 2 * (2 + 2 * 2)); // two for each layer between
  for (const node of [1, 2]) assert(Math.abs(waypoints[4 * node - 1]! - y[node]!) >= 15);
});

Deno.test("A chain is straight, and a fan is symmetric", () => {
  const chain = place(5, [[0, 1], [1, 2], [2, 3], [3, 4]]);
  assertEquals(new Set(chain.y.map((y) => Math.round(y))).size, 1);
  const fan = place(5, [[0, 1], [0, 2], [0, 3], [1, 4], [2, 4], [3, 4]]);
  assertEquals(fan.y[0], fan.y[2]);
  assertEquals(fan.y[4], fan.y[2]);
});

Deno.test("Nothing is laid out of nothing", () => {
  assertEquals(place(0, []), { width: 0, height: 0, x: [], y: [], paths: [] });
});

Deno.test("LAYOUT_SOURCE is a module of its own that lays out in the same way", async () => {
  const module: unknown = await import(`data:text/javascript,${encodeURIComponent(LAYOUT_SOURCE)}`);
  const edges = randomEdges(30, 2, 5);
  const graph = {
    widths: Array<number>(30).fill(80),
    heights: Array<number>(30).fill(30),
    edges,
    layerGap: 50,
    nodeGap: 10,
  };
  const inBrowser = module as { layOut: typeof layOut; layersOf: typeof layersOf };
  assertEquals(inBrowser.layOut(graph), layOut(graph));
  assertEquals(inBrowser.layersOf(30, edges), layersOf(30, edges));
});
