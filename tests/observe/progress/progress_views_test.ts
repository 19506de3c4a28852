import { assert, assertEquals } from "@std/assert";
import { currentTask, MemoryCheckpointer, task, TaskRunner } from "../../../mod.ts";
import { ProgressState } from "../../../src/observe/progress/progress_state.ts";
import { ProgressViews } from "../../../src/observe/progress/progress_views.ts";
import { until } from "../../support.ts";

Deno.test("A view has the counts of the runner, and what its tasks say", async () => {
  await using runner = new TaskRunner();
  runner.enter();
  const state = new ProgressState([], () => {});
  runner.observe({ status: (handle, from, to) => state.changed(handle, from, to) });
  const views = new ProgressViews(runner, state);
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = task({ name: "work", retries: 2, backoffBase: "1h" }, async (n: number) => {
    if (n === 2) throw new RangeError("too far");
    currentTask()!.progress(0.25, "a\nquarter");
    await promise;
  });
  const [first, second] = work.map([1, 2]);
  second!.exception();
  work.with({ dependsOn: [first!] }).submit(3);
  await until(
    "one runs, one is retried",
    () => runner.statistics().running === 1 && runner.statistics().retrying === 1,
  );
  const { finished, total, running, retrying, waiting, runningTasks, retryingTasks, hasEnd, rate } = views.next();
  assertEquals([finished, total, running, retrying, waiting, hasEnd, rate], [0, 3, 1, 1, 1, true, 0]);
  assertEquals(runningTasks.map(({ who, progress, message, attempt }) => [who, progress, message, attempt]), [
    ["work#1", 0.25, "a quarter", ""],
  ]);
  const [retried] = retryingTasks;
  assertEquals([retried?.who, retried?.attempt, retried?.message], ["work#2", "attempt 2 of 3", "RangeError: too far"]);
  assert(retried!.ms > 0);
  views.setEnd(false);
  assertEquals(views.next().hasEnd, false);
  resolve();
  await until("the last one has finished", () => runner.statistics().completed === 2);
  await until("there is a rate", () => views.next().rate > 0);
});

Deno.test("A view says why an attempt in an earlier run failed", async () => {
  const store = new MemoryCheckpointer();
  const work = task({ name: "work", retries: 1, backoffBase: "1h", backoffMax: "1h" }, () => {
    throw new RangeError("too far");
  });
  {
    await using runner = new TaskRunner({ checkpointer: store });
    const served = runner.serve();
    const handle = runner.submit(work.with({ key: "work" }));
    await until("it is to be retried", () => handle.status === "retrying");
    await runner.stop({ queued: "leave" });
    await served;
  }
  await using runner = await TaskRunner.resume(store);
  const state = new ProgressState([], () => {});
  runner.observe({ status: (handle, from, to) => state.changed(handle, from, to) });
  runner.submit(work.with({ key: "work" }));
  const { retryingTasks } = new ProgressViews(runner, state).next();
  assertEquals(retryingTasks.map(({ attempt, message }) => [attempt, message]), [
    ["attempt 2 of 2", "RangeError: too far"],
  ]);
});
