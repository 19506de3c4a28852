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

/** Adds `node` to a link field. */
export function addLink<N extends object>(links: Links<N>, node: N): N | N[] {
  if (links === undefined) return node;
  if (!Array.isArray(links)) return [links, node];
  links.push(node);
  return links;
}

/** The nodes of a link field as an array; not a copy where the field holds one. */
export function listLinks<N extends object>(links: Links<N>): readonly N[] {
  if (links === undefined) return [];
  return Array.isArray(links) ? links : [links];
}

/** Adds the dependency `on` to `node`, which waits for it unless it is over. */
export function link<N extends GraphNode<N>>(node: N, on: N, isOver: boolean): void {
  node.dependencies = addLink(node.dependencies, on);
  if (isOver) return;
  on.dependents = addLink(on.dependents, node);
  node.blocking++;
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
