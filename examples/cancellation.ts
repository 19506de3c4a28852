/**
 * Shows how tasks are cancelled: before they start, while they run, at a deadline, and all at once.
 *
 *     deno run examples/cancellation.ts
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { currentTask, task, TaskRunner } from "@workflowy/workflowy";

/** Takes a minute, unless it is cancelled. */
const slow = task({ name: "slow" }, async (what: string) => {
  const { signal } = currentTask()!;
  try {
    await sleep(60_000, undefined, { signal }); // fetch() and many other functions take a signal, too.
  } catch (error) {
    console.log(`  ${what} sees: ${signal.reason}`);
    throw error;
  } finally {
    console.log(`  ${what} cleans up`);
  }
});

const quick = task({ name: "quick" }, async () => {
  await sleep(30);
  return "quick is done";
});

/** A handle settles as soon as its task is cancelled; the body ends a turn of the event loop later. */
const bodyEnded = () => sleep(0);

await using runner = new TaskRunner();
runner.enter();

console.log("Before it starts: the body never runs");
const early = slow.submit("early");
const dependent = quick.with({ dependsOn: [early], onDepFailure: "skip" }).submit();
console.log(`  cancel() returns ${early.cancel("not needed")}`);
console.log(`  ${early.explain()}`);
console.log(`  ${dependent.explain()}`);

console.log("While it runs: the body sees its signal");
const download = slow.submit("download");
runner.addEventListener("running", () => setTimeout(() => download.cancel("user left")), { once: true });
console.log(`  await throws ${await download.exception()}`);
await bodyEnded();

console.log("At a deadline: `timeout` limits each attempt");
const late = slow.with({ timeout: "50ms" }).submit("late");
console.log(`  await throws ${await late.exception()}`);
await bodyEnded();

console.log("A limited wait: the task continues");
const handle = quick.submit();
await handle.result({ timeout: "1ms" }).catch((error) => console.log(`  result() throws ${error.name}`));
console.log(`  ${await handle}`);

console.log("All at once: a run with a deadline");
slow.map(["one", "two"]);
await runner.run({ signal: AbortSignal.timeout(50) }).catch((error) => console.log(`  run() throws ${error.name}`));

for (const handle of runner.handles()) console.log(`${handle.id} is ${handle.status}`);
