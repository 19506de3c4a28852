/**
 * Runs bodies that end right when they are out of time: `close_call.ts BACKEND`.
 *
 * A program of its own, as Deno 2.9 itself panics if it is done wrong: a `node:vm` timeout that rings while its script
 * returns must not hit the message loop of a Worker.
 *
 * @module
 */

import { TaskRunner, TaskTimeoutError } from "../../../mod.ts";
import { spin, square } from "../conformance/tasks.ts";
import { until } from "../../support.ts";

if (import.meta.main) {
  const backend = Deno.args[0] as "thread" | "process";
  await using runner = new TaskRunner({ maxWorkers: 2, onTaskError: "continue" });
  const close = spin.with({ backend, timeout: 10 });
  const handles = Array.from({ length: 200 }, (_, index) => runner.submit(close, 9 + index % 24 / 4));
  const ends: Record<string, number> = {};
  for (const handle of handles) {
    const { status, error } = await handle.getResult();
    const end = status === "completed" || error instanceof TaskTimeoutError ? "right" : String(error);
    ends[end] = (ends[end] ?? 0) + 1;
  }
  console.log(`ENDS ${JSON.stringify(ends)}`);
  console.log(`NEXT ${JSON.stringify(await runner.submit(square.with({ backend }), 3))}`);
  await until("all have ended", () => runner.statistics().abandoned + runner.statistics().quarantined === 0);
  const { abandoned, quarantined } = runner.statistics();
  console.log(`LEFT ${JSON.stringify([abandoned, quarantined])}`);
}
