import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { CheckpointError, MemoryCheckpointer, type Pool, task, TaskRunner, WorkerLostError } from "../../mod.ts";
import { AsyncPool } from "../../src/pools/async_pool.ts";
import { Faults } from "../../src/testing/faults.ts";
import { cachedOnThread as onThread } from "../runner/cached_tasks.ts";

/** Faults, and a runner whose pool has them. */
function scene(pool: Pool = new AsyncPool(2)) {
  const changes: number[] = [];
  const faults: Faults = new Faults(() => changes.push(faults.parked.size));
  const runner = new TaskRunner({ pools: { async: faults.pool(pool) }, onTaskError: "continue" });
  return { faults, runner, changes, [Symbol.asyncDispose]: () => runner.shutdown() };
}

const work = task({ name: "work", retries: 1, backoff: "none" }, (x: number) => x);

Deno.test("Faults fail the attempts that they concern, until they are removed", async () => {
  await using made = scene();
  const { faults, runner } = made;
  const fault = faults.add("work", ({ number, args }) => number === 1 && args[0] !== 1, faults.fail(undefined));
  faults.add("other", () => true, faults.fail(undefined));
  const handles = work.with({ runner }).map([1, 2]);
  assertEquals(await Promise.all(handles), [1, 2]);
  assertEquals(handles.map(({ attempts }) => attempts), [1, 2]);
  fault[Symbol.dispose]();
  const third = runner.submit(work, 3);
  assertEquals([await third, third.attempts], [3, 1]);
});

Deno.test("the last fault that was added counts, and has its error", async () => {
  await using made = scene();
  const { faults, runner } = made;
  faults.add("work", () => true, faults.fail(undefined));
  const last = faults.add("work", () => true, faults.fail(new RangeError("far")));
  const plain = work.with({ retries: 0 });
  await assertRejects(() => runner.submit(plain, 1).result(), RangeError, "far");
  last[Symbol.dispose]();
  await assertRejects(
    () => runner.submit(plain, 1).result(),
    Error,
    'Attempt 1 of "work#2" fails, as the test asked for',
  );
});

Deno.test("a fault can be the loss of a worker, with or without one", async () => {
  const faults = new Faults(() => {});
  await using inner = new AsyncPool(1);
  await using runner = new TaskRunner({ pools: { thread: faults.pool(inner) }, onTaskError: "continue" });
  faults.add("cached-on-thread", () => true, faults.lose);
  const error = await runner.submit(onThread, 1).exception();
  assertInstanceOf(error, WorkerLostError);
});

Deno.test("a body that hangs ends when it is aborted, and counts as parked until then", async () => {
  await using made = scene();
  const { faults, runner, changes } = made;
  faults.add("work", ({ number }) => number === 1, faults.hang);
  const handle = runner.submit(work, 1);
  runner.addEventListener("running", () => queueMicrotask(() => handle.cancel("enough")));
  assertEquals((await handle.getResult()).status, "cancelled");
  assertEquals(changes, [1, 0]);
});

Deno.test("a pool with faults is in all else like the one within", async () => {
  const faults = new Faults(() => {});
  const given: Pool = {
    maxWorkers: 3,
    prefetch: 2,
    reportsStarts: true,
    state: { workers: 1, quarantined: 0 },
    check() {
      throw new TypeError("not this one");
    },
    execute() {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const pool = faults.pool(given);
  assertEquals([pool.maxWorkers, pool.prefetch, pool.reportsStarts, pool.state], [3, 2, true, given.state]);
  const plain = faults.pool(new AsyncPool(1));
  assert(!("prefetch" in plain) && !("state" in plain) && !("reportsStarts" in plain));
  await using runner = new TaskRunner({ pools: { async: pool } });
  await assertRejects(async () => await runner.submit(work, 1), TypeError, "not this one");
});

Deno.test("a save fails when it is its turn, and all else reaches the checkpointer within", async () => {
  const faults = new Faults(() => {});
  const inner = new MemoryCheckpointer();
  const store = faults.checkpointer(inner);
  const record = { id: "a", name: "a", status: "completed", attempts: 0, args: [], dependsOn: [] } as const;
  faults.failSave(2, new Error("full"));
  await store.save([record]);
  const error = await assertRejects(() => store.save([{ ...record, id: "b" }]), CheckpointError, "full");
  assert((error as Error).cause instanceof Error);
  await store.save([{ ...record, id: "c" }]);
  await store.delete(["a"]);
  assertEquals(await Array.fromAsync(store.load(), ({ id }) => id), ["c"]);
  assertEquals(store.codec, inner.codec);
  faults.failSave(1, new CheckpointError("as it is"));
  await assertRejects(() => store.save([record]), CheckpointError, "as it is");
  await store[Symbol.asyncDispose]();
});
