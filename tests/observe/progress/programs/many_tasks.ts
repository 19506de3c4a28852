/**
 * Shows the progress of 10,000 tasks, of which some print and some fail. The last one waits until there is a
 * file.
 *
 * @module
 */

import { currentTask, task, TaskRunner } from "../../../../mod.ts";
import { showProgress } from "../../../../src/observe/progress/show_progress.ts";

const COUNT = 10_000;
const gate = Promise.withResolvers<void>();

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

const work = task({ name: "work", label: (n: number) => `no. ${n} 日本語` }, async (n: number) => {
  await new Promise((resolve) => setTimeout(resolve, n % 20));
  if (n % 1_000 === 5) console.log(`printed by ${n}`);
  if (n % 1_000 === 6) console.error(`error of ${n}\nits second line`);
  if (n % 1_000 === 7) currentTask()!.log(`logged by ${n}`);
  if (n === 4_321) throw new TypeError("no such row", { cause: new RangeError("column 7") });
});
const wait = task({ name: "wait" }, async () => {
  currentTask()!.progress(0.5, "for a file");
  while (!await exists(Deno.args[0]!)) await new Promise((resolve) => setTimeout(resolve, 10));
  gate.resolve();
});
const retried = task({ name: "retried", retries: 1, backoffBase: "1h" }, () => {
  if (currentTask()!.attempt === 1) throw new Error("no answer yet");
});
const limited = task({ name: "limited", concurrency: { limit: 1 } }, (_: number) => gate.promise);

await using runner = new TaskRunner({ onTaskError: "continue", maxWorkers: 200 });
using _ = showProgress(runner, { mode: "live" });
console.log("the program begins");
runner.submit(wait);
const again = runner.submit(retried);
gate.promise.then(() => again.cancel());
limited.with({ runner }).map([1, 2, 3]);
work.with({ runner }).map([...Array(COUNT).keys()]);
await runner.run();
console.log("the program ends");
