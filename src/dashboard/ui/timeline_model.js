/**
 * What the timeline draws: bars in lanes. A worker has a lane; where there are no workers, tasks that ran at the same time are
 * put into lanes of their own.
 */

/** @import { Bar, Bars, Lane, LaneGroup, Store } from "./types.d.ts" */
/** @typedef {{ name: string, lanes: Lane[], free: Map<number, FreeLanes> }} PoolLanes Lanes by worker; -1 is none. */

import { FAILED, RUNNING } from "./format.js";
import { eachTask, sortInSteps, STEP } from "./steps.js";

/**
 * Bars, by lane and there by start, in steps. Times are in milliseconds after the epoch of the store.
 *
 * @param {Store} store
 * @returns {Generator<undefined, Bars>}
 */
export function* barsOf(store) {
  const columns = new BarColumns(store.size + 4 * store.spans.size + 1_024);
  const { until } = store;
  yield* eachTask(store, (index) => {
    const spans = store.spans.get(index);
    if (spans === undefined) {
      if (Number.isNaN(store.started[index])) return;
      const end = store.finished[index];
      const status = Number.isNaN(end) ? RUNNING : store.status[index];
      columns.add(index, 0, store.started[index], end, store.ready[index], status, store.worker[index]);
      return;
    }
    let before = store.ready[index];
    for (let at = 0; at < spans.length; at += 4) {
      const [start, end] = [spans[at] ?? NaN, spans[at + 1] ?? NaN];
      if (!Number.isNaN(start)) {
        columns.add(index, at / 4, start, end, before, spans[at + 2] ?? FAILED, spans[at + 3] ?? -1);
      }
      before = end;
    }
  });
  const { size, task, attempt, start, end, wait, status, worker, isOpen } = columns;
  const all = new Int32Array(size);
  for (let bar = 0; bar < size; bar++) all[bar] = bar;
  const byStart = yield* sortInSteps(all, start);
  let [first, last] = [Infinity, -Infinity];
  /** @type {Map<number, PoolLanes>} */
  const pools = new Map();
  /** As they came up: bars have the indexes of them until their order is known. @type {Lane[]} */
  const known = [];
  const lane = new Int32Array(size);
  for (let at = 0; at < size; at++) {
    if (at % STEP === STEP - 1) yield;
    const bar = byStart[at];
    if (isOpen[bar] === 1) end[bar] = Math.max(until, start[bar]);
    if (start[bar] < first) first = start[bar];
    if (end[bar] > last) last = end[bar];
    const pool = store.pool[task[bar]];
    let of = pools.get(pool);
    if (of === undefined) pools.set(pool, of = { name: store.strings[pool], lanes: [], free: new Map() });
    let free = of.free.get(worker[bar]);
    if (free === undefined) of.free.set(worker[bar], free = new FreeLanes());
    const number = free.take(start[bar], end[bar]);
    if (number === free.lanes.length) {
      free.lanes.push(known.length);
      const name = worker[bar] < 0 ? "" : store.strings[worker[bar]];
      const fresh = { worker: name, number: number + 1, at: -1, size: 0 };
      known.push(fresh);
      of.lanes.push(fresh);
    }
    lane[bar] = free.lanes[number];
    known[lane[bar]].size++;
  }
  /** @type {Lane[]} */
  const lanes = [];
  /** @type {LaneGroup[]} */
  const groups = [];
  for (const pool of [...pools.values()].sort((a, b) => a.name < b.name ? -1 : 1)) {
    const own = pool.lanes.sort((a, b) => compareWords(a.worker, b.worker) || a.number - b.number);
    groups.push({ name: pool.name, first: lanes.length, size: own.length });
    for (const lane of own) {
      lane.at = lanes.length;
      lanes.push(lane);
    }
  }
  yield;
  // The bars of a lane stand together, so that those in view are found by bisection.
  const laneStart = new Int32Array(lanes.length + 1);
  for (const { at, size } of lanes) laneStart[at + 1] = laneStart[at] + size;
  const next = laneStart.slice();
  const order = new Int32Array(size);
  /** @type {number[]} */
  const failed = [];
  for (let at = 0; at < size; at++) {
    if (at % STEP === STEP - 1) yield;
    const bar = byStart[at];
    lane[bar] = known[lane[bar]].at;
    order[next[lane[bar]]++] = bar;
    if (status[bar] === FAILED) failed.push(bar);
  }
  last = Math.max(last, first + 1);
  return {
    size,
    task,
    attempt,
    start,
    end,
    wait,
    status,
    isOpen,
    lane,
    order,
    laneStart,
    failed,
    lanes,
    groups,
    first,
    last,
  };
}

/** Columns of bars, which grow. A bar has an index in them. */
class BarColumns {
  size = 0;

  /** @param {number} capacity */
  constructor(capacity) {
    this.task = new Int32Array(capacity);
    this.attempt = new Uint16Array(capacity);
    this.start = new Float64Array(capacity);
    this.end = new Float64Array(capacity);
    this.wait = new Float64Array(capacity);
    this.status = new Uint8Array(capacity);
    this.worker = new Int32Array(capacity);
    this.isOpen = new Uint8Array(capacity);
  }

