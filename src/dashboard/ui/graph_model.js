/**
 * What the graph page draws: a node for each task, or for all tasks of one name.
 */

/** @import { Graph, GraphEdge, GraphNode, Store } from "./types.d.ts" */
import { COMPLETED, STATUSES } from "./format.js";

/** Up to this many tasks are drawn one by one unless the user wants groups. */
export const MAX_SINGLE = 60;
/** How many tasks of an opened group are drawn. */
const MAX_OPENED = 80;
/** How many tasks are looked at before others have their turn. */
const STEP = 4_000;
/** How many tasks around one are drawn. */
const MAX_AROUND = 120;

/**
 * @param {Store} store
 * @param {{ mode: string, opened: Set<string>, task: number | undefined, depth: number }} wanted `mode` is "tasks", "groups" or
 * "around".
 * @returns {Graph}
 */
export function graphOf(store, { mode, opened, task, depth }) {
  const included = mode === "around" && task !== undefined ? around(store, task, depth) : undefined;
  /** @type {GraphNode[]} */
  const nodes = [];
  const nodeOf = new Int32Array(store.size).fill(-1);
  const byKey = new Map();
  const sizes = new Map();
  for (const index of store.indexes()) sizes.set(store.name[index], (sizes.get(store.name[index]) ?? 0) + 1);
  const shown = new Map();
  for (const index of included ?? store.indexes()) {
    const name = store.name[index];
    const text = store.strings[name];
    let isSingle = mode !== "groups" || sizes.get(name) === 1;
    if (!isSingle && opened.has(text)) {
      const many = shown.get(name) ?? 0;
      isSingle = many < MAX_OPENED;
      shown.set(name, many + 1);
    }
    let at = isSingle ? undefined : byKey.get(name);
    if (at === undefined) {
      at = nodes.length;
      nodes.push({ name: isSingle ? store.id(index) : text, isGroup: !isSingle, group: text, tasks: [], inner: 0 });
      if (!isSingle) byKey.set(name, at);
    }
    nodes[at].tasks.push(index);
    nodeOf[index] = at;
  }
  /** @type {Map<number, GraphEdge>} */
  const edges = new Map();
  /** @param {number} from @param {number} to @param {number} kind */
  const connect = (from, to, kind) => {
    if (from < 0 || to < 0) return;
    if (from === to) return void nodes[to].inner++;
    const key = (from * nodes.length + to) * 2 + kind;
    const known = edges.get(key);
    if (known === undefined) edges.set(key, { from, to, kind, count: 1 });
    else known.count++;
  };
  for (const [to, list] of store.dependsOn) {
    if (nodeOf[to] < 0) continue;
    for (const seq of list) connect(nodeOf[store.bySeq.get(seq) ?? -1] ?? -1, nodeOf[to], 0);
  }
  for (const [to, seq] of store.parent) {
    if (nodeOf[to] >= 0) connect(nodeOf[store.bySeq.get(seq) ?? -1] ?? -1, nodeOf[to], 1);
  }
  return { nodes, edges: [...edges.values()], nodeOf, isCut: included !== undefined && included.size >= MAX_AROUND };
}

/**
 * The tasks that are some steps away from one, in the order of submission.
 *
 * @param {Store} store
 * @param {number} task
 * @param {number} depth
 */
function around(store, task, depth) {
  /** @type {Map<number, number[]>} */
  const next = new Map();
  /** @param {number | undefined} a @param {number | undefined} b */
  const connect = (a, b) => {
    if (a === undefined || b === undefined) return;
    next.set(a, [...next.get(a) ?? [], b]);
    next.set(b, [...next.get(b) ?? [], a]);
  };
  for (const [to, list] of store.dependsOn) for (const seq of list) connect(store.bySeq.get(seq), to);
  for (const [to, seq] of store.parent) connect(store.bySeq.get(seq), to);
  const found = new Set([task]);
  let edge = [task];
  for (let step = 0; step < depth; step++) {
    const further = [];
    for (const index of edge) {
      for (const other of next.get(index) ?? []) {
        if (found.has(other) || store.isGone[other] === 1) continue;
        if (found.size >= MAX_AROUND) break;
        found.add(other);
        further.push(other);
      }
    }
    edge = further;
  }
  return new Set([...found].sort((a, b) => a - b));
}

/**
 * The chain of tasks that took the longest from its start to its end: each waited for the one before it until that had
 * finished, later than all others that it waited for. In steps: see `useInSteps()`.
 *
 * @param {Store} store
 */
export function* criticalPath(store) {
  const starts = new Float64Array(store.size).fill(NaN);
  let last;
  let longest = -1;
  for (const index of store.indexes()) {
    if (index % STEP === STEP - 1) yield;
    if (Number.isNaN(store.finished[index]) || !(store.attempts[index] > 0)) continue;
    const before = waitedFor(store, index);
    if (before === undefined) starts[index] = store.started[index];
    else if (!Number.isNaN(starts[before])) starts[index] = starts[before];
    const span = store.finished[index] - startOf(store, index, starts);
    if (span > longest) [last, longest] = [index, span];
  }
  const path = [];
  for (const seen = new Set(); last !== undefined && !seen.has(last); last = waitedFor(store, last)) {
    seen.add(last);
    path.unshift(last);
  }
  return path;
}

/**
 * When the chain that ends with a task has started.
 *
 * @param {Store} store
 * @param {number} index
 * @param {Float64Array} starts What is known already.
 * @returns {number}
 */
function startOf(store, index, starts) {
  /** @type {number[]} */
  const chain = [];
  /** @type {number | undefined} */
  let at = index;
  while (at !== undefined && Number.isNaN(starts[at]) && !chain.includes(at)) {
    chain.push(at);
    at = waitedFor(store, at);
  }
  let start = at === undefined ? NaN : starts[at];
  for (const each of chain.reverse()) {
    if (Number.isNaN(start)) start = store.started[each];
    starts[each] = start;
  }
  return starts[index];
}

/**
 * What a task waited for until the end: the dependency that finished last, or else the task that has submitted it.
 *
 * @param {Store} store
 * @param {number} index
 */
function waitedFor(store, index) {
  let latest;
  for (const seq of store.dependsOn.get(index) ?? []) {
    const other = store.bySeq.get(seq);
    if (other === undefined || !(store.status[other] >= COMPLETED) || !(store.attempts[other] > 0)) continue;
    if (latest === undefined || store.finished[other] > store.finished[latest]) latest = other;
  }
  return latest ?? store.bySeq.get(store.parent.get(index) ?? -1);
}

/**
 * How many tasks of each node have each status.
 *
 * @param {Store} store
 * @param {Graph} graph
 */
export function countsOf(store, { nodes }) {
  return nodes.map(({ tasks }) => {
    const counts = STATUSES.map(() => 0);
    for (const index of tasks) counts[store.status[index]]++;
    return counts;
  });
}
