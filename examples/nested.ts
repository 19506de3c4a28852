/**
 * Shows tasks that submit tasks and wait for them: a merge sort in which each half is a task.
 *
 *     deno run examples/nested.ts
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { currentTask, task, TaskRunner } from "@workflowy/workflowy";

const sort = task({ name: "sort" }, async (numbers: number[]): Promise<number[]> => {
  if (numbers.length <= 1) return numbers;
  const middle = Math.floor(numbers.length / 2);
  // submit() goes to the runner of this task. While the body waits here, its slot is free for other tasks.
  const [left, right] = await Promise.all([
    sort.submit(numbers.slice(0, middle)),
    sort.submit(numbers.slice(middle)),
  ]);
  return merge(left, right);
});

function merge(left: readonly number[], right: readonly number[]): number[] {
  const merged: number[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) merged.push(left[l]! <= right[r]! ? left[l++]! : right[r++]!);
  return [...merged, ...left.slice(l), ...right.slice(r)];
}

const numbers = Array.from({ length: 1_000 }, (_, index) => (index * 7_919) % 1_000);

// With one slot, a parent that kept the slot while it waits for its children would wait for ever.
for (const maxWorkers of [1, 8]) {
  await using runner = new TaskRunner({ maxWorkers });
  const sorted = runner.submit(sort, numbers);
  const { counts } = await runner.run();
  const first = (await sorted).slice(0, 8).join(", ");
  console.log(`maxWorkers: ${maxWorkers} → ${counts.completed} tasks, ${first}, …`);
}

// A task owns what it has submitted: children are cancelled together with their parent.
const child = task({ name: "child" }, (seconds: number) => {
  return sleep(seconds * 1_000, undefined, { signal: currentTask()!.signal });
});
const parent = task({ name: "parent" }, () => Promise.all(child.map([60, 120])));

await using runner = new TaskRunner();
const handle = runner.submit(parent);
runner.addEventListener("running", (event) => {
  if (event.handle.id === "child#3") handle.cancel("no longer needed");
});
await handle.getResult();
for (const each of runner.handles()) console.log(each.explain());
