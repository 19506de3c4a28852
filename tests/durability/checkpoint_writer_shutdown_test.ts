import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { CheckpointError, currentTask, task, TaskCancelledError } from "../../mod.ts";
import { runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { settle } from "../support.ts";

const five = task({ name: "five" }, () => 5);
const double = task({ name: "double" }, (x: number) => 2 * x);

Deno.test("shutdown() leaves on record as unfinished what had not finished", async () => {
  const checkpointer = new ScriptedCheckpointer();
  const runner = runnerOn(checkpointer, { maxWorkers: 1 });
  const over = runner.submit(five);
  await over;
  const running = runner.submit(async function endless() {
    const { signal } = currentTask()!;
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const waiting = runner.submit(double, 4);
  const error = running.exception();
  await settle();
  await runner.shutdown();
  assertInstanceOf(await error, TaskCancelledError);
  assertEquals([running.status, waiting.status], ["cancelled", "cancelled"]);
  const statuses = await checkpointer.statuses();
  assertEquals(statuses[over.id], "completed");
  for (const { id } of [running, waiting]) {
    assert(["pending", "ready", "running"].includes(statuses[id]!), statuses[id]);
  }
});

Deno.test("shutdown() saves tasks that were never started", async () => {
  const checkpointer = new ScriptedCheckpointer();
  const runner = runnerOn(checkpointer);
  const handle = runner.submit(double, 4);
  await runner.shutdown();
  assertEquals(await checkpointer.statuses(), { [handle.id]: "ready" });
  assertEquals(checkpointer.calls.at(-1)?.method, "dispose");
});

Deno.test("shutdown() waits for what is being saved, and closes the checkpointer once", async () => {
  const checkpointer = new ScriptedCheckpointer();
  const runner = runnerOn(checkpointer);
  const handle = runner.submit(five);
  const run = runner.run();
  checkpointer.hold();
  await settle();
  const shutdowns = [runner.shutdown(), runner[Symbol.asyncDispose]()];
  await settle();
  assertEquals([checkpointer.count("dispose"), handle.status], [0, "running"]);
  checkpointer.release();
  await Promise.all(shutdowns);
  await runner.shutdown();
  assertEquals((await run).counts.completed, 1);
  assertEquals([checkpointer.count("dispose"), checkpointer.calls.at(-1)?.method], [1, "dispose"]);
  assertEquals(await checkpointer.statuses(), { [handle.id]: "completed" });
});

Deno.test("a runner that was never used closes its checkpointer", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await runnerOn(checkpointer).shutdown();
  assertEquals(checkpointer.calls, [{ method: "dispose" }]);
});

Deno.test("shutdown() tells that the checkpointer cannot be closed", async () => {
  const checkpointer = new ScriptedCheckpointer();
  checkpointer.fault = ({ method }) => method === "dispose" ? new Error("the door is stuck") : undefined;
  const runner = runnerOn(checkpointer);
  const error = await assertRejects(() => runner.shutdown(), CheckpointError);
  assertEquals(error.message, "The checkpointer cannot be closed: Error: the door is stuck");
});
