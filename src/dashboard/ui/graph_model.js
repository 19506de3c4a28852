/**
 * What the graph page draws: a node for each task, or for all tasks of one name. A task that was retried has the node of the
 * last one with its id.
 */

/** @import { Graph, GraphEdge, GraphNode, Store } from "./types.d.ts" */
import { COMPLETED, STATUSES } from "./format.js";
import { each, eachTask, STEP } from "./steps.js";

/** Up to this many tasks are drawn one by one unless the user wants groups. */
export const MAX_SINGLE = 60;
/** How many tasks of an opened group are drawn. */
const MAX_OPENED = 80;
/** How many tasks around one are drawn. */
const MAX_AROUND = 120;

/**
 * @param {Store} store
 * @param {{ mode: string, opened: Set<string>, task: number | undefined, depth: number }} wanted `mode` is "tasks", "groups" or
 * "around".
 * @returns {Generator<undefined, Graph>}
 */
export function* graphOf(store, { mode, opened, task, depth }) {
  const retried = yield* retriedTasks(store);
  const included = mode === "around" && task !== undefined ? yield* around(store, task, depth, retried) : undefined;
  /** How many tasks of each name have been retried. @type {Map<number, number>} */
  const retriedOf = new Map();
  yield* each(retried.keys(), (index) => {
    retriedOf.set(store.name[index], (retriedOf.get(store.name[index]) ?? 0) + 1);
  });
  /** @type {GraphNode[]} */
  const nodes = [];
  const nodeOf = new Int32Array(store.size).fill(-1);
  const byKey = new Map();
  const shown = new Map();
  /** @param {number} index */
  const take = (index) => {
    if (retried.has(index)) return;
    const name = store.name[index];
    const text = store.strings[name];
    let isSingle = mode !== "groups" || (store.uses.name.get(name) ?? 0) - (retriedOf.get(name) ?? 0) === 1;
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
    if (index < nodeOf.length) nodeOf[index] = at;
  };
  yield* included === undefined ? eachTask(store, take) : each(included, take);
  yield* each(retried, ([index, latest]) => {
    nodeOf[index] = nodeOf[latest] ?? -1;
  });
  /** @type {Map<number, GraphEdge>} */
  const edges = new Map();
  yield* eachEdge(store, (fromTask, toTask, kind) => {
    const [from, to] = [nodeOf[fromTask] ?? -1, nodeOf[toTask] ?? -1];
    if (from < 0 || to < 0) return;
    if (from === to) return void nodes[to].inner++;
    const key = (from * nodes.length + to) * 2 + kind;
    const known = edges.get(key);
    if (known === undefined) edges.set(key, { from, to, kind, count: 1 });
    else known.count++;
  });
  return { nodes, edges: [...edges.values()], nodeOf, isCut: included !== undefined && included.length >= MAX_AROUND };
}

/**
 * The last task with its id for each task that was retried: a graph has one node for both. In steps.
 *
 * @param {Store} store
 * @returns {Generator<undefined, Map<number, number>>}
 */
function* retriedTasks(store) {
  /** @type {Map<number, number>} */
  const retried = new Map();
  yield* each(store.ids, ([index, id]) => {
    const latest = store.byId.get(id);
    if (latest === undefined || store.isGone[index] === 1) return;
    if (latest !== index) retried.set(index, latest);
    const seq = /#(\d+)$/.exec(id)?.[1];
    const first = seq === undefined ? undefined : store.bySeq.get(Number(seq));
    if (first !== undefined && first !== latest && store.id(first) === id) retried.set(first, latest);
  });
  return retried;
}

/**
 * Visits all pairs of tasks of which one depends on the other, and those of a task and what it has submitted, in steps.
 *
 * @param {Store} store
 * @param {(from: number, to: number, kind: GraphEdge["kind"]) => void} visit
 * @returns {Generator<undefined, void>}
 */
export function* eachEdge(store, visit) {
  let many = 0;
  for (const [to, list] of store.dependsOn) {
    if (store.isGone[to] === 1) continue;
    for (const seq of list) {
      const from = store.bySeq.get(seq);
      if (from !== undefined) visit(from, to, 0);
      if (++many % STEP === 0) yield;
    }
  }
  yield* each(store.parent, ([to, seq]) => {
    const from = store.isGone[to] === 1 ? undefined : store.bySeq.get(seq);
    if (from !== undefined) visit(from, to, 1);
  });
}

/**
 * The tasks that are some steps away from one, in the order of submission.
 *
 * @param {Store} store
 * @param {number} task
 * @param {number} depth
 * @param {ReadonlyMap<number, number>} retried
 * @returns {Generator<undefined, number[]>}
 */
function* around(store, task, depth, retried) {
  const found = new Set([task]);
  let border = new Set(found);
  for (let step = 0; step < depth && border.size > 0; step++) {
    /** @type {Set<number>} */
    const further = new Set();
    /** @param {number} known @param {number} other */
    const reach = (known, other) => {
      if (!border.has(known) || found.has(other) || found.size >= MAX_AROUND) return;
      found.add(other);
      further.add(other);
    };
    yield* eachEdge(store, (fromTask, toTask) => {
      const [from, to] = [retried.get(fromTask) ?? fromTask, retried.get(toTask) ?? toTask];
      reach(from, to);
      reach(to, from);
    });
    border = further;
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * The chain of tasks that took the longest from its start to its end: each waited for the one before it until that had
 * finished, later than all others that it waited for. In steps: see `useInSteps()`.
 *
 * @param {Store} store
 */
export function* criticalPath(store) {
  const starts = new Float64Array(store.size).fill(NaN);
  /** @type {number | undefined} */
  let last;
  let longest = -1;
  yield* eachTask(store, (index) => {
    if (Number.isNaN(store.finished[index]) || !(store.attempts[index] > 0) || index >= starts.length) return;
    const before = waitedFor(store, index);
    if (before === undefined) starts[index] = store.started[index];
    else if (!Number.isNaN(starts[before])) starts[index] = starts[before];
    const span = store.finished[index] - startOf(store, index, starts);
    if (span > longest) [last, longest] = [index, span];
  });
  /** @type {Set<number>} */
  const path = new Set();
  for (; last !== undefined && !path.has(last); last = waitedFor(store, last)) {
    path.add(last);
    if (path.size % STEP === 0) yield;
  }
  return [...path].reverse();
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
  /** @type {Set<number>} */
  const chain = new Set();
  /** @type {number | undefined} */
  let at = index;
  while (at !== undefined && Number.isNaN(starts[at]) && !chain.has(at)) {
    chain.add(at);
    at = waitedFor(store, at);
  }
  let start = at === undefined ? NaN : starts[at];
  for (const each of [...chain].reverse()) {
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
 * @returns {Generator<undefined, number[][]>}
 */
export function* countsOf(store, { nodes }) {
  const counts = nodes.map(() => STATUSES.map(() => 0));
  let many = 0;
  for (const [at, { tasks }] of nodes.entries()) {
    for (const index of tasks) {
      if (store.isGone[index] === 0) counts[at][store.status[index]]++;
      if (++many % STEP === 0) yield;
    }
  }
  return counts;
}
