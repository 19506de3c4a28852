/**
 * Numbers that are computed from all tasks.
 */

/** @import { Store } from "./types.d.ts" */
import { COMPLETED, FAILED, READY, RETRYING, RUNNING, STATUSES } from "./format.js";

/** For how long back the rate counts, in milliseconds. */
const WINDOW_MS = 10_000;

/**
 * How fast tasks finish at the moment, and how long the rest takes at that rate.
 *
 * @param {Store} store
 */
export function progressOf(store) {
  const { all, finished } = store.overall;
  const now = store.now;
  let recent = 0;
  let first = Infinity;
  for (let index = 0; index < store.size; index++) {
    if (store.isGone[index] === 1) continue;
    if (store.finished[index] > now - WINDOW_MS) recent++;
    if (store.started[index] < first) first = store.started[index];
  }
  const perSecond = (recent * 1_000) / Math.max(500, Math.min(WINDOW_MS, now - first));
  return { perSecond, etaMs: perSecond > 0 ? ((all - finished) * 1_000) / perSecond : NaN };
}

/** How far back the chart of a `serve()` goes, in milliseconds: it may have run for weeks. */
const CHART_MS = 900_000;

/**
 * How many tasks finished in each of some equal parts of the run.
 *
 * @param {Store} store
 * @param {number} parts
 */
export function throughput(store, parts) {
  let [first, last] = [Infinity, -Infinity];
  for (let index = 0; index < store.size; index++) {
    const finished = store.finished[index];
    if (store.isGone[index] === 1 || !(store.attempts[index] > 0)) continue;
    const started = store.started[index];
    if (started < first) first = started;
    if (finished > last) last = finished;
  }
  if (!(last > first)) return undefined;
  const unfinished = store.counts[RUNNING] + store.counts[RETRYING] + store.counts[READY];
  if (unfinished > 0 || store.serving !== undefined) last = Math.max(last, store.now);
  if (store.serving !== undefined) first = Math.max(first, last - CHART_MS);
  const width = (last - first) / parts;
  const good = new Uint32Array(parts);
  const bad = new Uint32Array(parts);
  for (let index = 0; index < store.size; index++) {
    const finished = store.finished[index];
    if (store.isGone[index] === 1 || !(finished >= first)) continue;
    const part = Math.min(parts - 1, Math.floor((finished - first) / width));
    if (store.status[index] === COMPLETED) good[part]++;
    else if (store.status[index] === FAILED) bad[part]++;
  }
  return { first, last, width, good, bad };
}

/**
 * Numbers for each name of a task: how many have each status, and how long they take.
 *
 * @param {Store} store
 */
export function byName(store) {
  /**
   * @type {Map<number, { name: string, counts: number[], durations: number[], waited: number, waits: number,
   *   first: number }>}
   */
  const groups = new Map();
  for (let index = 0; index < store.size; index++) {
    if (store.isGone[index] === 1) continue;
    const name = store.name[index];
    let group = groups.get(name);
    if (group === undefined) {
      groups.set(
        name,
        group = {
          name: store.strings[name],
          counts: STATUSES.map(() => 0),
          durations: [],
          waited: 0,
          waits: 0,
          first: index,
        },
      );
    }
    group.counts[store.status[index]]++;
    if (store.status[index] === COMPLETED || store.status[index] === FAILED) {
      const ms = store.finished[index] - store.started[index];
      if (ms >= 0) group.durations.push(ms);
    }
    const wait = store.started[index] - store.ready[index];
    if (wait >= 0) {
      group.waited += wait;
      group.waits++;
    }
  }
  return [...groups.values()].map((group) => {
    const sorted = Float64Array.from(group.durations).sort();
    /** @param {number} part */
    const at = (part) =>
      sorted.length === 0 ? NaN : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
    const total = sorted.reduce((sum, each) => sum + each, 0);
    const all = group.counts.reduce((sum, each) => sum + each, 0);
    return {
      ...group,
      all,
      median: at(0.5),
      p95: at(0.95),
      max: at(1),
      total,
      meanWait: group.waits === 0 ? NaN : group.waited / group.waits,
    };
  });
}

/**
 * Failures that say the same but for numbers, addresses and what is quoted, the most frequent ones first; and how many failed
 * only because another task did.
 *
 * @param {Store} store
 */
export function failures(store) {
  /** @type {Map<string, { name: string, error: string, count: number, first: number, last: number }>} */
  const groups = new Map();
  for (const [index, error] of store.error) {
    if (store.isGone[index] === 1 || store.status[index] !== FAILED) continue;
    const what = error.replace(/\w+:\/\/\S+|"[^"]*"|\d+/g, "…");
    const key = `${store.name[index]} ${what}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { name: store.nameOf(index), error, count: 1, first: index, last: index });
    else {
      group.count++;
      if (!(store.finished[group.last] > store.finished[index])) group.last = index;
    }
  }
  const sorted = [...groups.values()].sort((a, b) => b.count - a.count);
  /** @param {{ error: string }} group */
  const isEffect = ({ error }) => error.startsWith("DependencyFailedError");
  return {
    causes: sorted.filter((group) => !isEffect(group)),
    effects: sorted.filter(isEffect).reduce((sum, group) => sum + group.count, 0),
  };
}

/**
 * The tasks that run the longest at the moment.
 *
 * @param {Store} store
 * @param {number} most
 */
export function longestRunning(store, most) {
  const running = [];
  for (const index of store.indexes()) if (store.status[index] === RUNNING) running.push(index);
  return running.sort((a, b) => store.started[a] - store.started[b]).slice(0, most);
}
