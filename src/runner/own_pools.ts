/**
 * The pools that a runner has made.
 *
 * @module
 */

import type { Pool } from "../core/pool.ts";

/**
 * Disposes of pools, all at once. Resolves when each of them has ended, or has failed to.
 *
 * @throws What the first pool throws that cannot be disposed of.
 */
export async function disposeOfPools(pools: readonly Pool[]): Promise<void> {
  const ends = await Promise.allSettled(pools.map(async (pool) => await pool[Symbol.asyncDispose]()));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
