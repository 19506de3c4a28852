import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import {
  CheckpointError,
  DependencyFailedError,
  MemoryCheckpointer,
  type ResumeOptions,
  RetryExhaustedError,
  task,
  type TaskRecord,
  TaskRunner,
} from "../../mod.ts";
import { type Store, testOnStores } from "./stores.ts";
import { brokenOnce, calls, child, Count, count, thread } from "./programs/counted.ts";
import { recordEvents } from "./support.ts";
import { recordingLogger, sleep } from "../support.ts";

/** One run of a program: what it submits, and what came of it. */
async function round<T>(
  store: Store,
  program: (runner: TaskRunner) => Promise<T>,
  options: ResumeOptions = {},
): Promise<T> {
  await using runner = await TaskRunner.resume(store.open(), { logger: recordingLogger(), ...options });
  return await program(runner);
}

/** How often bodies were called since the last look, by name and first argument. */
function newCalls(): string[] {
  return calls.splice(0).sort();
}

testOnStores("a completed task has finished as soon as it is submitted again, as it was", async (store) => {
  const first = await round(store, async (runner) => {
    const handle = runner.submit(count, 5);
    await runner.run();
    return handle.peek();
  });
  assertEquals(newCalls(), ["count 5"]);
  await sleep(5); // so that times differ
  await round(store, async (runner) => {
    const seen = recordEvents(runner);
    const handle = runner.submit(count, 5);
    assertEquals([handle.status, handle.done, handle.attempts], ["completed", true, 1]);
    assertEquals(handle.peek(), first);
    assertEquals(seen, [`submitted ${handle.id}`, `completed ${handle.id}`]);
    assertEquals(await handle, 50);
    assertEquals(handle.explain().replace(/in .*/, ""), `"${handle.id}" completed `);
    assertEquals([handle.cancel(), runner.cancelAll()], [false, 0]);
    const report = await runner.run();
    assertEquals([report.counts.completed, report.results, report.ok], [1, [first!], true]);
    assertEquals(report.byId(handle.id), first);
  });
  assertEquals(newCalls(), []);
});

testOnStores("what completed is not run again, everything else is, in any order", async (store) => {
  await round(store, async (runner) => {
    const loads = [1, 2, 3].map((x) => runner.submit(count, x));
    const mids = loads.map((load) => runner.submit(count, load));
    runner.submit(count, brokenOnce.with({ runner }).submit(mids[0]!));
    await assertRejects(() => runner.run(), Error, "broken");
  });
  assertEquals(newCalls(), ["brokenOnce 100", "count 1", "count 10", "count 2", "count 20", "count 3", "count 30"]);
  await round(store, async (runner) => {
    const inserted = runner.submit(count, 4);
    const [c, b, a] = [3, 2, 1].map((x) => runner.submit(count, x));
    runner.submit(count, b!);
    const mid = runner.submit(count, a!);
    const last = runner.submit(count, brokenOnce.with({ runner }).submit(mid));
    const new1 = runner.submit(count, inserted);
    assertEquals([c, b, a, mid].map((handle) => handle!.done), [true, true, true, true]);
    assertEquals((await runner.run()).counts.completed, 9);
    assertEquals([await last, await new1], [2_000, 400]);
  });
  assertEquals(newCalls(), ["brokenOnce 100", "count 200", "count 4", "count 40"]);
});

testOnStores("equal submissions are each run once", async (store) => {
  const program = async (runner: TaskRunner) => {
    const handles = [1, 1, 1, 2].map((x) => runner.submit(count, x));
    const dependents = handles.map((handle) => runner.submit(count, handle));
    await runner.run();
    return Promise.all(dependents);
  };
  const values = await round(store, program);
  assertEquals(newCalls().length, 8);
  assertEquals(await round(store, program), values);
  assertEquals(newCalls(), []);
  await round(store, async (runner) => {
    for (let copy = 0; copy < 4; copy++) runner.submit(count, 1);
    await runner.run();
  });
  assertEquals(newCalls(), ["count 1"]);
});

