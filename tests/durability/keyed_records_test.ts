import { assertEquals, assertInstanceOf } from "@std/assert";
import { MemoryCheckpointer, task, TaskCancelledError, type TaskRecord, TaskRunner } from "../../mod.ts";
import { runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";

/** Notes which records are looked for. */
class CountingCheckpointer extends MemoryCheckpointer {
  readonly found: (readonly string[])[] = [];

  override find(ids: readonly string[]): AsyncGenerator<TaskRecord> {
    this.found.push(ids);
    return super.find(ids);
  }
}

Deno.test("tasks with keys that are only on record are read in one pass, and do not run again", async () => {
  const checkpointer = new CountingCheckpointer();
  await using runner = new TaskRunner({ checkpointer, retain: 0 });
  let runs = 0;
  const work = task({ name: "work" }, (x: number) => (runs++, x * 2));
  const submit = (x: number) => work.with({ runner, key: `key ${x}` }).submit(x);
  assertEquals(await Promise.all([1, 2, 3].map(submit)), [2, 4, 6]);
  await runner.run(); // its handles are released at its end
  assertEquals(await Promise.all([3, 1, 2].map(submit)), [6, 2, 4]);
  assertEquals([runs, checkpointer.found], [3, [["key 3", "key 1", "key 2"]]]);
});

Deno.test("a key stands for its task in one run however that ended, whether it is in memory or not", async () => {
  for (const retain of [0, 1_000]) {
    await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer(), retain, onTaskError: "continue" });
    let runs = 0;
    const fails = task({ name: "fails" }, () => {
      runs++;
      throw new RangeError("no");
    });
    const submit = (key: string) => fails.with({ runner, key }).submit();
    submit("failed");
    submit("cancelled").cancel();
    await runner.run();
    const again = submit("failed");
    assertInstanceOf(await again.exception(), RangeError);
    const cancelled = submit("cancelled");
    assertInstanceOf(await cancelled.exception(), TaskCancelledError);
    assertEquals([again.status, cancelled.status, runs], ["failed", "cancelled", 1], `retain: ${retain}`);
  }
});

Deno.test("a key stands for its task that was completing as the body that had submitted it was cancelled", async () => {
  const checkpointer = new ScriptedCheckpointer();
  const saving = Promise.withResolvers<void>();
  checkpointer.fault = (call) => {
    if (call.method !== "save" || !call.records.some(({ id, status }) => id === "invoice" && status === "completed")) {
      return;
    }
    checkpointer.fault = () => undefined;
    checkpointer.hold();
    saving.resolve();
  };
  await using runner = runnerOn(checkpointer, { onTaskError: "continue" });
  runner.enter();
  let runs = 0;
  const charge = task({ name: "charge" }, () => ++runs).with({ key: "invoice" });
  const order = task({ name: "order" }, async () => await charge.submit()).submit();
  const done = runner.run();
  await saving.promise;
  order.cancel();
  const again = charge.submit();
  checkpointer.release();
  assertEquals([await again, runs, order.status], [1, 1, "cancelled"]);
  await done;
});

Deno.test("what has completed and is cancelled before its record is read stays on record, and does not run again", async () => {
  const checkpointer = new MemoryCheckpointer();
  await using runner = new TaskRunner({ checkpointer, retain: 0, onTaskError: "continue" });
  let [runs, isBroken] = [0, false];
  const charge = task({ name: "charge" }, () => {
    runs++;
    if (isBroken) throw new RangeError("no");
    return runs;
  });
  const submit = (key: string) => charge.with({ runner, key }).submit();
  await submit("paid");
  isBroken = true;
  await submit("unpaid").exception();
  await runner.run(); // its handles are released at its end
  const cancelled = ["paid", "unpaid"].map(submit);
  for (const handle of cancelled) handle.cancel();
  assertEquals(cancelled.map(({ status }) => status), ["cancelled", "cancelled"]);
  await runner.flush();
  const records = await Array.fromAsync(checkpointer.load(), ({ id, status }) => [id, status]);
  assertEquals(records, [["paid", "completed"], ["unpaid", "failed"]]);
  isBroken = false;
  const [paid, unpaid] = cancelled.map((handle) => runner.retry(handle));
  assertEquals([await paid, await unpaid, runs], [1, 3, 3]);
});

Deno.test("the record of a task with a key is not overwritten before it is read", async () => {
  const checkpointer = new ScriptedCheckpointer();
  const runner = runnerOn(checkpointer, { retain: 0 });
  const charge = task({ name: "charge" }, () => 1).with({ runner, key: "invoice" });
  await charge.submit();
  await runner.run(); // its handle is released at its end
  await charge.submit().saved();
  assertEquals(await checkpointer.statuses(), { invoice: "completed" });
  await runner.run();
  charge.submit();
  await runner.shutdown();
  assertEquals(await checkpointer.statuses(), { invoice: "completed" });
});
