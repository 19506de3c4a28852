import { assertEquals } from "@std/assert";
import { task, TaskRunner } from "@workflowy/workflowy";
import { reportOf, snapshotIn } from "../../../src/cli/attach/run_data.ts";
import { READABLE, taskGraph } from "../../../src/observe/task_graph.ts";
import { recordingLogger } from "../../support.ts";

Deno.test("what was retried is told from what was not, also where two runners have the same ids", async () => {
  let isUp = false;
  const load = task({ name: "load" }, () => {
    if (!isUp) throw new Error("not up");
  });
  const options = { onTaskError: "continue", logger: recordingLogger() } as const;
  await using first = new TaskRunner(options);
  await using second = new TaskRunner(options);
  for (const runner of [first, second]) {
    runner.submit(load);
    await runner.run();
  }
  isUp = true;
  second.retryFailed();
  await second.run();
  const date = new Date(0);
  const outcome = { program: "a.ts", startedAt: date, finishedAt: date, submitted: 3, failed: 1 };
  const { tasks } = reportOf([first, second], outcome);
  assertEquals(tasks.map(({ id, status, retried }) => [id, status, retried]), [
    ["load#1", "failed", undefined],
    ["load#1", "failed", true],
    ["load#1", "completed", undefined],
  ]);
  const snapshot = snapshotIn([first, second], outcome);
  assertEquals(snapshot.tasks.map(({ retriedAs }) => retriedAs), [undefined, 2, undefined]);
  assertEquals(taskGraph(snapshot, "never", READABLE).nodes.map(({ tasks }) => tasks), [[0], [2]]);
});