testOnStores("a task of another version, or with another argument, is another one", async (store) => {
  const program = (version: string | undefined, x: number) => (runner: TaskRunner) =>
    runner.submit(count, runner.submit(count.with({ version }), x)).result();
  await round(store, program("1", 1));
  assertEquals(newCalls(), ["count 1", "count 10"]);
  await round(store, program("2", 1));
  assertEquals(newCalls(), ["count 1", "count 10"]); // the dependent's argument is another task's value
  await round(store, program("2", 2));
  assertEquals(newCalls(), ["count 2", "count 20"]);
  await round(store, program("1", 1));
  assertEquals(newCalls(), []);
});

testOnStores("a key stands for whatever the arguments are", async (store) => {
  const program = (x: number) => (runner: TaskRunner) => count.with({ runner, key: "today" }).submit(x).result();
  assertEquals(await round(store, program(1)), 10);
  assertEquals(await round(store, program(2)), 10);
  assertEquals(newCalls(), ["count 1"]);
});

testOnStores("results come back equal, for handles as arguments one level down, too", async (store) => {
  const values: unknown[] = [null, 0, "ä\ud83d\ude00\n", true, [], [[1], { a: [{}] }], { __proto__: null, "": 1 }];
  if (store.codec === "structured") {
    const error = new RangeError("within", { cause: new TypeError("cause") });
    values.push(new Map([[{ k: 1 }, new Set([1n])]]), new Date(5), new Uint8Array([1, 2]), [NaN, -0, undefined], {
      error,
    });
  }
  const program = async (runner: TaskRunner) => {
    const handles = values.map((value, index) => runner.submit({ [`v${index}`]: () => value }[`v${index}`]!));
    const undef = runner.submit(function nothing() {});
    const seen: unknown[] = [];
    const note = (...args: unknown[]) => {
      calls.push("note");
      seen.push(...args);
    };
    const all = Promise.all([
      task({ name: "list" }, note).with({ runner, key: crypto.randomUUID() }).submit(handles, undef),
      task({ name: "fields" }, note).with({ runner, key: crypto.randomUUID() }).submit({ ...handles, undef }),
    ]);
    await runner.run();
    await all;
    return seen;
  };
  const first = await round(store, program);
  assertEquals(newCalls(), ["note", "note"]);
  assertEquals(await round(store, program), first);
  assertEquals(newCalls(), ["note", "note"]);
  assertEquals(first.slice(0, 2), [values, undefined]);
});

testOnStores("failed and cancelled tasks run again", async (store) => {
  const program = async (runner: TaskRunner) => {
    const failing = brokenOnce.with({ runner }).submit(7);
    const dependent = runner.submit(count, failing);
    const cancelled = runner.submit(count, 8);
    if (calls.length === 0) cancelled.cancel();
    calls.push("round");
    await runner.run();
    return [failing, dependent, cancelled].map(({ status }) => status);
  };
  assertEquals(await round(store, program, { onTaskError: "continue" }), ["failed", "failed", "cancelled"]);
  assertEquals(await round(store, program), ["completed", "completed", "completed"]);
  assertEquals(newCalls(), ["brokenOnce 7", "brokenOnce 7", "count 14", "count 8", "round", "round"]);
  assertEquals(await round(store, program), ["completed", "completed", "completed"]);
  assertEquals(newCalls(), ["round"]);
});

class OddError extends Error {
  override name = "OddError";
  constructor(message: string, readonly detail: unknown, options?: ErrorOptions) {
    super(message, options);
  }
}

testOnStores("resume({ keepFailed }) keeps failures, with their errors", async (store) => {
  const odd = task({ name: "odd", retries: 1, backoff: "none" }, (x: number): number => {
    calls.push(`odd ${x}`);
    throw new OddError("odd", { x }, { cause: new RangeError("origin") });
  });
  const program = async (runner: TaskRunner) => {
    const failed = runner.submit(odd, 1);
    const dependent = runner.submit(count, failed);
    const late = runner.submit(count, runner.submit(count, dependent));
    await runner.run();
    assertEquals([failed, dependent, late].map(({ status }) => status), ["failed", "failed", "failed"]);
    return [await failed.exception(), await dependent.exception(), failed.attempts];
  };
  const first = await round(store, program, { onTaskError: "continue" });
  assertEquals(newCalls(), ["odd 1", "odd 1"]);
  const [error, of, attempts] = await round(store, program, { onTaskError: "continue", keepFailed: true });
  assertEquals([newCalls(), attempts], [[], 2]);
  assertInstanceOf(error, RetryExhaustedError);
  assertEquals([error.message, error.stack], [(first[0] as Error).message, (first[0] as Error).stack]);
  const { cause } = error as { cause: OddError };
  assertEquals([cause.name, cause.message, cause.detail], ["OddError", "odd", { x: 1 }]);
  assertEquals(cause.constructor.name, "OddError");
  assertInstanceOf(cause.cause, RangeError);
  assertInstanceOf(of, DependencyFailedError);
  assertInstanceOf(of.cause, RetryExhaustedError);
  await round(store, program, { onTaskError: "continue" });
  assertEquals(newCalls(), ["odd 1", "odd 1"]);
});

