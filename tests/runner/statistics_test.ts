import { assertEquals } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import { turn } from "../support.ts";

Deno.test("TaskRunner.statistics() counts tasks by their status, and the slots of each pool", async () => {
  await using runner = new TaskRunner({ maxWorkers: 2, onTaskError: "continue" });
  const gate = Promise.withResolvers<void>();
  const wait = task({ name: "wait" }, () => gate.promise);
  const fail = task({ name: "fail" }, () => {
    throw new Error("as always");
  });
  const handles = [1, 2, 3].map(() => runner.submit(wait));
  runner.submit(task({ name: "after" }, () => {}).with({ dependsOn: handles }));
  const run = runner.run();
  await turn();
  const { submitted, pending, ready, running, pools } = runner.statistics();
  assertEquals([submitted, pending, ready, running], [4, 1, 1, 2]);
  assertEquals(pools["async"], { maxWorkers: 2, busy: 2, queued: 1 });
  handles[2]!.cancel(); // with which what depends on it fails
  runner.submit(fail);
  gate.resolve();
  await run;
  const { completed, failed, cancelled, abandoned, quarantined } = runner.statistics();
  assertEquals([completed, failed, cancelled, abandoned, quarantined], [2, 2, 1, 0, 0]);
});

Deno.test("TaskRunner.statistics() counts bodies that ignore their signal", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const handle = runner.submit(task({ name: "deaf" }, () => {
    started.resolve();
    return gate.promise;
  }));
  const run = runner.run();
  await started.promise;
  handle.cancel();
  assertEquals([runner.statistics().abandoned, runner.statistics().running], [1, 0]);
  gate.resolve();
  await run;
  await turn();
  assertEquals(runner.statistics().abandoned, 0);
});
