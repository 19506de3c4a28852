import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { currentTask, MemoryCheckpointer, task, TaskRunner } from "../../mod.ts";
import { never, settle, untilAborted } from "../support.ts";
import { pass } from "./virtual_time.ts";

Deno.test("stop() refuses unknown options, and to leave anything without a checkpoint", async () => {
  await using runner = new TaskRunner();
  await assertRejects(() => runner.stop({ later: true } as never), TypeError, `Unknown option "later" of stop()`);
  await assertRejects(() => runner.stop({ queued: "drop" as never }), RangeError, `queued of stop() must be one of`);
  await assertRejects(() => runner.stop({ within: "soon" as never }), RangeError, `within of stop()`);
  await assertRejects(() => runner.stop({ queued: "leave" }), TypeError, "give the runner a checkpointPath");
  const served = runner.serve();
  await assertRejects(() => runner.stop({ queued: "leave" }), TypeError, "needs a checkpoint");
  await runner.stop({ queued: "finish" });
  await served;
});

Deno.test("stop({ within }) cancels what has not finished by then, and its timer is gone before", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  for (const round of [1, 2]) {
    const served = runner.serve();
    const wait = task({ name: "wait" }, () => untilAborted(currentTask()!.signal)).with({ runner });
    const handles = [wait.submit(), wait.submit()];
    await settle();
    const stopping = runner.stop({ within: "1h" });
    const sooner = runner.stop({ within: "1m" });
    await pass(time, 59_999);
    assertEquals([round, handles.map(({ status }) => status)], [round, ["running", "ready"]]);
    await pass(time, 1);
    await Promise.all([stopping, sooner, served]);
    assertEquals(handles.map(({ status }) => status), ["cancelled", "cancelled"]);
    assertStringIncludes(handles[1]!.explain(), "the runner was stopped, and it had not finished within 1 min");
  }
  const served = runner.serve();
  runner.submit(() => {});
  await runner.stop({ within: "1h" });
  await served;
  assertEquals(time.next(), false, "no timer is left");
});

Deno.test('stop({ queued: "leave", within }) cancels what runs, and leaves the rest', async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({
    checkpointer: new MemoryCheckpointer(),
    maxWorkers: 1,
    onTaskError: "continue",
  });
  const served = runner.serve();
  const handles = task({ name: "wait" }, (_: number) => never()).with({ runner }).map([1, 2]);
  await settle();
  const stopping = runner.stop({ queued: "leave", within: "5s" });
  await pass(time, 5_000);
  await stopping;
  await served;
  assertEquals(handles.map(({ status }) => status), ["cancelled", "ready"]);
  assertEquals(time.next(), false, "no timer is left");
});
