/**
 * What the timeline draws: bars in lanes. A worker has a lane; where there are no workers, tasks that ran at the same time are
 * put into lanes of their own.
 */

/** @import { Bar, Bars, Lane, LaneGroup, Store } from "./types.d.ts" */
/** @typedef {{ name: string, lanes: Lane[], byWorker: Map<number, Lane[]> }} PoolLanes */

import { FAILED, RUNNING } from "./format.js";

/** How many tasks or bars are looked at before others have their turn. */
const STEP = 4_000;

/**
 * Bars, ordered by start, and the lanes that they are in, in steps. Times are in milliseconds after the epoch of the store.
 *
 * @param {Store} store
 * @returns {Generator<undefined, Bars>}
 */
export function* barsOf(store) {
  /** @type {Bar[]} */
  const raw = [];
  let first = Infinity;
  let last = -Infinity;
  const now = store.now;
  for (let index = 0; index < store.size; index++) {
    if (index % STEP === STEP - 1) yield;
    if (store.isGone[index] === 1) continue;
    const spans = store.spans.get(index);
    if (spans !== undefined) {
      let before = store.ready[index];
      for (let at = 0; at < spans.length; at += 4) {
        const [start, end, status, worker] = [spans[at] ?? NaN, spans[at + 1], spans[at + 2] ?? FAILED, spans[at + 3]];
        raw.push({
          index,
          start,
          end: end ?? now,
          wait: before,
          status,
          worker: worker ?? -1,
          isOpen: end === null,
          attempt: at / 4,
          laneOf: undefined,
          lane: 0,
        });
        before = end ?? NaN;
      }
    } else if (!Number.isNaN(store.started[index])) {
      const end = store.finished[index];
      const isOpen = Number.isNaN(end);
      raw.push({
        index,
        start: store.started[index],
        end: isOpen ? now : end,
        wait: store.ready[index],
        status: isOpen ? RUNNING : store.status[index],
        worker: store.worker[index],
        isOpen,
        attempt: 0,
        laneOf: undefined, // from the start, so that all bars have one shape
        lane: 0,
      });
    }
  }
  if (raw.some(({ start }, at) => at > 0 && start < raw[at - 1].start)) {
    raw.sort((a, b) => a.start - b.start || a.index - b.index);
  }
  /** @type {Map<number, PoolLanes>} */
  const pools = new Map();
  for (const [at, bar] of raw.entries()) {
    if (at % STEP === STEP - 1) yield;
    if (bar.start < first) first = bar.start;
    if (bar.end > last) last = bar.end;
    const poolIndex = store.pool[bar.index];
    let pool = pools.get(poolIndex);
    if (pool === undefined) {
      pools.set(poolIndex, pool = { name: store.strings[poolIndex], lanes: [], byWorker: new Map() });
    }
    if (bar.worker >= 0) {
      const lanes = pool.byWorker.get(bar.worker) ?? [];
      pool.byWorker.set(bar.worker, lanes);
      bar.laneOf = place(pool, lanes, bar, store.strings[bar.worker]);
    } else bar.laneOf = place(pool, undefined, bar, "");
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
  for (const bar of raw) bar.lane = bar.laneOf?.at ?? 0;
  return { bars: raw, lanes, groups, first, last: Math.max(last, first + 1) };
}

/** @param {string} a @param {string} b */
function compareWords(a, b) {
  return a.localeCompare(b, undefined, { numeric: true });
}

/**
 * The first lane that is free when the bar starts.
 *
 * @param {PoolLanes} pool
 * @param {Lane[] | undefined} lanes
 * @param {Bar} bar
 * @param {string} worker
 * @returns {Lane}
 */
function place(pool, lanes, bar, worker) {
  const candidates = lanes ?? pool.lanes;
  for (const lane of candidates) {
    if (lane.worker === worker && lane.end <= bar.start) {
      lane.end = bar.end;
      return lane;
    }
  }
  const lane = { worker, number: candidates.length + 1, end: bar.end, at: -1 };
  pool.lanes.push(lane);
  lanes?.push(lane);
  return lane;
}

/**
 * What happened within a range of time.
 *
 * @param {Bars} model
 * @param {number} from
 * @param {number} to
 */
export function summaryOf({ bars, lanes }, from, to) {
  let [busy, failed] = [0, 0];
  const tasks = new Set();
  for (const { start, end, status, index } of bars) {
    if (end < from || start > to) continue;
    tasks.add(index);
    busy += Math.min(end, to) - Math.max(start, from);
    if (status === FAILED) failed++;
  }
  return { tasks: tasks.size, busy, failed, atOnce: busy / Math.max(1, to - from), lanes: lanes.length };
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
