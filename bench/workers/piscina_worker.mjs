/**
 * The worker of piscina and tinypool.
 *
 * @module
 */

import { load } from "./packages.mjs";

export { burn, echo as default, size } from "./bodies.mjs";

let move;

/** @param {Uint8Array} bytes */
export async function giveBack(bytes) {
  move ??= (await load("piscina")).move;
  return move(bytes);
}
