import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { TaskCancelledError } from "../../mod.ts";
import { reportsAndWaits, square, whereAmI } from "./conformance/tasks.ts";
import {
  childrenOf,
  HAS_PROC,
  inTime,
  isAlive,
  quietRunner,
  runToEnd,
  untilEvent,
  WORKERS,
  workersOf,
} from "./support.ts";

type WorkerBackend = typeof WORKERS[number];

/** Counts the workers that are made while a function runs. */
async function countingWorkers(action: () => Promise<void>): Promise<number> {
  const Original = globalThis.Worker;
  let count = 0;
  globalThis.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      count++;
    }
  };
  try {
    await action();
  } finally {
    globalThis.Worker = Original;
  }
  return count;
}

for (const backend of WORKERS) {
  Deno.test(`A pool of ${backend} workers reuses them`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    assertEquals(new Set(await workersOf(runner, backend, 20)).size, 1);
  });

  Deno.test(`A pool of ${backend} workers has as many as it needs, up to maxWorkers`, async () => {
    await using runner = quietRunner({ maxWorkers: 2 });
    const handles = Array.from({ length: 12 }, () => runner.submit(whereAmI.with({ backend }), 40));
    const places = await Promise.all(handles);
    assertEquals(new Set(places.map(({ worker }) => worker)).size, 2);
    assert(places.every(({ pid }) => (pid === Deno.pid) === (backend === "thread")));
  });

  Deno.test(`A runner with busy ${backend} workers is disposed of, whatever their bodies wait for`, async () => {
    const runner = quietRunner();
    const busy = [1, 2].map(() => runner.submit(reportsAndWaits.with({ backend })));
    const queued = square.with({ backend, runner }).map([1, 2, 3]);
    await Promise.all(busy.map((handle) => untilEvent(runner, "progress", handle)));
    await inTime("the runner is disposed of", runner.shutdown());
    for (const handle of [...busy, ...queued]) {
      assertEquals(handle.status, "cancelled");
      assertInstanceOf(await handle.exception(), TaskCancelledError);
    }
    assertThrows(() => runner.submit(square.with({ backend }), 1), Error, "shut down");
    if (HAS_PROC) assertEquals(childrenOf(), []);
  });

  Deno.test(`A script's own tasks run on a ${backend}, after its top-level await`, async () => {
    const program = await runToEnd("main_script.ts", { args: [backend] });
    assertEquals(program.values("RESULTS"), [[15, 8, "5 times 3", 1, false]]);
    assertEquals(program.stderr.match(/side effect/g)?.length, 2, program.stderr);
  });
}

Deno.test("A pool starts no thread before it is needed, and no more than it has tasks for", async () => {
  let started = 0;
  const all = await countingWorkers(async () => {
    await using runner = quietRunner({ maxWorkers: 4, pools: { heavy: { backend: "thread" } } });
    started = await countingWorkers(async () => {
      await runner.submit(square, 3);
    });
    await runner.submit(square.with({ backend: "thread" }), 3);
  });
  assertEquals([started, all], [0, 1]);
});

Deno.test({
  name: "A pool starts no child before it is needed, and no more than it has tasks for",
  ignore: !HAS_PROC,
  async fn() {
    await using runner = quietRunner({ maxWorkers: 4, pools: { heavy: { backend: "process" } } });
    await runner.submit(square, 3);
    assertEquals(childrenOf(), []);
    const { pid } = await runner.submit(whereAmI.with({ backend: "process" }), 0);
    assert(isAlive(pid));
    assert(childrenOf().length <= 2, "a child, and perhaps one that watches over it");
    assertEquals((await runner.submit(whereAmI.with({ pool: "heavy" }), 0)).pid !== pid, true);
    await runner.shutdown();
    assertEquals(childrenOf(), []);
  },
});
