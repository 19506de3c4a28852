/**
 * The worker of poolifier.
 *
 * @module
 */

import { burn, echo, size } from "./bodies.mjs";
import { load } from "./packages.mjs";

const { ThreadWorker } = await load("poolifier");

export default new ThreadWorker({ echo, burn, size });
