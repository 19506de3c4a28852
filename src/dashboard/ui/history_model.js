/**
 * How long tasks took before, and in the last run.
 */

/**
 * @typedef {{ name: string, kept: number, last: number[], usual: number, latest: number, failed: number }} TrendView
 */
/** @import { ComparedRuns, RunView, Store } from "./types.d.ts" */
import { COMPLETED, FAILED } from "./format.js";
import { Durations } from "./statistics.js";
import { eachTask, firstOf } from "./steps.js";

/** How many of the last tasks of a name are drawn. */
export const LAST = 40;
/** How many names are compared. */
const MAX_NAMES = 100;

/**
 * How long tasks took in the last run in which some finished, and in the one before.
 *
 * @param {Store} store
 * @param {readonly RunView[]} runs
 * @returns {Generator<undefined, ComparedRuns | undefined>}
 */
export function* comparison(store, runs) {
  if (runs.length < 2) return undefined;
  /** @type {Map<number, Durations>[]} */
  const groups = runs.map(() => new Map());
  yield* eachTask(store, (index) => {
    if (store.status[index] !== COMPLETED || Number.isNaN(store.started[index])) return;
    const at = store.finished[index] + store.epoch;
    const run = runs.findIndex(({ startedAt, finishedAt = Infinity }) => at >= startedAt && at <= finishedAt);
    if (run < 0) return;
    const name = store.name[index];
    const own = groups[run].get(name) ?? new Durations();
    groups[run].set(name, own);
    own.add(store.runTime(index));
  });
  const [last, before] = groups.filter((group) => group.size > 0);
  if (before === undefined) return undefined;
  const [lastRun, runBefore] = runs.filter((_, run) => groups[run].size > 0);
  const both = [...last].filter(([name]) => before.has(name));
  const first = yield* firstOf(both, MAX_NAMES, ([, a], [, b]) => b.total - a.total);
  const names = first.map(([name, own]) => ({
    name: store.strings[name],
    many: own.size,
    now: own.quantiles([0.5])[0],
    earlier: (before.get(name) ?? own).quantiles([0.5])[0],
  }));
  return names.length === 0 ? undefined : { names, lastRun, runBefore };
}

/** How long the tasks of each name took. @param {Store} store @returns {Generator<undefined, TrendView[]>} */
export function* trends(store) {
  /** @type {Map<number, { kept: number, failed: number, durations: Durations, last: number[] }>} */
  const groups = new Map();
  yield* eachTask(store, (index) => {
    const code = store.status[index];
    if (code !== COMPLETED && code !== FAILED || Number.isNaN(store.started[index])) return;
    const name = store.name[index];
    let group = groups.get(name);
    if (group === undefined) groups.set(name, group = { kept: 0, failed: 0, durations: new Durations(), last: [] });
    group.kept++;
    if (code === FAILED) group.failed++;
    else group.durations.add(store.runTime(index));
    noteLast(store, group.last, index);
  });
  const first = yield* firstOf(groups, MAX_NAMES, ([, a], [, b]) => b.kept - a.kept);
  return first.map(([name, { kept, failed, durations, last }]) => {
    const latest = last[last.length - 1];
    if (store.status[latest] === COMPLETED) durations.remove(store.runTime(latest));
    const [usual] = durations.quantiles([0.5]);
    return { name: store.strings[name], kept, last, usual, latest: store.runTime(latest), failed };
  });
}

/**
 * Keeps the tasks that finished last, in that order.
 *
 * @param {Store} store
 * @param {number[]} last
 * @param {number} index
 */
function noteLast(store, last, index) {
  const at = store.finished[index];
  if (last.length === LAST && at < store.finished[last[0]]) return;
  let place = last.length;
  while (place > 0 && store.finished[last[place - 1]] > at) place--;
  last.splice(place, 0, index);
  if (last.length > LAST) last.shift();
}
