/**
 * A graph of dependencies. The edges are fields of the nodes themselves: one neighbour is a reference, several are an
 * array, so that the edges of a million tasks cost a word or two each.
 *
 * @module
 */

/** What a field of edges holds: no neighbour, one, or several. */
export type Links<N> = N | N[] | undefined;

/** What the graph needs of a node. */
export interface GraphNode<N> {
  /** The nodes that it depends on, finished or not. */
  dependencies: Links<N>;
  /** The nodes that depend on it. Emptied when it has finished. */
  dependents: Links<N>;
  /** How many of its dependencies have not finished. */
  blocking: number;
}

/**
 * Arrays up to this length are copied to be extended: `push()` would reserve room for sixteen more entries, and `concat()`
 * takes ten times as long.
 */
export const FEW = 8;

/** Adds `node` to the value of a field of edges. Returns the new value. */
export function addLink<N extends object>(links: Links<N>, node: N): N | N[] {
  if (links === undefined) return node;
  if (!Array.isArray(links)) return [links, node];
  if (links.length < FEW) return copyWith(links, node);
  links.push(node);
  return links;
}

function copyWith<N>(nodes: readonly N[], node: N): N[] {
  const copy = new Array<N>(nodes.length + 1);
  for (let index = 0; index < nodes.length; index++) copy[index] = nodes[index]!;
  copy[nodes.length] = node;
  return copy;
}

/** Not frozen: V8 visits frozen arrays by way of objects. */
const NONE: readonly never[] = [];

/** The nodes in a field of edges, as an array: the one in the field, if it has one. */
export function listLinks<N extends object>(links: Links<N>): readonly N[] {
  if (links === undefined) return NONE;
  return Array.isArray(links) ? links : [links];
}

/** Makes `node` wait for `on`, one of its dependencies that has not finished. */
export function waitFor<N extends GraphNode<N>>(node: N, on: N): void {
  on.dependents = addLink(on.dependents, node);
  node.blocking++;
}

/** The nodes in a field of edges, each once. */
export function uniqueLinks<N extends object>(links: Links<N>): Links<N> {
  if (!Array.isArray(links)) return links;
  const unique = links.length > FEW
    ? [...new Set(links)]
    : links.filter((node, index) => links.indexOf(node) === index);
  return unique.length === links.length ? links : unique.length === 1 ? unique[0] : unique;
}

/**
 * A path from `from` to `to`, both included, or `undefined` if there is none. Depth first, without recursion, so that
 * chains of any length can be searched.
 *
 * @param next The nodes that a node leads to.
 */
export function findPath<N extends object>(from: N, to: N, next: (node: N) => Iterable<N>): N[] | undefined {
  const cameFrom = new Map<N, N | undefined>([[from, undefined]]);
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === to) {
      const path: N[] = [];
      for (let step: N | undefined = node; step !== undefined; step = cameFrom.get(step)) path.push(step);
      return path.reverse();
    }
    for (const neighbour of next(node)) {
      if (cameFrom.has(neighbour)) continue;
      cameFrom.set(neighbour, node);
      open.push(neighbour);
    }
  }
  return undefined;
}
