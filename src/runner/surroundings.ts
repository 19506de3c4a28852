/**
 * What a runner is surrounded by: time, chance, pools and a store. Tests put others in their place.
 *
 * @module
 */

import type { Checkpointer } from "../core/checkpointer.ts";
import { type Clock, SYSTEM_CLOCK } from "../core/clock.ts";
import type { Pool } from "../core/pool.ts";
import type { Engine } from "../engine/engine.ts";

/** The surroundings of a runner. */
export interface Surroundings {
  readonly clock: Clock;
  /** A number from 0 to 1, for waits that are randomized. */
  random(): number;
  /** What stands for a pool that the runner has, or was given. */
  pool(pool: Pool): Pool;
  /** What stands for a checkpointer that the runner has, or was given. */
  checkpointer(checkpointer: Checkpointer): Checkpointer;
  /** Called with each engine within these surroundings. */
  joined(engine: Engine): void;
}

/** The option of a runner that gives it others: one that no user finds. */
export const SURROUNDINGS: unique symbol = Symbol("workflowy.runner.surroundings");

/** Those of programs. */
const REAL: Surroundings = {
  clock: SYSTEM_CLOCK,
  random: Math.random,
  pool: (pool) => pool,
  checkpointer: (checkpointer) => checkpointer,
  joined: () => {},
};

/** The surroundings that the options of a runner give it. */
export function surroundingsOf(options: object): Surroundings {
  return (options as { readonly [SURROUNDINGS]?: Surroundings })[SURROUNDINGS] ?? REAL;
}
