/**
 * Which tasks the list shows, and in which order.
 */

/** @import { Store } from "./types.d.ts" */
import { BY_CONCERN, codeOf, COMPLETED } from "./format.js";
import { each, eachTask, sortInSteps } from "./steps.js";

/**
 * The tasks that a query asks for, as indexes, in its order.
 *
 * @param {Store} store
 * @param {URLSearchParams} query
 * @returns {Generator<undefined, { search: string, found: Int32Array }>}
 */
export function* select(store, query) {
  const statuses = (query.get("status") ?? "").split(",").filter((each) => each !== "");
  const codes = statuses.length === 0 ? undefined : new Set(statuses.map((each) => codeOf(each)));
  const hidden = query.get("hide") === "completed";
  const name = query.get("name");
  const tag = query.get("tag");
  const text = (query.get("q") ?? "").trim().toLowerCase();
  const nameIndex = name === null ? undefined : store.strings.indexOf(name);
  const all = new Int32Array(store.size);
  let size = 0;
  yield* eachTask(store, (index) => {
    const code = store.status[index];
    if (store.retried.has(index)) return;
    if (codes !== undefined && !codes.has(code)) return;
    if (hidden && code === COMPLETED) return;
    if (nameIndex !== undefined && nameIndex !== store.name[index]) return;
    if (tag !== null && !(store.tags.get(index) ?? []).some((each) => store.strings[each] === tag)) return;
    if (text !== "" && !has(store, index, text)) return;
    if (size < all.length) all[size++] = index;
  });
  return { search: query.toString(), found: yield* sorted(store, all.subarray(0, size), query.get("sort") ?? "") };
}

/** @param {Store} store @param {number} index @param {string} text */
function has(store, index, text) {
  return store.id(index).toLowerCase().includes(text) || store.label.get(index)?.toLowerCase().includes(text) ||
    store.error.get(index)?.toLowerCase().includes(text) ||
    store.tags.get(index)?.some((each) => store.strings[each].toLowerCase().includes(text));
}

/**
 * @param {Store} store
 * @param {Int32Array} found
 * @param {string} sort
 * @returns {Generator<undefined, Int32Array>}
 */
function* sorted(store, found, sort) {
  const isDown = sort.startsWith("-");
  /** @type {Readonly<Record<string, (index: number) => number>>} */
  const keys = {
    seq: (index) => store.seq[index],
    start: (index) => store.started[index],
    duration: (index) => store.runTime(index),
    wait: (index) => store.waitTime(index),
    attempts: (index) => store.attempts[index],
    concern: (index) => BY_CONCERN.indexOf(store.status[index]),
  };
  const key = keys[sort.replace("-", "")];
  if (key === undefined) return found;
  const values = new Float64Array(store.size);
  yield* each(found, (index) => {
    const value = key(index);
    values[index] = Number.isNaN(value) ? Infinity : isDown ? -value : value;
  });
  return yield* sortInSteps(found, values);
}
