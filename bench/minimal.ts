/**
 * The least that runs a graph in order: what our own cost is measured against.
 *
 * @module
 */

import { gatherBody, type Graph, stepBody, WIDE } from "./shapes.ts";

/** A node as a plain object. */
interface Node {
  readonly dependencies: readonly Node[];
  readonly dependents: Node[];
  blocking: number;
  value: number;
}

/** A topological executor on plain objects: it builds the nodes, as submitting does, and runs some at a time. */
export function runMinimal(graph: Graph, concurrency: number): Promise<number> {
  const nodes: Node[] = [];
  const ready: Node[] = [];
  for (const indices of graph) {
    const dependencies = indices.map((each) => nodes[each]!);
    const node: Node = { dependencies, dependents: [], blocking: dependencies.length, value: 0 };
    for (const dependency of dependencies) dependency.dependents.push(node);
    if (node.blocking === 0) ready.push(node);
    nodes.push(node);
  }
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let next = 0;
  let running = 0;
  let left = nodes.length;

  const pump = () => {
    while (running < concurrency && next < ready.length) {
      const node = ready[next++]!;
      running++;
      bodyOf(node.dependencies.map((each) => each.value)).then((value) => over(node, value), reject);
    }
  };
  const over = (node: Node, value: number) => {
    node.value = value;
    running--;
    left--;
    for (const dependent of node.dependents) if (--dependent.blocking === 0) ready.push(dependent);
    if (left === 0) resolve(node.value);
    else pump();
  };
  pump();
  return promise.then(() => nodes.at(-1)!.value);
}

/** A promise per node that waits for those of its dependencies: no limit, no handle, nothing to ask or cancel. */
export function runAsPromises(graph: Graph): Promise<number> {
  const promises: Promise<number>[] = [];
  for (const indices of graph) promises.push(Promise.all(indices.map((each) => promises[each]!)).then(bodyOf));
  return promises.at(-1)!;
}

/** Runs the body of a node. */
export function bodyOf(values: number[]): Promise<number> {
  return values.length > WIDE ? gatherBody(values) : stepBody(...values);
}
