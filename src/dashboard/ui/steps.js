/**
 * Work over all tasks, a little at a time: with 100,000 of them, the page stays responsive only if no piece of work takes long.
 * Such work is a generator, which yields after every `STEP` items; `useInSteps()` runs it.
 */

/** @import { Store } from "./store.js" */

/** How many items are handled before others may have their turn: less than a millisecond of work. */
export const STEP = 1_000;

/**
 * Visits all tasks, in steps.
 *
 * @param {Store} store
 * @param {(index: number) => void} visit
 * @returns {Generator<undefined, void>}
 */
export function* eachTask(store, visit) {
  for (let index = 0; index < store.size; index++) {
    if (store.isGone[index] === 0) visit(index);
    if (index % STEP === STEP - 1) yield;
  }
}

/**
 * Visits all items, in steps.
 *
 * @template T
 * @param {Iterable<T>} items
 * @param {(item: T) => void} visit
 * @returns {Generator<undefined, void>}
 */
export function* each(items, visit) {
  let many = 0;
  for (const item of items) {
    visit(item);
    if (++many % STEP === 0) yield;
  }
}

/**
 * Sorts indexes by their values, and those of the same value by themselves, in steps: merges sorted parts until there is one.
 *
 * @param {Int32Array} indexes They are in disorder afterwards.
 * @param {Float64Array} values By index.
 * @returns {Generator<undefined, Int32Array>}
 */
export function* sortInSteps(indexes, values) {
  /** @param {number} a @param {number} b */
  const compare = (a, b) => values[a] - values[b] || a - b;
  const size = indexes.length;
  let from = indexes;
  /** @type {Int32Array} */
  let into = new Int32Array(size);
  for (let at = 0; at < size; at += STEP) {
    from.subarray(at, at + STEP).sort(compare);
    yield;
  }
  for (let width = STEP; width < size; width *= 2) {
    for (let left = 0; left < size; left += 2 * width) {
      const [middle, end] = [Math.min(left + width, size), Math.min(left + 2 * width, size)];
      if (middle === end || compare(from[middle - 1], from[middle]) <= 0) {
        into.set(from.subarray(left, end), left);
        continue;
      }
      let [a, b] = [left, middle];
      for (let at = left; at < end; at++) {
        const isLeft = b >= end || (a < middle && compare(from[a], from[b]) <= 0);
        into[at] = from[isLeft ? a++ : b++];
        if (at % STEP === STEP - 1) yield;
      }
    }
    yield;
    [from, into] = [into, from];
  }
  return from;
}

/**
 * The first items of those in an order, in steps: where few of many are shown, the others need no order.
 *
 * @template T
 * @param {Iterable<T>} items
 * @param {number} most
 * @param {(a: T, b: T) => number} compare
 * @returns {Generator<undefined, T[]>}
 */
export function* firstOf(items, most, compare) {
  /** @type {T[]} */
  const found = [];
  yield* each(items, (item) => {
    if (found.length === most && compare(item, found[most - 1]) >= 0) return;
    const place = found.findIndex((other) => compare(item, other) < 0);
    found.splice(place < 0 ? found.length : place, 0, item);
    if (found.length > most) found.pop();
  });
  return found;
}

/**
 * What a generator returns, at once.
 *
 * @template T
 * @param {Generator<unknown, T>} steps
 * @returns {T}
 */
export function finish(steps) {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
