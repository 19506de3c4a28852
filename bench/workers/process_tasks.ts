/**
 * Tasks in subprocesses.
 *
 * @module
 */

import { task } from "../../mod.ts";
import * as bodies from "./bodies.mjs";

export const echo = task({ name: "echo", backend: "process" }, (x: number) => x);
export const copy = task({ name: "copy", backend: "process" }, (bytes: Uint8Array<ArrayBuffer>) => bytes);
export const size = task({ name: "size", backend: "process" }, bodies.size);
export const burn = task({ name: "burn", backend: "process" }, bodies.burn);
