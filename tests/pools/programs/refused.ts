/**
 * Submits a process task with the rights in its argument (JSON) and prints its outcome; its own rights are what
 * the test has given to it.
 *
 * @module
 */

import { TaskRunner } from "../../../mod.ts";
import { readsFile } from "../hostile_tasks.ts";

if (import.meta.main) {
  const [permissions = "", path = ""] = Deno.args;
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  const limited = readsFile.with({ backend: "process", permissions: JSON.parse(permissions) });
  const outcome: Record<string, unknown> = {};
  try {
    const handle = runner.submit(limited, path);
    const { status, error, value } = await handle.getResult();
    Object.assign(outcome, { at: "run", status, value });
    if (error instanceof Error) Object.assign(outcome, { name: error.name, message: error.message });
  } catch (error) {
    if (error instanceof Error) Object.assign(outcome, { at: "submit", name: error.name, message: error.message });
  }
  console.log(`OUTCOME ${JSON.stringify(outcome)}`);
}
