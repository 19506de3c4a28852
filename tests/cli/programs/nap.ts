/**
 * A program that waits for a signal that is delivered from outside.
 *
 * @module
 */

import { currentTask, task, TaskRunner, waitFor } from "../../../mod.ts";

const nap = task({ name: "nap" }, async (place: string) => {
  console.log(`napping in ${place}`);
  const { signal } = currentTask()!;
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  signal.throwIfAborted();
});
const approval = task({ name: "approval" }, async () => await waitFor<string>("the-key"));
let isBroken = true;
const flaky = task({ name: "flaky" }, () => {
  if (isBroken) throw new Error("not yet");
  return "done";
});

await using runner = new TaskRunner({ onTaskError: "continue" });
runner.enter();
nap.with({ key: "the-nap" }).submit("bed");
approval.submit();
flaky.with({ key: "the-flaky" }).submit();
runner.addEventListener("failed", ({ handle }) => {
  isBroken = false;
  console.log(`failed ${handle.id}`);
});
for (const type of ["completed", "cancelled"] as const) {
  runner.addEventListener(
    type,
    ({ handle }) => console.log(`${type} ${handle.name} ${handle.peek()?.value ?? ""}`.trim()),
  );
}
const timer = setInterval(() => {}, 1_000); // waiting for a signal does not keep a program alive
const report = await runner.run();
clearInterval(timer);
console.log(report.counts.completed);
