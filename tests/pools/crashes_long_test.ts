import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { type Backend, RetryExhaustedError, type Task, task, type TaskRunner, WorkerLostError } from "../../mod.ts";
import { square, waits, whereAmI } from "./conformance/tasks.ts";
import {
  announcesPid,
  crashes,
  crashesAtFirst,
  eatsMemory,
  KINDS_OF_CRASHES,
  leavesRejection,
  loopsAnnounced,
} from "./hostile_tasks.ts";
import {
  childrenOf,
  HAS_PROC,
  isAlive,
  type LogLine,
  quietRunner,
  startProgram,
  untilEvent,
  WORKERS,
} from "./support.ts";
import { until } from "../support.ts";

for (const backend of WORKERS) {
  Deno.test(`A task that lost its worker on a ${backend} is tried again in a new one`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    const again = crashesAtFirst.with({ backend, retries: 2, backoff: "none" });
    const handle = runner.submit(again, 2, "Deno.exit(7)");
    assertEquals([await handle, handle.attempts], [3, 3]);
    const error = await runner.submit(again, 9, "Deno.exit(7)").exception();
    assertInstanceOf(error, RetryExhaustedError);
    assertInstanceOf(error.cause, WorkerLostError);
    const never = crashesAtFirst.with({ backend, retries: 2, backoff: "none", retryOn: RangeError });
    assertEquals((await runner.submit(never, 9, "Deno.exit(7)").getResult()).attempts, 1);
    const lost = crashesAtFirst.with({ backend, retries: 2, backoff: "none", retryOn: WorkerLostError });
    assertEquals(await runner.submit(lost, 1, "Deno.exit(7)"), 2);
  });
}

Deno.test("kill -9 of a child costs the task that it runs, which is tried again if it may be", async () => {
  await using runner = quietRunner();
  const neighbour = runner.submit(waits.with({ backend: "process" }), 300);
  const doomed = runner.submit(announcesPid.with({ backend: "process" }), 60_000);
  await untilEvent(runner, "progress", doomed);
  const behind = square.with({ backend: "process", runner }).map([1, 2, 3]);
  Deno.kill(Number(doomed.progressMessage), "SIGKILL");
  const error = await doomed.exception();
  assertInstanceOf(error, WorkerLostError);
  assertEquals(error.signal, "SIGKILL");
  assertMatch(error.message, /SIGKILL/);
  assertEquals([await neighbour, neighbour.attempts], [300, 1]);
  assertEquals(await Promise.all(behind), [1, 4, 9]);

  const again = announcesPid.with({ backend: "process", retries: 1, backoff: "none" });
  const retried = runner.submit(again, 200);
  await untilEvent(runner, "progress", retried);
  Deno.kill(Number(retried.progressMessage), "SIGKILL");
  assertEquals([await retried, retried.attempts], [2, 2]);
});

/** Exit codes that a crash is known to have. */
const CODES: Readonly<Record<string, number>> = {
  "Deno.exit(7)": 7,
  "Deno.exit() after an await": 0,
  "process.exit(8)": 8,
};

/** Modules that no worker can import, by what is wrong with them. */
const BROKEN: Readonly<Record<string, { readonly module: string; readonly says: RegExp }>> = {
  "has a syntax error": { module: "data:text/javascript,let let = ;", says: /SyntaxError|syntax|Unexpected|let/ },
  "is missing": { module: new URL("./nowhere.ts", import.meta.url).href, says: /nowhere\.ts/ },
  "throws": { module: "data:text/javascript,throw new RangeError('while importing')", says: /while importing/ },
  "imports what is missing": {
    module: `data:text/javascript,import "${new URL("./gone.ts", import.meta.url)}"`,
    says: /gone\.ts/,
  },
  "ends the worker": { module: "data:text/javascript,Deno.exit(9)", says: /9|exit/ },
};

