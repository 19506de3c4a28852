import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { type Backend, NonRetryableError, TaskRunner, WorkerLostError } from "../../mod.ts";
import { MemoryEngine } from "../../src/remote/memory/memory_engine.ts";
import { poolOn, serveOn } from "./memory_pool.ts";
import { grow, locked, open } from "./rights_tasks.ts";

const FILE = new URL("./rights_tasks.ts", import.meta.url).pathname;

async function withWorker(backend: Backend, test: (runner: TaskRunner) => Promise<void>): Promise<void> {
  const engine = new MemoryEngine();
  const controller = new AbortController();
  const ready = Promise.withResolvers<void>();
  const served = serveOn(engine, {
    name: "rights",
    backend,
    concurrency: 1,
    lease: 30_000,
    modules: [import.meta.resolve("./rights_tasks.ts")],
    signal: controller.signal,
    onReady: () => ready.resolve(),
  });
  await ready.promise;
  {
    const pools = { cluster: poolOn(engine, "rights", 30_000) };
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    await using runner = new TaskRunner({ pools, onTaskError: "continue", logger });
    const run = runner.serve();
    await test(runner);
    await runner.stop();
    await run;
  }
  controller.abort();
  await served;
}

Deno.test("on a worker of subprocesses a task may do what its module and its submission allow, and no more", async () => {
  await withWorker("process", async (runner) => {
    assertEquals(await runner.submit(open, FILE), "i");
    const wider = [locked, locked.with({ permissions: "inherit" }), locked.with({ permissions: { read: true } })];
    const narrower = [open.with({ permissions: "none" }), open.with({ permissions: { read: ["/nowhere"] } })];
    for (const each of [...wider, ...narrower]) {
      const error = await runner.submit(each, FILE).exception();
      assertInstanceOf(error, Deno.errors.NotCapable, `${each.options.permissions}: ${error}`);
    }
    assertEquals(await runner.submit(open.with({ permissions: { read: [FILE] } }), FILE), "i");
  });
});

Deno.test("on a worker of subprocesses a task gets the memory that its module and its submission allow", async () => {
  await withWorker("process", async (runner) => {
    assertEquals(await runner.submit(grow, 1), 1);
    for (const each of [grow, grow.with({ memoryLimitMb: 4_000 })]) {
      const error = await runner.submit(each, 2_000).exception();
      assertInstanceOf(error, WorkerLostError);
      assertMatch(error.message, /64/);
    }
    const error = await runner.submit(grow.with({ memoryLimitMb: 32 }), 2_000).exception();
    assertInstanceOf(error, WorkerLostError);
    assertMatch(error.message, /32/);
  });
});

Deno.test("a worker that cannot hold a task to its permissions refuses it", async () => {
  for (const backend of ["thread", "async"] as const) {
    await withWorker(backend, async (runner) => {
      const handles = [
        runner.submit(locked, FILE),
        runner.submit(open.with({ permissions: "none" }), FILE),
        runner.submit(grow, 1),
      ];
      for (const each of handles) {
        const error = await each.exception();
        assert(error instanceof NonRetryableError, `${backend}: ${error}`);
        assertMatch(error.message, /^The worker ".*" does not run "rights-.*cannot hold it to that/);
      }
      assertEquals(await runner.submit(open, FILE), "i");
    });
  }
});
