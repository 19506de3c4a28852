/**
 * Uses every backend a little and ends: `brief.ts await|dispose|forget`. Without disposing of the runner, too.
 *
 * @module
 */

import { TaskRunner } from "../../../mod.ts";
import { add, reportsAndWaits, square } from "../conformance/tasks.ts";

if (import.meta.main) {
  const how = Deno.args[0];
  const brief = { maxWorkers: 2, idleTimeout: "300ms" } as const;
  const pools = how === "forget" ? { thread: brief, process: brief } : {};
  const runner = new TaskRunner({ maxWorkers: 2, onTaskError: "continue", pools });
  for (const backend of ["thread", "process"] as const) {
    const handles = square.with({ backend, runner }).map([1, 2, 3]);
    console.log(
      `RESULTS ${JSON.stringify(await Promise.all([...handles, runner.submit(add.with({ backend }), 1, 2)]))}`,
    );
    if (how === "dispose") void runner.submit(reportsAndWaits.with({ backend })).exception();
  }
  if (how !== "forget") await runner.shutdown();
  console.log(`END ${Date.now()}`);
}
