import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Job, JobTask } from "../../src/core/pool.ts";
import { AsyncPool } from "../../src/pools/async_pool.ts";

/** A job that notes what is reported of it. */
function jobOf(call: () => unknown) {
  const { promise: reported, resolve } = Promise.withResolvers<[string, unknown]>();
  const report = (what: string) => (value: unknown) => resolve([what, value]);
  return { job: { call, complete: report("complete"), fail: report("fail") } as unknown as Job, reported };
}

Deno.test("AsyncPool reports what a body returns or throws, now or later", async () => {
  await using pool = new AsyncPool(2);
  const error = new Error("closed");
  const cases: [body: () => unknown, what: string, value: unknown][] = [
    [() => 5, "complete", 5],
    [() => Promise.resolve(6), "complete", 6],
    [() => Promise.reject(error), "fail", error],
    [
      () => {
        throw error;
      },
      "fail",
      error,
    ],
  ];
  for (const [body, what, value] of cases) {
    const { job, reported } = jobOf(body);
    assertEquals(pool.execute(job), undefined);
    const [found, outcome] = await reported;
    assertEquals(found, what);
    assertStrictEquals(outcome, value);
  }
  assertEquals(pool.maxWorkers, 2);
});

Deno.test("AsyncPool refuses a task with permissions of its own, which it could not keep to", async () => {
  await using pool = new AsyncPool(2);
  const taskWith = (permissions: unknown) => ({ name: "load", options: { permissions } }) as JobTask;
  pool.check(taskWith("inherit"));
  assertThrows(() => pool.check(taskWith("none")), Error, "load");
});
