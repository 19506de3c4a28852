/**
 * Runs a task that leaves a subprocess behind, and says its id: `grandchild.ts [stay]`.
 *
 * @module
 */

import { TaskRunner } from "../../../mod.ts";
import { leavesChild } from "../sandbox_tasks.ts";

if (import.meta.main) {
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  const stays = Deno.args[0] === "stay";
  const handle = runner.submit(leavesChild.with({ backend: "process", permissions: { run: ["sleep"] } }), "loops");
  const { promise, resolve } = Promise.withResolvers<void>();
  runner.addEventListener("progress", () => resolve());
  void handle.exception();
  await Promise.race([promise, handle.exception()]);
  console.log(`PID ${handle.progressMessage}`);
  if (stays) await handle;
  handle.cancel();
}
