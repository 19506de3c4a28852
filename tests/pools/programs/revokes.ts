/**
 * Gives up rights between tasks that use them: the network, and the file that its argument names.
 *
 * @module
 */

import { type Task, TaskRunner } from "../../../mod.ts";
import { readsFile } from "../hostile_tasks.ts";
import { tries } from "../sandbox_tasks.ts";

/** `"done"`, or the name of the error. */
async function outcome<A extends unknown[]>(runner: TaskRunner, task: Task<A, unknown>, ...args: A): Promise<string> {
  try {
    const value = await runner.submit(task as Task<unknown[], unknown>, ...args);
    return (value as { net?: string }).net ?? "done";
  } catch (error) {
    return (error as Error).name;
  }
}

if (import.meta.main) {
  const path = Deno.args[0]!;
  await using runner = new TaskRunner({ maxWorkers: 3, onTaskError: "continue" });
  const inherits = tries.with({ backend: "process" });
  const named = tries.with({ backend: "process", permissions: { net: true } });
  const both = async () => ({ inherits: await outcome(runner, inherits), named: await outcome(runner, named) });
  console.log(`BEFORE ${JSON.stringify(await both())}`);
  await Deno.permissions.revoke({ name: "net" });
  console.log(`AFTER ${JSON.stringify(await both())}`);
  const reads = readsFile.with({ backend: "process", permissions: { read: [path] } });
  const before = await outcome(runner, reads, path);
  await Deno.permissions.revoke({ name: "read", path });
  console.log(`PART ${JSON.stringify([before, await outcome(runner, reads, path)])}`);
}
