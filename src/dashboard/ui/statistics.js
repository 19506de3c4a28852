/**
 * Numbers that are computed from all tasks, in steps (`steps.js`).
 */

/** @import { FailureKind, NameNumbers, Store, ThroughputView } from "./types.d.ts" */
import { COMPLETED, FAILED, READY, RETRYING, RUNNING, STATUSES } from "./format.js";
import { each, eachTask, firstOf } from "./steps.js";

/**
 * How fast tasks finish at the moment, and how long the rest takes at that rate.
 *
 * @param {Store} store
 */
export function progressOf(store) {
  const { all, finished } = store.overall;
  // The same for all that shows it, whenever each was drawn.
  const now = Math.ceil(store.now / 1_000) * 1_000;
  const perSecond = store.recent.perSecond(now, store.firstStart);
  return { perSecond, etaMs: perSecond > 0 ? ((all - finished) * 1_000) / perSecond : NaN };
}

/** How far back the chart of a `serve()` goes, in milliseconds: it may have run for weeks. */
const CHART_MS = 900_000;

/**
 * How many tasks finished in each of some equal parts of the run.
 *
 * @param {Store} store
 * @param {number} parts
 * @returns {Generator<undefined, ThroughputView | undefined>}
 */
export function* throughput(store, parts) {
  let [first, last] = [Infinity, -Infinity];
  yield* eachTask(store, (index) => {
    if (!(store.attempts[index] > 0)) return;
    if (store.started[index] < first) first = store.started[index];
    if (store.finished[index] > last) last = store.finished[index];
  });
  const unfinished = store.counts[RUNNING] + store.counts[RETRYING] + store.counts[READY];
  if (unfinished > 0 || store.serving !== undefined) last = Math.max(last, store.until);
  if (!(last > first)) return undefined;
  if (store.serving !== undefined) first = Math.max(first, last - CHART_MS);
  const width = (last - first) / parts;
  const good = new Uint32Array(parts);
  const bad = new Uint32Array(parts);
  yield* eachTask(store, (index) => {
    const finished = store.finished[index];
    if (!(finished >= first)) return;
    const part = Math.min(parts - 1, Math.floor((finished - first) / width));
    if (store.status[index] === COMPLETED) good[part]++;
    else if (store.status[index] === FAILED) bad[part]++;
  });
  return { first, last, width, good, bad };
}

/** Durations in milliseconds, of which many are the same: how many there are of each. */
export class Durations {
  /** @type {Map<number, number>} */
  counts = new Map();
  size = 0;
  total = 0;

  /** @param {number} ms */
  add(ms) {
    this.counts.set(ms, (this.counts.get(ms) ?? 0) + 1);
    this.size++;
    this.total += ms;
  }

  /** @param {number} ms One that was added. */
  remove(ms) {
    this.counts.set(ms, (this.counts.get(ms) ?? 0) - 1);
    this.size--;
    this.total -= ms;
  }

  /**
   * The durations that are not longer than some parts of all: 0.5 for the median. `NaN` if there are none.
   *
   * @param {readonly number[]} parts In ascending order.
   */
  quantiles(parts) {
    const found = parts.map(() => NaN);
    let [next, passed] = [0, 0];
    for (const ms of Float64Array.from(this.counts.keys()).sort()) {
      passed += this.counts.get(ms) ?? 0;
      while (next < parts.length && passed > Math.min(this.size - 1, Math.floor(this.size * parts[next]))) {
        found[next++] = ms;
      }
    }
    return found;
  }
}

/**
 * Numbers for each name of a task: how many have each status, and how long they take. Those that took the longest in all first.
 *
 * @param {Store} store
 * @param {number} most
 * @returns {Generator<undefined, NameNumbers[]>}
 */
export function* byName(store, most) {
  /** @type {Map<number, { counts: number[], durations: Durations, waited: number, waits: number }>} */
  const groups = new Map();
  yield* eachTask(store, (index) => {
    if (store.retried.has(index)) return;
    const status = store.status[index];
    let group = groups.get(store.name[index]);
    if (group === undefined) {
      group = { counts: STATUSES.map(() => 0), durations: new Durations(), waited: 0, waits: 0 };
      groups.set(store.name[index], group);
    }
    group.counts[status]++;
    if (status === COMPLETED || status === FAILED) {
      const ms = store.finished[index] - store.started[index];
      if (ms >= 0) group.durations.add(ms);
    }
    const wait = store.started[index] - store.ready[index];
    if (wait >= 0) {
      group.waited += wait;
      group.waits++;
    }
  });
  const first = yield* firstOf(groups, most, ([, a], [, b]) => b.durations.total - a.durations.total);
  return first.map(([name, { counts, durations, waited, waits }]) => {
    const [median, p95, max] = durations.quantiles([0.5, 0.95, 1]);
    const all = counts.reduce((sum, many) => sum + many, 0);
    const meanWait = waits === 0 ? NaN : waited / waits;
    return { name: store.strings[name], counts, all, median, p95, max, meanWait };
  });
}

/**
 * Failures that say the same but for numbers, addresses and what is quoted, the most frequent ones first; how many kinds there
 * are; and how many failed only because another task did.
 *
 * @param {Store} store
 * @param {number} most How many kinds are wanted.
 * @returns {Generator<undefined, { causes: FailureKind[], kinds: number, effects: number }>}
 */
export function* failures(store, most) {
  /** @type {Map<string, FailureKind>} */
  const kinds = new Map();
  let effects = 0;
  yield* each(store.error, ([index, error]) => {
    if (store.isGone[index] === 1 || store.status[index] !== FAILED || store.retried.has(index)) return;
    if (error.startsWith("DependencyFailedError")) return void effects++;
    // As `kindOf()` of observe/report_html.ts has it, which no browser can import.
    const what = error.replace(/\w+:\/\/\S+|"[^"]*"|\d+/g, "…");
    const key = `${store.name[index]} ${what}`;
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { name: store.nameOf(index), error, count: 1, first: index, last: index });
    else {
      kind.count++;
      if (!(store.finished[kind.last] > store.finished[index])) kind.last = index;
    }
  });
  const causes = yield* firstOf(kinds.values(), most, (a, b) => b.count - a.count);
  return { causes, kinds: kinds.size, effects };
}

/**
 * The tasks that run the longest at the moment.
 *
 * @param {Store} store
 * @param {number} most
 * @returns {Generator<undefined, number[]>}
 */
export function* longestRunning(store, most) {
  /** @type {number[]} */
  const running = [];
  yield* eachTask(store, (index) => {
    if (store.status[index] === RUNNING) running.push(index);
  });
  return yield* firstOf(running, most, (a, b) => store.started[a] - store.started[b]);
}
