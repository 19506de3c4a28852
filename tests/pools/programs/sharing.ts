/**
 * Returns many lines from tasks in a subprocess, while children of another task write to the same standard output.
 *
 * @module
 */

import { task, TaskRunner } from "../../../mod.ts";

const LINES = "a line\n".repeat(50);
const CHILDREN = 2;
const SHOUTS = 50_000;
const TASKS = 10_000;

export const returnsLines = task(function returnsLines(x: number): string {
  return `${x}\n${LINES}no line`;
});

export const shouts = task(function shouts(): void {
  for (let child = 0; child < CHILDREN; child++) {
    const script = `for i in $(seq ${SHOUTS}); do echo shouted; done`;
    new Deno.Command("sh", { args: ["-c", script], stdin: "null", stdout: "inherit" }).spawn();
  }
});

if (import.meta.main) {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  await runner.submit(shouts.with({ backend: "process" }));
  const body = returnsLines.with({ backend: "process" });
  const results = await Promise.all(Array.from({ length: TASKS }, (_, x) => runner.submit(body, x)));
  console.log(`WRONG ${JSON.stringify(results.filter((result, x) => result !== `${x}\n${LINES}no line`))}`);
}
