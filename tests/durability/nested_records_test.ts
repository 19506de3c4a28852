import { assertEquals } from "@std/assert";
import { MemoryCheckpointer, task, type TaskRecord, TaskRunner } from "../../mod.ts";

/** Counts how often records are read. */
class CountingCheckpointer extends MemoryCheckpointer {
  loads = 0;

  override load(): AsyncGenerator<TaskRecord> {
    this.loads++;
    return super.load();
  }
}

Deno.test("a body that is tried again finds what had completed below it, whether that is in memory or not", async () => {
  for (const retain of [1, 1_000]) {
    for (const isServed of [false, true]) {
      const checkpointer = new CountingCheckpointer();
      await using runner = new TaskRunner({ checkpointer, retain, onTaskError: "continue" });
      runner.enter();
      let [isBroken, steps] = [true, 0];
      const step = task({ name: "step" }, (x: number) => (steps++, x));
      const stage = task({ name: "stage" }, async (x: number) => {
        const sum = await step.submit(2 * x) + await step.submit(2 * x + 1);
        if (isBroken && x === 1) throw new RangeError("not yet");
        return sum;
      });
      const whole = task({ name: "whole" }, async () => await stage.submit(0) + await stage.submit(1));
      const handle = whole.submit();
      const served = isServed ? runner.serve() : undefined;
      await (served === undefined ? runner.run() : handle.exception());
      isBroken = false;
      const before = checkpointer.loads;
      const again = runner.retry(handle);
      await (served === undefined ? runner.run() : again.exception());
      assertEquals([await again, steps], [6, 4], `retain: ${retain}, ${isServed ? "serve" : "run"}()`);
      assertEquals(checkpointer.loads - before, retain === 1 ? 1 : 0);
      if (served !== undefined) await runner.stop();
      await served;
    }
  }
});

Deno.test("a further attempt finds what had completed below a child that failed, though that is not in memory", async () => {
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer(), retain: 0, onTaskError: "continue" });
  runner.enter();
  let [attempts, steps] = [0, 0];
  const step = task({ name: "step" }, () => void steps++);
  const stage = task({ name: "stage" }, async () => {
    await step.submit();
    if (++attempts === 1) throw new RangeError("not yet");
  });
  const whole = task({ name: "whole", retries: 1, backoff: "none" }, () => stage.submit());
  const served = runner.serve();
  await whole.submit();
  assertEquals([attempts, steps], [2, 1]);
  await runner.stop();
  await served;
});
