/**
 * Lets each backend print, while an observer looks on that shows nothing itself.
 *
 * @module
 */

import { TaskRunner } from "../../../mod.ts";
import { printing } from "../observed_tasks.ts";

if (import.meta.main) {
  await using runner = new TaskRunner();
  if (Deno.args.includes("observed")) runner.observe({ log: () => {} });
  for (const backend of ["async", "thread", "process"] as const) {
    await printing.with({ runner, backend }).submit(backend);
  }
}
