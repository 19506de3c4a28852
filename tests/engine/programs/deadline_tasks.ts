/**
 * A task that must be ended from outside, which workers import.
 *
 * @module
 */

import { task } from "../../../src/tasks/mod.ts";

/** Loops for ever. */
export const loop = task({ name: "loop" }, () => {
  while (true);
});