  /**
   * @param {number} task
   * @param {number} attempt
   * @param {number} start
   * @param {number} end `NaN` while it runs.
   * @param {number} wait
   * @param {number} status
   * @param {number} worker
   */
  add(task, attempt, start, end, wait, status, worker) {
    if (this.size === this.task.length) this.grow();
    const bar = this.size++;
    this.task[bar] = task;
    this.attempt[bar] = attempt;
    this.start[bar] = start;
    this.end[bar] = end;
    this.wait[bar] = wait;
    this.status[bar] = status;
    this.worker[bar] = worker;
    this.isOpen[bar] = Number.isNaN(end) ? 1 : 0;
  }

  grow() {
    const larger = new BarColumns(Math.max(1_024, 2 * this.size));
    for (
      const name of /** @type {const} */ (["task", "attempt", "start", "end", "wait", "status", "worker", "isOpen"])
    ) {
      larger[name].set(this[name]);
    }
    Object.assign(this, { ...larger, size: this.size });
  }
}

/** Which of some lanes are free when: the end of the last bar of each, as a tree in which each node has the earliest end below. */
class FreeLanes {
  /** @type {number[]} */
  lanes = [];
  width = 1;
  ends = new Float64Array(2).fill(-Infinity);

  /**
   * The first lane that is free at a start, which is taken until an end.
   *
   * @param {number} start
   * @param {number} end
   */
  take(start, end) {
    if (this.ends[1] > start) this.grow();
    let node = 1;
    while (node < this.width) node = this.ends[2 * node] <= start ? 2 * node : 2 * node + 1;
    const lane = node - this.width;
    this.ends[node] = end;
    for (node >>= 1; node > 0; node >>= 1) this.ends[node] = Math.min(this.ends[2 * node], this.ends[2 * node + 1]);
    return lane;
  }

  grow() {
    const leaves = this.ends.slice(this.width);
    this.width *= 2;
    this.ends = new Float64Array(2 * this.width).fill(-Infinity);
    this.ends.set(leaves, this.width);
    for (let node = this.width - 1; node > 0; node--) {
      this.ends[node] = Math.min(this.ends[2 * node], this.ends[2 * node + 1]);
    }
  }
}

/** @param {string} a @param {string} b */
function compareWords(a, b) {
  return a.localeCompare(b, undefined, { numeric: true });
}

/**
 * The place in `order` of the first bar of a lane that ends after a time: bars of a lane end in the order of their starts.
 *
 * @param {Bars} model
 * @param {number} lane
 * @param {number} time
 * @param {number} [from] Where to begin.
 */
export function firstAfter({ order, end, laneStart }, lane, time, from = laneStart[lane]) {
  let [low, high] = [from, laneStart[lane + 1]];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (end[order[middle]] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The bar in a lane between two times, the last one if there are several.
 *
 * @param {Bars} model
 * @param {number} lane
 * @param {number} from
 * @param {number} to
 */
export function barAt(model, lane, from, to) {
  let found;
  for (let at = firstAfter(model, lane, from); at < model.laneStart[lane + 1]; at++) {
    const bar = model.order[at];
    if (model.start[bar] > to) break;
    found = bar;
  }
  return found;
}

/**
 * The bars of a task.
 *
 * @param {Bars} model
 * @param {number} task
 * @returns {readonly number[]}
 */
export function barsOfTask({ task: tasks, size }, task) {
  const found = [];
  for (let bar = tasks.indexOf(task); bar >= 0 && bar < size && tasks[bar] === task; bar++) found.push(bar);
  return found;
}

/**
 * A bar with all that is known of it.
 *
 * @param {Bars} model
 * @param {number} bar
 * @returns {Bar}
 */
export function barOf({ task, attempt, start, end, wait, status }, bar) {
  return {
    task: task[bar],
    attempt: attempt[bar],
    start: start[bar],
    end: end[bar],
    wait: wait[bar],
    status: status[bar],
  };
}

/**
 * What happened within a range of time.
 *
 * @param {Bars} model
 * @param {number} from
 * @param {number} to
 */
export function summaryOf({ size, start, end, wait, attempt, status }, from, to) {
  let [tasks, busy, failed] = [0, 0, 0];
  for (let bar = 0; bar < size; bar++) {
    if (end[bar] < from || start[bar] > to) continue;
    // A later attempt of a task counts as the same task: it waits since the one before it has ended.
    if (attempt[bar] === 0 || !(wait[bar] >= from)) tasks++;
    busy += Math.min(end[bar], to) - Math.max(start[bar], from);
    if (status[bar] === FAILED) failed++;
  }
  return { tasks, failed, atOnce: busy / Math.max(1, to - from) };
}

const STEPS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  1_000,
  2_000,
  5_000,
  10_000,
  15_000,
  30_000,
  60_000,
  120_000,
  300_000,
  600_000,
  900_000,
  1_800_000,
  3_600_000,
  7_200_000,
  14_400_000,
  21_600_000,
  43_200_000,
  86_400_000,
  172_800_000,
  604_800_000,
  2_419_200_000,
];

/** A step between marks that leaves them enough room. @param {number} perPixel Milliseconds. */
export function stepFor(perPixel) {
  return STEPS.find((step) => step / perPixel >= 90) ?? STEPS[STEPS.length - 1];
}
