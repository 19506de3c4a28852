/**
 * Where the nodes of a graph go: in layers from left to right. Pure, and JavaScript, as browsers get its source as it is: the
 * pictures and the page of the dashboard are laid out by the same code.
 *
 * An edge that skips layers goes through a waypoint in each of them, which keeps a place free for it. All such edges of one node
 * share their waypoints, so that there are at most as many as nodes times layers, and they look like one branch.
 *
 * @module
 */

/**
 * An edge: from and to, as indexes of nodes.
 *
 * @typedef {readonly [from: number, to: number]} Edge
 */

/**
 * What is to be laid out: the width and the height of each node; edges, which may have cycles; the space between layers; and the
 * space between nodes of a layer.
 *
 * @typedef {{
 *   readonly widths: readonly number[];
 *   readonly heights: readonly number[];
 *   readonly edges: readonly Edge[];
 *   readonly layerGap: number;
 *   readonly nodeGap: number;
 * }} GraphToLay
 */

/**
 * Where everything goes: the left edge of each node; its middle, from the top; and the points of each edge, as `x, y, x, y …`,
 * from the right edge of a node to the left edge of another.
 *
 * @typedef {{
 *   readonly width: number;
 *   readonly height: number;
 *   readonly x: readonly number[];
 *   readonly y: readonly number[];
 *   readonly paths: readonly (readonly number[])[];
 * }} Layout
 */

/**
 * A node, or a waypoint (a `node` below 0). `rank` is its place in its layer, `wanted` the rank that its neighbours ask for.
 *
 * @typedef {{
 *   readonly node: number;
 *   readonly layer: number;
 *   readonly height: number;
 *   y: number;
 *   rank: number;
 *   wanted: number;
 *   readonly before: Place[];
 *   readonly after: Place[];
 * }} Place
 */

/**
 * All of it in one function that uses nothing from outside of itself, so that its source is a program for a browser. The page of
 * the dashboard cannot import this file as a string: a Deno before 2.8 then refuses to load it as code as well.
 */
