/**
 * What is inside of a runner, for other parts of this package.
 *
 * @module
 */

import type { Submitter } from "../tasks/submitter.ts";
import type { Engine } from "./engine.ts";

const engines = new WeakMap<Submitter, Engine>();

/** Says that an engine is that of a runner. */
export function belongsTo(engine: Engine, runner: Submitter): void {
  engines.set(runner, engine);
}

/** The engine of a runner of this copy of the package. */
export function engineOf(runner: Submitter): Engine | undefined {
  return engines.get(runner);
}
