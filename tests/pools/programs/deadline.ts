/**
 * Runs into a deadline, continues, and ends by itself: `deadline.ts BACKEND`.
 *
 * @module
 */

import { TaskRunner } from "../../../mod.ts";
import { square } from "../conformance/tasks.ts";
import { loops } from "../hostile_tasks.ts";

function print(name: string, value: unknown): void {
  console.log(`${name} ${JSON.stringify(value)}`);
}

if (import.meta.main) {
  const backend = Deno.args[0] as "thread" | "process";
  {
    await using runner = new TaskRunner({ maxWorkers: 1 });
    const error = await runner.submit(loops.with({ backend, timeout: "200ms" })).exception();
    print("ERROR", (error as Error).name);
    print("NEXT", await runner.submit(square.with({ backend }), 3));
  }
  print("DISPOSED", true);
}
