import { assertEquals, assertInstanceOf, assertMatch, assertThrows } from "@std/assert";
import type { Job, JobTask, Pool, TaskOptions, TaskRunnerOptions } from "../../mod.ts";
import { refusePermissions } from "../../src/pools/permission_guard.ts";
import { square } from "./conformance/tasks.ts";
import { quietRunner } from "./support.ts";

/** What only a subprocess can hold a task to. */
const LIMITS: readonly TaskOptions[] = [
  { permissions: "none" },
  { permissions: {} },
  { permissions: { read: false } },
  { permissions: { read: ["./tests"], net: true } },
  { memoryLimitMb: 256 },
  { permissions: "inherit", memoryLimitMb: 256 },
];

/** Pools by the name "box" that cannot. */
const POOLS: Readonly<Record<string, TaskRunnerOptions>> = {
  "a pool of threads": { pools: { box: { backend: "thread" } } },
  "a pool on the event loop": { pools: { box: { backend: "async" } } },
  "a pool that does not say its backend": { pools: { box: { maxWorkers: 2 } } },
};

/** A pool of one's own, which takes every task, or refuses some itself. */
class OwnPool implements Pool {
  readonly maxWorkers = 1;
  readonly seen: unknown[] = [];
  readonly check?: (task: JobTask) => void;

  constructor(check?: (task: JobTask) => void) {
    if (check !== undefined) this.check = check;
  }

  execute(job: Job): void {
    this.seen.push(job.options.permissions, job.options.memoryLimitMb);
    job.complete(job.call());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

for (const [what, options] of Object.entries(POOLS)) {
  for (const limits of LIMITS) {
    Deno.test(`A task with ${JSON.stringify(limits)} is refused by ${what}, where it is submitted`, async () => {
      await using runner = quietRunner(options);
      const limited = square.with({ pool: "box", ...limits });
      const error = assertThrows(() => runner.submit(limited, 3), TypeError);
      assertMatch(
        error.message,
        new RegExp(`"square".*${"memoryLimitMb" in limits ? "memoryLimitMb" : "permissions"}`),
      );
      assertMatch(error.message, /backend: "process"/);
      assertThrows(() => limited.with({ runner }).map([1, 2]), TypeError, "square");
      assertEquals(runner.statistics().completed, 0);
    });
  }

  Deno.test(`A task with the rights of the program is taken by ${what}`, async () => {
    await using runner = quietRunner(options);
    assertEquals(await runner.submit(square.with({ pool: "box", permissions: "inherit" }), 3), 9);
  });
}

for (const pool of ["async", "thread"]) {
  Deno.test(`A task with permissions is refused by the pool "${pool}" that each runner has`, async () => {
    await using runner = quietRunner();
    assertThrows(() => runner.submit(square.with({ pool, permissions: "none" }), 3), TypeError, "permissions");
  });
}

Deno.test("A task that a task submits is held to its rights too", async () => {
  await using runner = quietRunner({ pools: { box: { backend: "thread" } } });
  const handle = runner.submit(() => runner.submit(square.with({ pool: "box", permissions: "none" }), 3));
  const error = await handle.exception();
  assertInstanceOf(error, TypeError);
  assertMatch(error.message, /permissions/);
});

Deno.test("A task with permissions is taken by a pool of subprocesses", async () => {
  await using runner = quietRunner({ pools: { box: { backend: "process" } } });
  assertEquals(await runner.submit(square.with({ pool: "box", permissions: "none", memoryLimitMb: 256 }), 3), 9);
});

Deno.test("A Pool of one's own decides itself about tasks with permissions", async () => {
  const trusting = new OwnPool();
  const strict = new OwnPool(({ name, options }) => refusePermissions(name, options));
  await using runner = quietRunner({ pools: { trusting, strict } });
  const limits = { permissions: "none", memoryLimitMb: 64 } as const;
  assertEquals(await runner.submit(square.with({ pool: "trusting", ...limits }), 3), 9);
  assertEquals(trusting.seen, ["none", 64]);
  assertThrows(() => runner.submit(square.with({ pool: "strict", ...limits }), 3), TypeError, "memoryLimitMb");
  assertEquals(strict.seen, []);
});
