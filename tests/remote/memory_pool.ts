import type { Pool } from "../../mod.ts";
import { MemoryEngine } from "../../src/remote/memory/memory_engine.ts";
import { resolvePoolSettings, resolveServeSettings, type ServeTasksSettings } from "../../src/remote/options.ts";
import { RemotePool } from "../../src/remote/pool/remote_pool.ts";
import { serve } from "../../src/remote/worker/serve.ts";
import type { RunnerEngine, WorkerEngine } from "../../src/remote/engine.ts";

/** A pool on an engine of a test. */
export function poolOn(engine: RunnerEngine, name: string, lease = 2_000): () => Pool {
  return () => new RemotePool(engine, resolvePoolSettings({ name, lease }, "the pool", []));
}

/** A worker on an engine of a test. */
export function serveOn(engine: WorkerEngine, settings: ServeTasksSettings): Promise<void> {
  return serve(engine, resolveServeSettings({ lease: 2_000, handleSignals: false, ...settings }, []));
}

/** Engines in this program, by the name of a pool. */
export class MemoryEngines {
  readonly #engines = new Map<string, MemoryEngine>();

  of(name: string): MemoryEngine {
    return this.#engines.getOrInsertComputed(name, () => new MemoryEngine());
  }
}
