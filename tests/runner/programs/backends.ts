/**
 * Tasks on threads and in processes.
 *
 * @module
 */

import { task } from "../../../mod.ts";

/** What is negative becomes something that JSON cannot keep. */
function times(x: number, factor: number): unknown {
  return x < 0 ? new Map([[x, factor]]) : x * factor;
}

export const thread = task({ name: "thread", backend: "thread" }, (x: number) => times(x, 10));
export const child = task({ name: "child", backend: "process" }, (x: number) => times(x, 100));
