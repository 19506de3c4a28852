/**
 * The worker of poolifier-web-worker.
 *
 * @module
 */

import { burn, echo, size } from "./bodies.mjs";
import { load } from "./packages.mjs";

const { ThreadWorker } = await load("poolifier-web-worker");

export default new ThreadWorker({ echo, burn, size });
