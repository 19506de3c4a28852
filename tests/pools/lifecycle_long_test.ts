import { assert, assertEquals, assertInstanceOf, assertMatch, assertThrows } from "@std/assert";
import {
  type PoolOptions,
  task,
  TaskCancelledError,
  type TaskPermissions,
  type TaskRunner,
  TaskTimeoutError,
} from "../../mod.ts";
import { reportsAndWaits, spin, square, whereAmI } from "./conformance/tasks.ts";
import {
  childrenOf,
  HAS_PROC,
  inTime,
  isAlive,
  quietRunner,
  runToEnd,
  startProgram,
  untilEvent,
  WORKERS,
  workersOf,
} from "./support.ts";
import { PATIENCE_MS, sleep, tempFolder, until } from "../support.ts";

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
    const busy = [1, 2, 3].map(() => runner.submit(reportsAndWaits.with({ backend })));
    await Promise.all(busy.slice(0, 2).map((handle) => untilEvent(runner, "progress", handle)));
    assertEquals(new Set(busy.map(({ worker }) => worker)).size, 3); // two names, and none for the one that waits
    assertEquals(busy[2]!.startedAt, undefined);
    for (const handle of busy) handle.cancel();
    const { pid } = await runner.submit(whereAmI.with({ backend }), 0);
    assertEquals(pid === Deno.pid, backend === "thread");
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

function runnerWith(backend: WorkerBackend, options: PoolOptions): TaskRunner {
  return quietRunner({ pools: { [backend]: options } });
}

for (const backend of WORKERS) {
  Deno.test(`A pool of ${backend} workers replaces one after maxTasksPerWorker tasks`, async () => {
    await using runner = runnerWith(backend, { maxWorkers: 1, maxTasksPerWorker: 3 });
    const places = await workersOf(runner, backend, 9);
    assertEquals(new Set(places).size, 3);
    assertEquals([places[0], places[3], places[6]], [places[2], places[5], places[8]]);
    // A queue does not change that.
    const handles = Array.from({ length: 30 }, () => runner.submit(whereAmI.with({ backend }), 0));
    const count = new Map<string, number>();
    for (const { worker } of await Promise.all(handles)) count.set(worker, (count.get(worker) ?? 0) + 1);
    assert([...count.values()].every((each) => each <= 3), [...count.values()].join());
    assert(handles.every(({ attempts }) => attempts === 1));
  });

  Deno.test(`A pool of ${backend} workers ends those that are idle, and starts new ones`, async () => {
    await using runner = runnerWith(backend, { maxWorkers: 1, idleTimeout: "80ms" });
    const { worker: first, pid } = await runner.submit(whereAmI.with({ backend }), 0);
    assertEquals(await workersOf(runner, backend, 1), [first]);
    let next: string | undefined = first;
    const end = performance.now() + PATIENCE_MS;
    for (let idle = 100; next === first && performance.now() < end; idle *= 2) {
      await sleep(idle);
      if (backend === "process" && HAS_PROC) await until("the idle child is gone", () => !isAlive(pid));
      [next] = await workersOf(runner, backend, 1);
    }
    assert(next !== first, "the worker is still the same one");
    assertEquals(await runner.submit(spin.with({ backend }), 200), 200, "a busy worker is not idle");
  });

  Deno.test(`A runner without a limit of workers runs tasks on a ${backend}`, async () => {
    await using runner = quietRunner({ maxWorkers: Infinity });
    assertEquals(await Promise.all(square.with({ backend, runner }).map([1, 2, 3])), [1, 4, 9]);
  });

  Deno.test(`A runner is disposed of while its ${backend} workers are still starting`, async () => {
    for (const turns of [0, 1, 5]) {
      const runner = quietRunner();
      const handles = square.with({ backend, runner }).map([1, 2, 3]);
      for (const handle of handles) void handle.exception();
      for (let turn = 0; turn < turns; turn++) await sleep(5);
      await inTime("the runner is disposed of", runner.shutdown());
      assert(handles.every(({ done }) => done));
    }
    if (HAS_PROC) assertEquals(childrenOf(), []);
  });

  Deno.test(`A deadline holds for a ${backend} worker whose module never ends its import`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    const module = "data:text/javascript,await new Promise(() => setTimeout(() => {}, 1e9))";
    const stuck = runner.submit(task({ name: "stuck", backend, module, timeout: "100ms" }, () => {}));
    assertInstanceOf(await inTime("the task is out of time", stuck.exception()), TaskTimeoutError);
    assertEquals(await runner.submit(square.with({ backend }), 3), 9);
  });

  Deno.test(`A script that runs tasks on a ${backend} and forgets the guard gets the error that shows it`, async () => {
    await using program = startProgram("guard.ts", { env: { BACKEND: backend } });
    const code = await program.exit();
    assert(code !== 0, program.stdout);
    assertMatch(program.stderr, /if \(import\.meta\.main\)/);
    assert(!program.stdout.includes("DOUBLE"), program.stdout);
  });
}

Deno.test("Tasks that alternate between two sets of permissions reuse their children", async () => {
  await using runner = quietRunner({ maxWorkers: 2 });
  const sets: readonly TaskPermissions[] = [{ env: ["HOME"] }, "none"];
  const handles = Array.from({ length: 200 }, (_, index) => {
    return runner.submit(whereAmI.with({ backend: "process", permissions: sets[index % 2] }), 0);
  });
  const pids = new Set((await Promise.all(handles)).map(({ pid }) => pid));
  assert(pids.size <= 20, `${pids.size} children`); // two, where the machine is not busy
});

for (const how of ["await", "dispose", "forget"]) {
  Deno.test(`A program that used all backends ends by itself, with no file left (${how})`, async () => {
    await using folder = await tempFolder();
    const program = await runToEnd("brief.ts", { args: [how], env: { TMPDIR: folder.path, TEMP: folder.path } });
    assertEquals(program.values("RESULTS"), [[1, 4, 9, 3], [1, 4, 9, 3]]);
    assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), []);
    assertEquals(program.stderr, "");
  });
}
