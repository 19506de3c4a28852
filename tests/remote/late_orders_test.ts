import { assertEquals } from "@std/assert";
import { currentTask, task, TaskRunner } from "../../mod.ts";
import type { Engine } from "../../src/remote/engine.ts";
import { MemoryEngine } from "../../src/remote/memory/memory_engine.ts";
import { decodeOrder } from "../../src/remote/protocol/order_frame.ts";
import { settle, until } from "../support.ts";
import { poolOn, serveOn } from "./memory_pool.ts";

const work = task({ name: "late-orders-work", pool: "cluster" }, async (x: number) => {
  const { signal } = currentTask()!;
  await settle(); // what is ordered meanwhile is heard
  signal.throwIfAborted();
  return x;
});

/** An engine whose worker takes jobs once it may, and hears what ends attempts only after a job. */
class SlowOrders implements Engine {
  readonly name = "slow orders";
  readonly #engine = new MemoryEngine();
  readonly late: Uint8Array[] = [];
  submitted = 0;
  letWant = () => {};

  openRunner: Engine["openRunner"] = async (run, listener) => {
    const link = await this.#engine.openRunner(run, listener);
    const submit: typeof link.submit = (token, frame) => {
      this.submitted++;
      link.submit(token, frame);
    };
    return { ...link, submit };
  };

  openWorker: Engine["openWorker"] = async (worker, listener) => {
    const link = await this.#engine.openWorker(worker, {
      orders: (frame) => {
        if (decodeOrder(frame).kind === "abort") this.late.push(frame);
        else listener.orders(frame);
      },
      job: (frame) => {
        listener.job(frame);
        for (const order of this.late.splice(0)) listener.orders(order);
      },
      disconnected: () => listener.disconnected(),
      reconnected: () => listener.reconnected(),
      failed: (error) => listener.failed(error),
    });
    const may = new Promise<void>((resolve) => this.letWant = resolve);
    return { ...link, want: (count) => void may.then(() => link.want(count)) };
  };
}

Deno.test("an order to end an attempt, heard late, does not end the next one of its task", async () => {
  const engine = new SlowOrders();
  const controller = new AbortController();
  const modules = [import.meta.url];
  const served = serveOn(engine, { name: "late", modules, backend: "async", signal: controller.signal });
  {
    await using runner = new TaskRunner({ pools: { cluster: poolOn(engine, "late") }, onTaskError: "continue" });
    const run = runner.serve();
    const first = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted === 1);
    first.cancel();
    const second = runner.retry(first);
    await until("it is submitted again, and the order is on its way", () => {
      return engine.submitted === 2 && engine.late.length === 1;
    });
    engine.letWant();
    assertEquals(await second, 1);
    assertEquals(engine.late, []);
    await runner.stop();
    await run;
  }
  controller.abort();
  await served;
});
