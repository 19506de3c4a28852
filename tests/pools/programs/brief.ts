/**
 * Uses every backend a little and ends: `brief.ts await|dispose|forget`. Without disposing of the runner, too: once its
 * workers have been idle for long enough. Elsewhere they would keep the program from ending.
 *
 * @module
 */

import { TaskRunner } from "../../../mod.ts";
import { add, reportsAndWaits, square } from "../conformance/tasks.ts";

if (import.meta.main) {
  const how = Deno.args[0];
  const pool = { idleTimeout: how === "forget" ? "300ms" : "10m" } as const;
  const runner = new TaskRunner({ maxWorkers: 2, onTaskError: "continue", pools: { thread: pool, process: pool } });
  for (const backend of ["thread", "process"] as const) {
    const handles = square.with({ backend, runner }).map([1, 2, 3]);
    console.log(
      `RESULTS ${JSON.stringify(await Promise.all([...handles, runner.submit(add.with({ backend }), 1, 2)]))}`,
    );
    if (how === "dispose") void runner.submit(reportsAndWaits.with({ backend })).exception();
  }
  if (how !== "forget") await runner.shutdown();
}
