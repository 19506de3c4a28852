import { assert, assertEquals } from "@std/assert";
import { loopsAfterAwait } from "./hostile_tasks.ts";
import { whereAmI } from "./conformance/tasks.ts";
import { cleansUpFor } from "./sandbox_tasks.ts";
import { childrenOf, HAS_PROC, isAlive, quietRunner, untilEvent, WORKERS } from "./support.ts";
import { until } from "../support.ts";

for (const backend of WORKERS) {
  Deno.test(`There are never more ${backend} workers than maxWorkers, also while bodies clean up`, async () => {
    await using runner = quietRunner({ maxWorkers: 2 });
    let most = 0;
    for (let round = 0; round < 6; round++) {
      const handle = runner.submit(cleansUpFor.with({ backend }), 300);
      await untilEvent(runner, "progress", handle);
      most = Math.max(most, runner.statistics().pools[backend]!.workers!);
      if (backend === "process" && HAS_PROC) assert(childrenOf().length <= 3, "two, and the reaper");
      handle.cancel();
    }
    assertEquals(most, 2);
  });
}

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test({
    name: `A program whose reaper was ended by ${signal} ends well, and gets another one with the next subprocess`,
    ignore: !HAS_PROC,
    async fn() {
      await using runner = quietRunner({ maxWorkers: 1, pools: { process: { idleTimeout: "50ms" } } });
      const { pid } = await runner.submit(whereAmI.with({ backend: "process" }), 0);
      const reaper = childrenOf().find((each) => each !== pid)!;
      Deno.kill(reaper, signal);
      await until("the reaper is gone", () => !isAlive(reaper));
      await until("the idle child is gone", () => !isAlive(pid));
      const loops = runner.submit(loopsAfterAwait.with({ backend: "process", timeout: "1s" }));
      await untilEvent(runner, "progress", loops);
      assertEquals(childrenOf().length, 2, "a child and a reaper");
      await loops.exception();
      await runner.shutdown();
      assertEquals(childrenOf(), []);
    },
  });
}