async function lossOf<A extends unknown[]>(
  runner: TaskRunner,
  lost: Task<A, unknown>,
  ...args: A
): Promise<WorkerLostError> {
  const error = await runner.submit(lost as unknown as Task<unknown[], unknown>, ...args).exception();
  assertInstanceOf(error, WorkerLostError);
  return error;
}

function moduleTask(module: string, backend: Backend): Task<[], unknown> {
  return task({ name: "broken", module, backend }, () => {});
}

for (const backend of WORKERS) {
  for (const kind of KINDS_OF_CRASHES) {
    Deno.test(`${kind} in a task on a ${backend} costs that task only`, async () => {
      await using runner = quietRunner();
      const before = square.with({ backend, runner }).map([1, 2, 3, 4, 5]);
      const crash = runner.submit(crashes.with({ backend }), kind);
      const neighbour = runner.submit(waits.with({ backend }), 30);
      const after = square.with({ backend, runner }).map([6, 7, 8, 9, 10]);
      const error = await crash.exception();
      assertInstanceOf(error, WorkerLostError, String(error));
      assertEquals([error.code, error.task, crash.attempts], ["WORKER_LOST", "crashes", 1]);
      if (kind in CODES && backend === "process") assertEquals(error.exitCode, CODES[kind]);
      if (kind in CODES && backend === "thread") assertMatch(error.message, /exit\(/);
      if (/stray|timer|event/.test(kind)) assertMatch(`${error.message} ${error.cause}`, /astray/);
      if (backend === "process") assertMatch(error.stderr ?? "", /last words before/);
      for (const [index, handle] of [...before, ...after].entries()) {
        assertEquals([await handle, handle.attempts], [(index + 1) ** 2, 1], handle.explain());
      }
      assertEquals([await neighbour, neighbour.attempts], [30, 1]);
      assertEquals(runner.statistics().quarantined, 0);
    });
  }

  Deno.test(`A pool on a ${backend} stays full, however many workers are lost`, async () => {
    await using runner = quietRunner();
    const all = Array.from(
      { length: 40 },
      (_, index) =>
        index % 4 === 0
          ? runner.submit(crashes.with({ backend }), KINDS_OF_CRASHES[index / 4 % KINDS_OF_CRASHES.length]!)
          : runner.submit(square.with({ backend }), index),
    );
    for (const [index, handle] of all.entries()) {
      const { status, error, value, attempts } = await handle.getResult();
      if (index % 4 === 0) assertInstanceOf(error, WorkerLostError);
      else assertEquals({ status, value, attempts }, { status: "completed", value: index ** 2, attempts: 1 });
    }
  });

  for (const [what, { module, says }] of Object.entries(BROKEN)) {
    Deno.test(`A task on a ${backend} whose module ${what} fails and says so`, async () => {
      await using runner = quietRunner({ maxWorkers: 1 });
      const before = runner.submit(square.with({ backend }), 2);
      const broken = runner.submit(moduleTask(module, backend));
      const after = runner.submit(square.with({ backend }), 3);
      const error = await broken.exception();
      assertInstanceOf(error, WorkerLostError);
      assertMatch(`${error.message}\n${error.cause}\n${error.stderr}`, says);
      assertEquals([await before, await after, after.attempts], [4, 9, 1]);
    });
  }

  Deno.test(`A task on a ${backend} that its module does not define fails, and its error shows the guard`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    const unknown = task({ name: "unknown", module: "data:text/javascript,export {}", backend }, () => {});
    const { message } = await runner.submit(unknown).exception() as Error;
    assertMatch(message, /unknown/);
    assertMatch(message, /top level/);
    assertEquals(await runner.submit(square.with({ backend }), 3), 9);
  });

  Deno.test(`A rejection that a task on a ${backend} leaves behind harms no other task`, async () => {
    const lines: LogLine[] = [];
    await using runner = quietRunner({ maxWorkers: 1 }, lines);
    await Promise.all(square.with({ backend, runner }).map(Array.from({ length: 100 }, (_, x) => x)));
    const left = runner.submit(leavesRejection.with({ backend }));
    const others = [1, 2, 3].map((x) => runner.submit(square.with({ backend }), x));
    const slow = runner.submit(waits.with({ backend }), 30);
    assertEquals(await Promise.all(others), [1, 4, 9]);
    assertEquals([await slow, slow.attempts], [30, 1]);
    assertEquals(others.map(({ attempts }) => attempts), [1, 1, 1]);
    const { status, error } = await left.getResult();
    if (status === "failed") assertInstanceOf(error, WorkerLostError);
    else assertEquals(status, "completed");
  });
}

