/**
 * Who waits for whom. Links are fields of the nodes themselves: one neighbour is a reference, several are an array,
 * so that the links of a million tasks cost a word or two each.
 *
 * @module
 */

/** None, one or several: what a link field holds. */
export type Links<N> = N | N[] | undefined;

/** What the graph needs of a node. */
export interface GraphNode<N> {
  /** What it waits for, over or not. */
  dependencies: Links<N>;
  /** Who waits for it; emptied when it is over. */
  dependents: Links<N>;
  /** How many of its dependencies are not over. */
  blocking: number;
}

/** Below this many, links are kept in arrays of just their length; `push()` would leave room for sixteen more. */
const FEW = 8;

/** Adds `node` to a link field. */
export function addLink<N extends object>(links: Links<N>, node: N): N | N[] {
  if (links === undefined) return node;
  if (!Array.isArray(links)) return [links, node];
  if (links.length < FEW) return links.concat(node);
  links.push(node);
  return links;
}

const NONE: readonly never[] = Object.freeze([]);

/** The nodes of a link field as an array; not a copy where the field holds one. */
export function listLinks<N extends object>(links: Links<N>): readonly N[] {
  if (links === undefined) return NONE;
  return Array.isArray(links) ? links : [links];
}

/** Makes `node` wait for `on`, one of its dependencies that is not over. */
export function waitFor<N extends GraphNode<N>>(node: N, on: N): void {
  on.dependents = addLink(on.dependents, node);
  node.blocking++;
}

/** The links, each node once. */
export function uniqueLinks<N extends object>(links: Links<N>): Links<N> {
  if (!Array.isArray(links)) return links;
  const unique = links.length > FEW
    ? [...new Set(links)]
    : links.filter((node, index) => links.indexOf(node) === index);
  return unique.length === links.length ? links : unique.length === 1 ? unique[0] : unique;
}

/**
 * A way from `from` to `to` along `next`, both included, or `undefined` if there is none. Depth first, without
 * recursion, so that chains of any length can be searched.
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