testOnStores("a failure that is kept ends a run as any other", async (store) => {
  const program = async (runner: TaskRunner) => {
    const failing = runner.submit(function fails() {
      throw new OddError("odd", 1);
    });
    const other = runner.submit(count, 9);
    const error = await runner.run().then(() => undefined, (error) => error);
    return { error, statuses: [failing.status, other.status] };
  };
  const first = await round(store, program);
  assertEquals(first.error.message, "odd");
  newCalls();
  const second = await round(store, program, { keepFailed: true });
  assertEquals([second.error.name, second.error.message], ["OddError", "odd"]);
  assertEquals([second.statuses[0], newCalls()], ["failed", []]);
  const logger = recordingLogger();
  const third = await round(store, program, { keepFailed: true, onTaskError: "log", logger });
  assertEquals([third.error, third.statuses], [undefined, ["failed", "completed"]]);
  assertEquals(logger.lines.map(({ level }) => level), ["error"]);
});

testOnStores("a task that was skipped is decided again, as its dependency completes now", async (store) => {
  const program = async (runner: TaskRunner) => {
    const failing = brokenOnce.with({ runner }).submit(3);
    const skipped = count.with({ runner, onDepFailure: "skip" }).submit(failing);
    await runner.run();
    return [failing.status, skipped.status, skipped.restored];
  };
  const options = { onTaskError: "continue" } as const;
  assertEquals(await round(store, program, options), ["failed", "skipped", false]);
  assertEquals(await round(store, program, options), ["completed", "completed", false]);
  assertEquals(newCalls(), ["brokenOnce 3", "brokenOnce 3", "count 6"]);
});

testOnStores("tasks on every backend, of every form, in rows, are found again", async (store) => {
  const program = async (runner: TaskRunner) => {
    const counted = new Count();
    const handles = [
      ...thread.with({ runner }).map([1, 2]),
      ...child.with({ runner }).map([3, 4]),
      ...counted.with({ runner }).map([5, 6]),
    ];
    const sum = runner.submit(function sum(values: number[]) {
      calls.push("sum");
      return values.reduce((a, b) => a + b, 0);
    }, handles);
    await runner.run();
    return [await sum, handles.map(({ status, attempts }) => `${status} ${attempts}`)] as const;
  };
  const first = await round(store, program);
  assertEquals(newCalls(), ["Count 5", "Count 6", "sum"]); // the others were called elsewhere
  assertEquals(first[0], 1 + 2 + 30 + 40 + 500 + 600);
  await round(store, async (runner) => {
    assertEquals(await program(runner), first);
    const { thread, process } = runner.statistics().pools;
    assertEquals([thread?.workers, process?.workers], [0, 0]);
  });
  assertEquals(newCalls(), []);
}, ["file"]); // workers take long to start

testOnStores("what a body submits is found again when the body runs again", async (store) => {
  const parent = task({ name: "parent" }, async (x: number) => {
    calls.push(`parent ${x}`);
    const values = await Promise.all(count.map([x, x + 1]));
    return await brokenOnce.submit(values[0]! + values[1]!);
  });
  const program = (runner: TaskRunner) => {
    const handle = parent.with({ runner }).submit(1);
    return runner.run().then(() => handle);
  };
  await assertRejects(() => round(store, program), Error, "broken");
  assertEquals(newCalls(), ["brokenOnce 30", "count 1", "count 2", "parent 1"]);
  assertEquals(await round(store, program), 60);
  assertEquals(newCalls(), ["brokenOnce 30", "parent 1"]);
  assertEquals(await round(store, program), 60);
  assertEquals(newCalls(), []);
});

