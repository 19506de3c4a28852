import { assertEquals } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import type { WorkerEngine } from "../../src/remote/engine.ts";
import { MemoryEngine } from "../../src/remote/memory/memory_engine.ts";
import { poolOn, serveOn } from "./memory_pool.ts";

const work = task({ name: "leaving-worker-work", pool: "cluster" }, (x: number) => x);

Deno.test("a worker that leaves gives back a job that was on its way to it, and another one runs it", async () => {
  const engine = new MemoryEngine();
  const leaving = new AbortController();
  const slow: WorkerEngine = {
    openWorker: async (worker, listener) => {
      const onItsWay = Promise.withResolvers<Uint8Array>();
      const job = (frame: Uint8Array) => {
        onItsWay.resolve(frame);
        leaving.abort();
      };
      const link = await engine.openWorker(worker, { ...told(listener), job });
      const stop = async () => {
        await link.stop();
        listener.job(await onItsWay.promise);
      };
      return { ...link, want: (count) => link.want(Math.min(count, 1)), stop };
    },
  };
  const settings = { name: "leaving", modules: [import.meta.url], backend: "async" } as const;
  const served = serveOn(slow, { ...settings, worker: "slow", signal: leaving.signal });
  const controller = new AbortController();
  {
    await using runner = new TaskRunner({ pools: { cluster: poolOn(engine, "leaving") } });
    const handle = runner.submit(work, 1);
    const run = runner.run();
    await served;
    const other = serveOn(engine, { ...settings, worker: "other", signal: controller.signal });
    await run;
    assertEquals([await handle, handle.attempts, handle.worker], [1, 1, "other"]);
    controller.abort();
    await other;
  }
});

/** What a worker hears beside jobs. */
function told(listener: Parameters<WorkerEngine["openWorker"]>[1]) {
  return {
    orders: (frame: Uint8Array) => listener.orders(frame),
    disconnected: () => listener.disconnected(),
    reconnected: () => listener.reconnected(),
    failed: (error: Error) => listener.failed(error),
  };
}