function makeLayout() {
  /** How often the order within the layers is improved, and then their positions. */
  const ROUNDS = 8;

  /**
   * Lays out a graph in about O(nodes × layers + edges × rounds).
   *
   * @param {GraphToLay} graph
   * @returns {Layout}
   */
  function layOut(graph) {
    const { widths, edges, layerGap, nodeGap } = graph;
    const layerOf = layersOf(widths.length, edges);
    const { layers, places, routes } = placesOf(graph, layerOf);
    const total = layers.reduce((sum, layer) => sum + layer.length, 0);
    const rounds = total > 20_000 ? 2 : total > 4_000 ? 4 : ROUNDS; // a reader of large ones sees the whole only
    for (let round = 0; round < rounds; round++) order(layers, round % 2 === 0);
    for (const layer of layers) {
      let y = 0;
      for (const place of layer) {
        place.y = y + place.height / 2;
        y += place.height + nodeGap;
      }
    }
    for (let round = 0; round < rounds; round++) align(layers, nodeGap, round % 2 === 0);

    const layerWidths = layers.map((layer) =>
      layer.reduce((widest, { node }) => Math.max(widest, node < 0 ? 0 : widths[node]), 0)
    );
    /** @type {number[]} */
    const left = [];
    layerWidths.reduce((x, width, layer) => (left[layer] = x) + width + layerGap, 0);
    let top = Infinity;
    let bottom = -Infinity;
    for (const layer of layers) {
      for (const { y, height } of layer) {
        top = Math.min(top, y - height / 2);
        bottom = Math.max(bottom, y + height / 2);
      }
    }
    if (top > bottom) top = bottom = 0;
    const last = layers.length - 1;
    return {
      width: last < 0 ? 0 : left[last] + layerWidths[last],
      height: bottom - top,
      x: widths.map((_, node) => left[layerOf[node]]),
      y: places.map(({ y }) => y - top),
      paths: edges.map(([from, to], edge) => {
        const path = [left[layerOf[from]] + widths[from], places[from].y - top];
        for (const { layer, y } of routes[edge]) {
          path.push(left[layer], y - top, left[layer] + layerWidths[layer], y - top);
        }
        path.push(left[layerOf[to]], places[to].y - top);
        return path;
      }),
    };
  }

  /**
   * The layer of each node: behind all that lead to it, and close to what it leads to, if nothing leads to it. Of a cycle, the
   * node with the lowest index is first.
   *
   * @param {number} nodes How many there are.
   * @param {readonly Edge[]} edges
   * @returns {number[]}
   */
  function layersOf(nodes, edges) {
    /** @type {number[][]} */
    const next = Array.from({ length: nodes }, () => []);
    const open = Array.from({ length: nodes }, () => 0);
    for (const [from, to] of edges) {
      if (from === to) continue;
      next[from].push(to);
      open[to]++;
    }
    const hasSources = open.map((count) => count > 0);
    const layer = Array.from({ length: nodes }, () => 0);
    const isPlaced = Array.from({ length: nodes }, () => false);
    /** @type {number[]} */
    const queue = [];
    /** @param {number} node */
    const place = (node) => {
      isPlaced[node] = true;
      queue.push(node);
    };
    for (let node = 0; node < nodes; node++) if (open[node] === 0) place(node);
    let head = 0;
    for (let first = 0;;) {
      while (head < queue.length) {
        const node = queue[head++];
        for (const to of next[node]) {
          if (isPlaced[to]) continue; // an edge that closes a cycle
          layer[to] = Math.max(layer[to], layer[node] + 1);
          if (--open[to] === 0) place(to);
        }
      }
      while (first < nodes && isPlaced[first]) first++;
      if (first === nodes) break;
      place(first);
    }
    for (let at = queue.length - 1; at >= 0; at--) {
      const node = queue[at];
      if (hasSources[node] || next[node].length === 0) continue;
      const nearest = Math.min(...next[node].slice(0, 1_000).map((to) => layer[to])) - 1;
      layer[node] = Math.max(layer[node], nearest);
    }
    return layer;
  }

  /**
   * A place for each node and waypoint, in layers, and the waypoints of each edge.
   *
   * @param {GraphToLay} graph
   * @param {readonly number[]} layerOf
   */
  function placesOf({ heights, edges, nodeGap }, layerOf) {
    /** @type {Place[][]} */
    const layers = [];
    /** @param {number} node @param {number} layer @param {number} height */
    const add = (node, layer, height) => {
      while (layers.length <= layer) layers.push([]);
      /** @type {Place} */
      const place = { node, layer, height, y: 0, rank: layers[layer].length, wanted: 0, before: [], after: [] };
      layers[layer].push(place);
      return place;
    };
    /** @param {Place} from @param {Place} to */
    const link = (from, to) => {
      from.after.push(to);
      to.before.push(from);
    };
    const places = heights.map((height, node) => add(node, layerOf[node], height));
    /** @type {Map<number, Place[]>} */
    const branches = new Map();
    /** @type {Place[][]} */
    const routes = edges.map(([from, to]) => {
      const distance = layerOf[to] - layerOf[from];
      if (distance <= 0) return []; // back, along a cycle: drawn as it comes
      const branch = branches.get(from) ?? [];
      branches.set(from, branch);
      for (let step = branch.length; step < distance - 1; step++) {
        const waypoint = add(-1, layerOf[from] + step + 1, nodeGap);
        link(branch.at(-1) ?? places[from], waypoint);
        branch.push(waypoint);
      }
      const route = branch.slice(0, distance - 1);
      link(route.at(-1) ?? places[from], places[to]);
      return route;
    });
    return { layers, places, routes };
  }

  /** @param {readonly Place[]} places */
  function meanRank(places) {
    let sum = 0;
    for (const { rank } of places) sum += rank;
    return sum / places.length;
  }

  /** @param {readonly Place[]} places */
  function meanY(places) {
    let sum = 0;
    for (const { y } of places) sum += y;
    return sum / places.length;
  }

  /**
   * Puts the places of each layer into the order of their neighbours' ranks, so that fewer edges cross.
   *
   * @param {readonly Place[][]} layers
   * @param {boolean} isForward
   */
  function order(layers, isForward) {
    for (const layer of isForward ? layers : layers.toReversed()) {
      for (const place of layer) {
        const neighbours = isForward ? place.before : place.after;
        place.wanted = neighbours.length === 0 ? place.rank : meanRank(neighbours);
      }
      layer.sort((a, b) => a.wanted - b.wanted || a.rank - b.rank);
      layer.forEach((place, rank) => place.rank = rank);
    }
  }

  /**
   * Moves the places of each layer towards the middle of their neighbours, in their order and without overlap: as little as
   * possible in squares, by merging neighbours that are in each other's way into blocks ("pool adjacent violators").
   *
   * @param {readonly Place[][]} layers
   * @param {number} gap
   * @param {boolean} isForward
   */
  function align(layers, gap, isForward) {
    for (const layer of isForward ? layers : layers.toReversed()) {
      /** @type {{ sum: number; size: number }[]} */
      const blocks = [];
      /** @type {number[]} */
      const offsets = [];
      let offset = 0;
      layer.forEach((place, index) => {
        if (index > 0) offset += (layer[index - 1].height + place.height) / 2 + gap;
        offsets.push(offset);
        const neighbours = isForward ? place.before : place.after;
        let block = { sum: (neighbours.length === 0 ? place.y : meanY(neighbours)) - offset, size: 1 };
        for (let last = blocks.at(-1); last !== undefined && last.sum / last.size > block.sum / block.size;) {
          blocks.pop();
          block = { sum: last.sum + block.sum, size: last.size + block.size };
          last = blocks.at(-1);
        }
        blocks.push(block);
      });
      let index = 0;
      for (const { sum, size } of blocks) {
        for (let count = 0; count < size; count++, index++) layer[index].y = sum / size + offsets[index];
      }
    }
  }

  return { layOut, layersOf };
}

export const { layOut, layersOf } = makeLayout();

/** The same as a module for browsers. */
export const LAYOUT_SOURCE = `export const { layOut, layersOf } = (${makeLayout})();\n`;
