/**
 * Pools of the kinds that this package has.
 *
 * @module
 */

import type { Logger } from "../core/logger.ts";
import type { Pool } from "../core/pool.ts";
import { AsyncPool } from "./async_pool.ts";
import { LazyWorkerPool } from "./lazy_worker_pool.ts";
import type { ResolvedPoolOptions } from "./options.ts";
import { ProcessKind } from "./process/process_kind.ts";
import { ThreadKind } from "./thread/thread_kind.ts";

/**
 * Makes a pool.
 *
 * @param logger One that does not throw.
 * @param prefetchMs How many milliseconds of work a pool of workers asks for in advance. Default: what its workers need.
 */
export function createPool(options: ResolvedPoolOptions, logger: Logger, prefetchMs?: number): Pool {
  const { backend, maxWorkers, denoFlags } = options;
  if (backend === "async") return new AsyncPool(maxWorkers);
  const workerOptions = { ...options, prefetchMs, logger };
  if (backend === "thread") return new LazyWorkerPool(new ThreadKind(), workerOptions);
  return new LazyWorkerPool(new ProcessKind(denoFlags, logger), workerOptions);
}
