import { assertEquals, assertInstanceOf } from "@std/assert";
import { MemoryCheckpointer, task, TaskCancelledError, type TaskRecord, TaskRunner } from "../../mod.ts";

/** Counts how often records are read. */
class CountingCheckpointer extends MemoryCheckpointer {
  loads = 0;

  override load(): AsyncGenerator<TaskRecord> {
    this.loads++;
    return super.load();
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
  const before = checkpointer.loads;
  assertEquals(await Promise.all([3, 1, 2].map(submit)), [6, 2, 4]);
  assertEquals([runs, checkpointer.loads - before], [3, 1]);
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
