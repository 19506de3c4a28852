/**
 * The subprocess of `fork.mjs`.
 *
 * @module
 */

import process from "node:process";
import * as bodies from "./bodies.mjs";

process.on("message", (jobs) => process.send(jobs.map(([id, name, value]) => [id, bodies[name](value)])));
