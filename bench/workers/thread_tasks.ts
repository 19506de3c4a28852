/**
 * Tasks on threads.
 *
 * @module
 */

import { task, transfer } from "../../mod.ts";
import * as bodies from "./bodies.mjs";

export const echo = task({ name: "echo", backend: "thread" }, (x: number) => x);
export const copy = task({ name: "copy", backend: "thread" }, (bytes: Uint8Array<ArrayBuffer>) => bytes);
export const move = task({ name: "move", backend: "thread" }, giveBack);
export const size = task({ name: "size", backend: "thread" }, bodies.size);
export const burn = task({ name: "burn", backend: "thread" }, bodies.burn);

/** A runaway: only its timeout ends it. */
export const loop = task({ name: "loop", backend: "thread", timeout: "100ms" }, (): void => {
  while (true);
});

function giveBack(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return transfer(bytes, [bytes.buffer]);
}
