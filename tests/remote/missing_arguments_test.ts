import { assertEquals } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import type { WorkerEngine } from "../../src/remote/engine.ts";
import { MemoryEngine } from "../../src/remote/memory/memory_engine.ts";
import { poolOn, serveOn } from "./memory_pool.ts";

const length = task({ name: "missing-arguments-length", pool: "cluster" }, (text: string) => text.length);

Deno.test("a worker gives a job back whose large arguments are not there, and it is submitted again with them", async () => {
  const engine = new MemoryEngine();
  let asked = 0;
  const forgetful: WorkerEngine = {
    openWorker: async (worker, listener) => {
      const link = await engine.openWorker(worker, listener);
      const { get } = link.blobs;
      const once: typeof get = (run, key) => ++asked === 1 ? Promise.resolve(undefined) : get(run, key);
      return { ...link, blobs: { ...link.blobs, get: once } };
    },
  };
  const controller = new AbortController();
  const modules = [import.meta.url];
  const served = serveOn(forgetful, { name: "large", modules, backend: "async", signal: controller.signal });
  {
    await using runner = new TaskRunner({ pools: { cluster: poolOn(engine, "large") } });
    const handle = runner.submit(length, "x".repeat(200_000));
    await runner.run();
    assertEquals([await handle, handle.attempts, asked], [200_000, 1, 2]);
  }
  controller.abort();
  await served;
});
