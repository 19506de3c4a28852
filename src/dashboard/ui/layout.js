/**
 * Where the nodes of a graph go: in layers from left to right. Edges that skip layers get a place in each of them.
 */

const ROUNDS = 8;

/**
 * @param {{ width: number, height: number }[]} nodes
 * @param {[number, number][]} edges From and to. There may be cycles.
 * @param {{ layerGap: number, nodeGap: number }} gaps
 */
export function layOut(nodes, edges, { layerGap, nodeGap }) {
  const layerOf = layersOf(nodes.length, edges);
  const layers = [];
  const add = (node, layer, height) => {
    while (layers.length <= layer) layers.push([]);
    const place = { node, layer, height, y: 0, rank: layers[layer].length, wanted: 0, before: [], after: [] };
    layers[layer].push(place);
    return place;
  };
  const link = (from, to) => {
    from.after.push(to);
    to.before.push(from);
  };
  const places = nodes.map(({ height }, node) => add(node, layerOf[node], height));
  const branches = new Map();
  const routes = edges.map(([from, to]) => {
    const distance = layerOf[to] - layerOf[from];
    if (distance <= 0) return [];
    if (!branches.has(from)) branches.set(from, []);
    const branch = branches.get(from);
    for (let step = branch.length; step < distance - 1; step++) {
      const waypoint = add(-1, layerOf[from] + step + 1, nodeGap);
      link(branch.at(-1) ?? places[from], waypoint);
      branch.push(waypoint);
    }
    const route = branch.slice(0, distance - 1);
    link(route.at(-1) ?? places[from], places[to]);
    return route;
  });
  const total = layers.reduce((sum, layer) => sum + layer.length, 0);
  const rounds = total > 4_000 ? 2 : ROUNDS;
  for (let round = 0; round < rounds; round++) order(layers, round % 2 === 0);
  for (const layer of layers) {
    let y = 0;
    for (const place of layer) {
      place.y = y + place.height / 2;
      y += place.height + nodeGap;
    }
  }
  for (let round = 0; round < rounds; round++) align(layers, nodeGap, round % 2 === 0);
  const left = [];
  const widths = layers.map((layer) =>
    layer.reduce((most, { node }) => Math.max(most, node < 0 ? 0 : nodes[node].width), 0)
  );
  widths.reduce((x, width, layer) => (left[layer] = x) + width + layerGap, 0);
  let [top, bottom] = [Infinity, -Infinity];
  for (const layer of layers) {
    for (const { y, height } of layer) {
      top = Math.min(top, y - height / 2);
      bottom = Math.max(bottom, y + height / 2);
    }
  }
  const last = layers.length - 1;
  return {
    width: last < 0 ? 0 : left[last] + widths[last],
    height: last < 0 ? 0 : bottom - top,
    x: nodes.map((_, node) => left[layerOf[node]]),
    y: places.map(({ y }) => y - top),
    paths: edges.map(([from, to], edge) => [
      left[layerOf[from]] + nodes[from].width,
      places[from].y - top,
      ...routes[edge].flatMap(({ layer, y }) => [left[layer], y - top, left[layer] + widths[layer], y - top]),
      left[layerOf[to]],
      places[to].y - top,
    ]),
  };
}

/** The layer of each node: behind all that lead to it. */
function layersOf(size, edges) {
  const next = Array.from({ length: size }, () => []);
  const open = new Array(size).fill(0);
  for (const [from, to] of edges) {
    if (from === to) continue;
    next[from].push(to);
    open[to]++;
  }
  const layer = new Array(size).fill(0);
  const isPlaced = new Array(size).fill(false);
  const queue = [];
  const place = (node) => {
    isPlaced[node] = true;
    queue.push(node);
  };
  for (let node = 0; node < size; node++) if (open[node] === 0) place(node);
  for (let first = 0, head = 0;;) {
    while (head < queue.length) {
      const node = queue[head++];
      for (const to of next[node]) {
        if (isPlaced[to]) continue; // it closes a cycle
        layer[to] = Math.max(layer[to], layer[node] + 1);
        if (--open[to] === 0) place(to);
      }
    }
    while (first < size && isPlaced[first]) first++;
    if (first >= size) return layer;
    place(first);
  }
}

function order(layers, isForward) {
  for (const layer of isForward ? layers : layers.toReversed()) {
    for (const place of layer) {
      const neighbours = isForward ? place.before : place.after;
      place.wanted = neighbours.length === 0
        ? place.rank
        : neighbours.reduce((sum, { rank }) => sum + rank, 0) / neighbours.length;
    }
    layer.sort((a, b) => a.wanted - b.wanted || a.rank - b.rank);
    layer.forEach((place, rank) => place.rank = rank);
  }
}

/** Moves places towards the middle of their neighbours, in their order and without overlap. */
function align(layers, gap, isForward) {
  for (const layer of isForward ? layers : layers.toReversed()) {
    const blocks = [];
    const offsets = [];
    let offset = 0;
    layer.forEach((place, index) => {
      if (index > 0) offset += (layer[index - 1].height + place.height) / 2 + gap;
      offsets.push(offset);
      const neighbours = isForward ? place.before : place.after;
      const y = neighbours.length === 0
        ? place.y
        : neighbours.reduce((sum, each) => sum + each.y, 0) / neighbours.length;
      let block = { sum: y - offset, size: 1 };
      for (
        let last = blocks.at(-1);
        last !== undefined && last.sum / last.size > block.sum / block.size;
        last = blocks.at(-1)
      ) {
        blocks.pop();
        block = { sum: last.sum + block.sum, size: last.size + block.size };
      }
      blocks.push(block);
    });
    let index = 0;
    for (const { sum, size } of blocks) {
      for (let step = 0; step < size; step++, index++) layer[index].y = sum / size + offsets[index];
    }
  }
}
