import { assert, assertEquals } from "@std/assert";
import { MemoryCheckpointer, type Pool, task, TaskRunner } from "../../mod.ts";
import { SYSTEM_CLOCK } from "../../src/core/clock.ts";
import { AsyncPool } from "../../src/pools/async_pool.ts";
import { SURROUNDINGS, surroundingsOf } from "../../src/runner/surroundings.ts";

Deno.test("surroundingsOf() are those of the computer, unless the options say otherwise", () => {
  const real = surroundingsOf({});
  assertEquals([real.clock, real.random], [SYSTEM_CLOCK, Math.random]);
  const pool = new AsyncPool(1);
  const checkpointer = new MemoryCheckpointer();
  assert(real.pool(pool) === pool && real.checkpointer(checkpointer) === checkpointer);
  const others = { ...real, random: () => 0.5 };
  assertEquals(surroundingsOf({ [SURROUNDINGS]: others }), others);
});

Deno.test("a runner, and one that resumes, has the surroundings that it is given", async () => {
  const real = surroundingsOf({});
  const wrapped: Pool[] = [];
  let joined = 0;
  let stores = 0;
  const options = {
    [SURROUNDINGS]: {
      ...real,
      pool: (pool: Pool) => (wrapped.push(pool), pool),
      checkpointer: (each: MemoryCheckpointer) => (stores++, each),
      joined: () => void joined++,
    },
  };
  const checkpointer = new MemoryCheckpointer();
  {
    await using runner = new TaskRunner({ checkpointer, ...options });
    assertEquals(await runner.submit(task({ name: "answer" }, () => 42)), 42);
  }
  await using _ = await TaskRunner.resume(checkpointer, { pools: { own: { maxWorkers: 1 } }, ...options });
  assertEquals([wrapped.length, joined, stores], [7, 2, 2]);
});
