/**
 * The life of a worker's program.
 *
 * @module
 */

import { onAbort } from "../../core/on_abort.ts";
import { createPool } from "../../pools/create_pool.ts";
import { resolvePoolOptions } from "../../pools/options.ts";
import type { WorkerEngine } from "../engine.ts";
import type { ResolvedServeSettings } from "../options.ts";
import { serveHealth } from "./health.ts";
import { TaskTable } from "./task_table.ts";
import { TaskWorker } from "./task_worker.ts";

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Windows knows one of them only. */
const SIGNALS: readonly (keyof typeof EXIT_CODES)[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/**
 * Serves tasks until it is told to end, and then until what it has begun has ended.
 *
 * @throws {TypeError} If a module defines no tasks, or two define one of the same name.
 * @throws If the engine cannot be used, or a module cannot be imported.
 */
export async function serve(engine: WorkerEngine, settings: ResolvedServeSettings): Promise<void> {
  const { modules, worker, tags, leaseMs, backend, concurrency, logger, signal, handleSignals, health } = settings;
  const tasks = await TaskTable.import(modules);
  const pool = createPool(
    resolvePoolOptions({ backend, ...(concurrency !== undefined && { maxWorkers: concurrency }) }, "worker", undefined),
    logger,
    engine.prefetchMs,
  );
  const taskWorker = new TaskWorker({ worker, tags, leaseMs, pool, tasks, logger });
  const ending = new AbortController();
  const cleanUp: (() => unknown)[] = [];
  try {
    if (signal?.aborted) ending.abort();
    else if (signal !== undefined) cleanUp.push(onAbort(signal, () => ending.abort()));
    if (handleSignals === true) cleanUp.push(endOnSignals(() => ending.abort()));
    const server = health === undefined ? undefined : serveHealth(health, worker, taskWorker);
    if (server !== undefined) cleanUp.push(() => server.shutdown());
    try {
      await taskWorker.start(engine, ending.signal);
    } catch (error) {
      if (ending.signal.aborted) return; // it was to end before it was connected
      throw error;
    }
    settings.onReady?.({ worker, tasks: tasks.describe(), healthPort: server?.addr.port });
    await Promise.race([served(taskWorker, ending.signal), taskWorker.failure]);
  } finally {
    await taskWorker.close();
    for (const each of cleanUp.reverse()) await each();
  }
}

/** Resolves once a worker was told to end, and has. */
async function served(taskWorker: TaskWorker, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => onAbort(signal, () => resolve(undefined)));
  await taskWorker.leave();
}

/** Calls a function at the first signal of the system; the second one ends the program. Returns what undoes that. */
function endOnSignals(end: () => void): () => void {
  let isEnding = false;
  const listeners = SIGNALS.map((signal) => {
    const listener = () => {
      if (isEnding) Deno.exit(EXIT_CODES[signal]);
      isEnding = true;
      end();
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return () => listeners.forEach((remove) => remove());
}