testOnStores("after() takes a task that has finished already", async (store) => {
  const program = async (runner: TaskRunner) => {
    const late = runner.submit(count, 1);
    const early = runner.submit(count, 2);
    assertStrictEquals(late.after(early), late);
    assertEquals(late.dependsOn, [early]);
    await runner.run();
    return [await late, await early];
  };
  const first = await round(store, program);
  assertEquals(await round(store, program), first);
  assertEquals(newCalls(), ["count 1", "count 2"]);
});

testOnStores("submissions that were one for their dedup key are so again", async (store) => {
  const program = async (runner: TaskRunner) => {
    const within = count.with({ runner, dedupKey: "same" });
    const handles = [within.submit(1), within.submit(1), within.submit(1)];
    const values = await Promise.all(handles);
    values.push(await within.submit(2), await within.submit(3));
    const other = within.with({ dedupKey: "other" });
    for (let time = 0; time < 3; time++) values.push(await other.submit(4));
    return values;
  };
  const first = await round(store, program);
  assertEquals(newCalls(), ["count 1", "count 2", "count 3", "count 4", "count 4", "count 4"]);
  assertEquals([await round(store, program), newCalls()], [first, []]);
  // In serve(), the same may come again at any time, and is new work.
  await round(store, async (runner) => {
    const served = runner.serve();
    const within = count.with({ runner, dedupKey: "same" });
    for (let time = 0; time < 2; time++) assertEquals([await within.submit(1), newCalls()], [10, ["count 1"]]);
    await runner.stop();
    await served;
  });
});

testOnStores(
  "awaited handles take tasks that have finished already; what serve() is given is new work",
  async (store) => {
    const program = async (runner: TaskRunner) => {
      const values = [await runner.submit(count, 1)];
      const served = runner.serve();
      const within = count.with({ runner, dedupKey: "same" });
      const [a, b] = [within.submit(2), within.submit(2)];
      values.push(await a, await b);
      assertEquals(runner.findActive("count", "same"), undefined);
      values.push(await within.submit(3));
      await runner.stop();
      await served;
      return values;
    };
    assertEquals(await round(store, program), [10, 20, 20, 30]);
    assertEquals(newCalls(), ["count 1", "count 2", "count 3"]);
    assertEquals([await round(store, program), newCalls()], [[10, 20, 20, 30], ["count 2", "count 3"]]);
  },
);

testOnStores("a runner that was aborted has what completed nevertheless", async (store) => {
  await round(store, (runner) => runner.submit(count, 1).result());
  newCalls();
  await round(store, async (runner) => {
    const [over, other] = [runner.submit(count, 1), runner.submit(count, 2)];
    assertEquals([over.status, other.status], ["completed", "cancelled"]);
    const late = count.with({ runner, signal: AbortSignal.abort() });
    assertEquals([late.submit(2).status], ["cancelled"]);
    await assertRejects(() => runner.run());
  }, { signal: AbortSignal.abort() });
  await round(store, async (runner) => {
    const over = count.with({ runner, signal: AbortSignal.abort() }).submit(1);
    assertEquals(over.status, "completed");
    assertEquals(await over, 10);
  });
  assertEquals(newCalls(), []);
});

testOnStores("several rounds add up", async (store) => {
  for (let last = 1; last <= 4; last++) {
    await round(store, async (runner) => {
      const handles = Array.from({ length: last }, (_, x) => runner.submit(count, x));
      await runner.run();
      assertEquals(await Promise.all(handles), Array.from({ length: last }, (_, x) => 10 * x));
    });
    assertEquals(newCalls(), [`count ${last - 1}`]);
  }
});

/** A checkpointer of a user that yields something else than records. */
class StrangeCheckpointer extends MemoryCheckpointer {
  override async *load(): AsyncGenerator<TaskRecord> {
    yield ["work#1", "completed"] as unknown as TaskRecord;
  }
}

Deno.test("A checkpointer that yields what is not a record is told so, whether a run continues or begins", async () => {
  const message =
    "load() of the checkpointer must yield the records that save() was given: an array of 2 is not a record";
  const error = await assertRejects(() => TaskRunner.resume(new StrangeCheckpointer()), CheckpointError, message);
  assertEquals(error.reason, "damaged");
  const runner = new TaskRunner({ checkpointer: new StrangeCheckpointer(), logger: recordingLogger() });
  runner.submit(task({ name: "work" }, () => {}));
  await assertRejects(() => runner.run(), CheckpointError, message);
  await runner.shutdown().catch(() => {});
});
