/**
 * What tasks do: the same for everybody.
 *
 * @module
 */

/**
 * @template T
 * @param {T} x
 * @returns {T}
 */
export const echo = (x) => x;

/** @param {Uint8Array} bytes */
export const size = (bytes) => bytes.byteLength;

/**
 * Work for a processor: 1e7 are some ten milliseconds.
 *
 * @param {number} steps
 */
export function burn(steps) {
  let state = 1;
  for (let step = 0; step < steps; step++) state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
  return state;
}
