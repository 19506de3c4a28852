/**
 * The graph that is drawn of a run: a node for each task, or for many tasks of one name.
 *
 * @module
 */

import { layersOf } from "./layout.js";
import type { RunSnapshot, TaskSnapshot } from "./run_snapshot.ts";
import type { StatusCounts } from "./statuses.ts";

/** A task, or several, as one node. */
export interface TaskNode {
  /** The name of the task, or what the names have in common. */
  readonly name: string;
  /** What the task is about, if it has a label, or else its id, if that says more than the name. */
  readonly detail: string | undefined;
  /** The tasks, as indexes into the snapshot. */
  readonly tasks: number[];
  readonly counts: StatusCounts;
  /** How many edges lead from tasks of this node to others of it. */
  inner: number;
}

/** What one edge stands for: a result that is waited for, or a body that submitted tasks. */
export type EdgeKind = "dependency" | "child";

/** An edge between two nodes. */
export interface TaskEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  /** How many edges between tasks it stands for. */
  count: number;
}

/** The nodes and edges to draw. */
export interface TaskGraph {
  readonly nodes: readonly TaskNode[];
  readonly edges: readonly TaskEdge[];
  /** Whether any node stands for several tasks. */
  readonly isGrouped: boolean;
}

/** How many nodes and edges a graph may have. */
export interface GraphLimits {
  /** How many nodes there may be in one layer, and tasks of one name, before tasks are grouped. */
  readonly maxFan: number;
  readonly maxNodes: number;
  readonly maxEdges: number;
}

/** What can be read on a screen. */
export const READABLE: GraphLimits = { maxFan: 60, maxNodes: 240, maxEdges: 1_000 };

/** Up to this many tasks of one name are drawn one by one when others are grouped. */
const MAX_SINGLE = 12;

/** Names are not merged by what they have in common into fewer nodes than this. */
const MIN_GROUPS = 3;

/**
 * How tasks are grouped:
 *
 * - `"auto"`: by name, where there are too many to be read.
 * - `"always"`: by name.
 * - `"never"`: each task is a node.
 */
export type Grouping = "auto" | "always" | "never";

/** The graph to draw of a run. The first way of grouping is taken that keeps to the limits, or else the coarsest one. */
export function taskGraph({ tasks }: RunSnapshot, grouping: Grouping, limits: GraphLimits): TaskGraph {
  const sizes = new Map<string, number>();
  for (const { name, retriedAs } of tasks) {
    if (retriedAs === undefined) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  }
  if (grouping === "never") return group(tasks, () => undefined);
  const byName = ({ name }: TaskSnapshot) => name;
  const ways: (() => TaskGraph)[] = [
    () => group(tasks, byName),
    () => group(tasks, ({ name }) => name.replace(/\d+/g, "*")),
    () => byLayer(tasks),
  ];
  if (grouping === "auto") {
    ways.unshift(
      () => group(tasks, () => undefined),
      () => group(tasks, ({ name }) => sizes.get(name)! > MAX_SINGLE ? name : undefined),
    );
  }
  const isTooLarge = grouping === "auto" && tasks.length > limits.maxNodes;
  for (const make of isTooLarge ? ways.slice(1) : ways) {
    const graph = make();
    const saysLittle = graph.nodes.length < MIN_GROUPS && graph.nodes.length < sizes.size;
    if (keepsTo(graph, limits) && !saysLittle) return graph;
  }
  return byLayer(tasks);
}

function keepsTo({ nodes, edges, isGrouped }: TaskGraph, { maxFan, maxNodes, maxEdges }: GraphLimits): boolean {
  if (nodes.length > maxNodes || edges.length > maxEdges) return false;
  if (isGrouped || nodes.length <= maxFan) return true;
  const inLayer: number[] = [];
  for (const layer of layersOf(nodes.length, edges.map(({ from, to }) => [from, to]))) {
    inLayer[layer] = (inLayer[layer] ?? 0) + 1;
  }
  return inLayer.every((count) => count <= maxFan);
}

/** How many nodes the last resort has, so that it keeps to any limits. */
const MAX_STEPS = 14;

/** The last resort: a node for all tasks that are about as many steps from the start. */
function byLayer(tasks: readonly TaskSnapshot[]): TaskGraph {
  const edges = tasks.flatMap(({ dependsOn }, to) => dependsOn.map((from) => [from, to] as const));
  const layers = layersOf(tasks.length, edges);
  const size = Math.ceil((layers.reduce((a, b) => Math.max(a, b), 0) + 1) / MAX_STEPS);
  const names = new Map(tasks.map((task, index) => {
    const first = Math.floor(layers[index]! / size) * size + 1;
    return [task, size === 1 ? `step ${first}` : `steps ${first} to ${first + size - 1}`];
  }));
  return group(tasks, (task) => names.get(task)!);
}

/** Groups tasks by a key; those without one are alone. A task that was retried has the node of the last one. */
function group(tasks: readonly TaskSnapshot[], keyOf: (task: TaskSnapshot) => string | undefined): TaskGraph {
  const nodes: TaskNode[] = [];
  const byKey = new Map<string, number>();
  const nodeOf: number[] = [];
  let count = 0;
  for (const [index, task] of tasks.entries()) {
    if (task.retriedAs !== undefined) continue;
    count++;
    const key = keyOf(task);
    let at = key === undefined ? undefined : byKey.get(key);
    if (at === undefined) {
      at = nodes.length;
      nodes.push({ name: key ?? task.name, detail: undefined, tasks: [], counts: {}, inner: 0 });
      if (key !== undefined) byKey.set(key, at);
    }
    nodes[at]!.tasks.push(index);
    nodes[at]!.counts[task.status] = (nodes[at]!.counts[task.status] ?? 0) + 1;
    nodeOf[index] = at;
  }
  for (const [index, { retriedAs }] of tasks.entries()) if (retriedAs !== undefined) nodeOf[index] = nodeOf[retriedAs]!;
  const edges = new Map<string, TaskEdge>();
  const connect = (from: number | undefined, to: number, kind: EdgeKind) => {
    if (from === undefined) return;
    if (from === to) {
      nodes[to]!.inner++;
      return;
    }
    const key = `${from} ${to} ${kind}`;
    const known = edges.get(key);
    if (known === undefined) edges.set(key, { from, to, kind, count: 1 });
    else known.count++;
  };
  tasks.forEach(({ dependsOn, parent }, index) => {
    for (const from of dependsOn) connect(nodeOf[from], nodeOf[index]!, "dependency");
    if (parent !== undefined) connect(nodeOf[parent], nodeOf[index]!, "child");
  });
  return {
    nodes: nodes.map((node) => node.tasks.length > 1 ? node : single(node, tasks[node.tasks[0]!]!)),
    edges: [...edges.values()],
    isGrouped: nodes.length < count,
  };
}

function single(node: TaskNode, { id, name, label }: TaskSnapshot): TaskNode {
  return { ...node, name, detail: label ?? (id.startsWith(name) ? undefined : id) };
}