Deno.test("kill -9 of an idle child costs no task", async () => {
  await using runner = quietRunner({ maxWorkers: 1 });
  for (let round = 0; round < 5; round++) {
    const { pid } = await runner.submit(whereAmI.with({ backend: "process" }), 0);
    Deno.kill(pid, "SIGKILL");
    await until("the pool has noticed", () => runner.statistics().pools["process"]!.workers === 0);
    const next = runner.submit(square.with({ backend: "process" }), round);
    assertEquals([await next, next.attempts], [round * round, 1]);
  }
});

Deno.test("A child that is out of memory costs its task, whose error names the limit", async () => {
  await using runner = quietRunner();
  const small = eatsMemory.with({ backend: "process", memoryLimitMb: 96 });
  const neighbour = runner.submit(waits.with({ backend: "process" }), 300);
  const error = await lossOf(runner, small, "objects");
  assertMatch(error.message, /memoryLimitMb|memory/);
  assertMatch(error.message, /96/);
  assert(error.exitCode !== undefined || error.signal !== undefined, "it tells how the child ended");
  assertEquals([await neighbour, neighbour.attempts], [300, 1]);
  assertEquals(await runner.submit(square.with({ backend: "process", memoryLimitMb: 96 }), 3), 9);
});

Deno.test("A child's limit of memory counts buffers too", async () => {
  await using runner = quietRunner();
  const error = await lossOf(runner, eatsMemory.with({ backend: "process", memoryLimitMb: 192 }), "buffers");
  assertMatch(error.message, /memory/);
});

Deno.test("An error of a lost child quotes the last lines that it wrote, and not all of them", async () => {
  await using runner = quietRunner();
  const error = await lossOf(runner, crashes.with({ backend: "process" }), "process.exit(8)");
  assertEquals([error.exitCode, error.signal], [8, undefined]);
  assertMatch(error.message, /8/);
  assertMatch(error.message, /last words before process\.exit\(8\)/);
});

for (const ending of ["SIGKILL", "SIGTERM", "exit", "throw"] as const) {
  Deno.test({
    name: `A parent that ends by ${ending} leaves no child behind, be it in a loop`,
    ignore: !HAS_PROC,
    async fn() {
      await using program = startProgram("parent.ts", { args: [ending] });
      await until("it tells its children", () => program.stdout.includes("PIDS"));
      const [pids] = program.values("PIDS") as number[][];
      assert(pids!.length >= 2, `its children are ${pids}`);
      if (ending === "SIGKILL" || ending === "SIGTERM") program.kill(ending);
      await program.status;
      await until(`${pids} are gone`, () => !pids!.some(isAlive), 5_000);
    },
  });
}

Deno.test({
  name: "Disposing of a runner ends children that loop",
  ignore: !HAS_PROC,
  async fn() {
    {
      await using runner = quietRunner();
      const handles = [1, 2].map(() => runner.submit(loopsAnnounced.with({ backend: "process" })));
      await Promise.all(handles.map((handle) => untilEvent(runner, "progress", handle)));
      assert(handles.every(({ progressMessage }) => isAlive(Number(progressMessage))));
    }
    assertEquals(childrenOf(), []);
  },
});
