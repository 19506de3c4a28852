/**
 * Leaves threads in loops that no one can end: `quarantine.ts timeout|cancel|retry`.
 *
 * @module
 */

import { type TaskHandle, TaskRunner } from "../../../mod.ts";
import { square } from "../conformance/tasks.ts";
import { beatsAfterAwait, loopsAfterAwait, loopsAnnounced } from "../hostile_tasks.ts";
import { until } from "../../support.ts";

function print(name: string, value: unknown): void {
  console.log(`${name} ${JSON.stringify(value)}`);
}

function submit(runner: TaskRunner, how: string): TaskHandle<unknown> {
  if (how === "timeout") return runner.submit(loopsAfterAwait.with({ backend: "thread", timeout: "200ms" }));
  if (how === "cancel") return runner.submit(loopsAnnounced.with({ backend: "thread" }));
  const options = { backend: "thread", timeout: "100ms", retries: 2, retryOnTimeout: true, backoff: "none" } as const;
  return runner.submit(beatsAfterAwait.with(options), Deno.args[1]!);
}

if (import.meta.main) {
  const [how = ""] = Deno.args;
  {
    await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
    await runner.submit(square.with({ backend: "thread" }), 1);
    const handle = submit(runner, how);
    if (how === "cancel") {
      runner.addEventListener("progress", () => handle.cancel("enough"));
    }
    const { status, attempts, error } = await handle.getResult();
    print("RESULT", { status, attempts, name: (error as Error).name, message: (error as Error).message });
    print("NEXT", await runner.submit(square.with({ backend: "thread" }), 3));
    await until("the thread is in quarantine", () => runner.statistics().quarantined > 0);
    print("STATISTICS", runner.statistics());
  }
  print("DISPOSED", performance.now());
}
