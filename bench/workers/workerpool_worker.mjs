/**
 * The worker of workerpool.
 *
 * @module
 */

import { burn, echo, size } from "./bodies.mjs";
import { load } from "./packages.mjs";

const { default: workerpool } = await load("workerpool");

/** @param {Uint8Array} bytes */
const giveBack = (bytes) => new workerpool.Transfer(bytes, [bytes.buffer]);

workerpool.worker({ echo, burn, size, giveBack });
