import { assertEquals, assertStrictEquals } from "@std/assert";
import { MemoryCheckpointer, type Pool, TaskRunner } from "../../mod.ts";
import { disposeOfPools } from "../../src/runner/own_pools.ts";
import { errorOf, settle } from "../support.ts";

function poolWith(dispose: () => Promise<void>): Pool {
  return { maxWorkers: 1, execute() {}, [Symbol.asyncDispose]: dispose };
}

const FIRST = new Error("first");

/** Pools that cannot be disposed of, and one that takes a while. */
function makePools() {
  const gate = Promise.withResolvers<void>();
  const failing = [
    poolWith(() => {
      throw FIRST;
    }),
    poolWith(() => Promise.reject(new Error("second"))),
  ];
  return { gate, pools: [...failing, poolWith(() => gate.promise)] };
}

Deno.test("disposeOfPools() disposes of each pool, and waits for all, whatever the others throw", async () => {
  const { gate, pools } = makePools();
  let hasEnded = false;
  const error = errorOf(() => disposeOfPools(pools)).finally(() => hasEnded = true);
  await settle();
  assertEquals(hasEnded, false);
  gate.resolve();
  assertStrictEquals(await error, FIRST);
  await disposeOfPools([]);
});

Deno.test("a runner closes its checkpointer once all its pools have ended, also if some cannot be disposed of", async () => {
  const { gate, pools: [a, b, c] } = makePools();
  const checkpointer = new MemoryCheckpointer();
  let isClosed = false;
  checkpointer[Symbol.asyncDispose] = () => Promise.resolve(void (isClosed = true));
  const runner = new TaskRunner({ checkpointer, pools: { a: () => a!, b: () => b!, c: () => c! } });
  const error = errorOf(() => runner.shutdown());
  await settle();
  assertEquals(isClosed, false);
  gate.resolve();
  assertStrictEquals(await error, FIRST);
  assertEquals(isClosed, true);
});
