import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MemoryCheckpointer, RetryAfterError, task, type TaskRecord, TaskRunner } from "../../mod.ts";
import { recordingLogger } from "../support.ts";

/** Counts how often all records are read, and notes which ones are looked for otherwise. */
class CountingCheckpointer extends MemoryCheckpointer {
  loads = 0;
  readonly found: string[] = [];

  override load(): AsyncGenerator<TaskRecord> {
    this.loads++;
    return super.load();
  }

  override find(ids: readonly string[]): AsyncGenerator<TaskRecord> {
    this.found.push(...ids);
    return super.find(ids);
  }
}

/** One that can only read all of them. */
class LoadingCheckpointer extends CountingCheckpointer {
  override readonly find = undefined as never;
}

/** A task that submits a step, and whose first attempt fails after that. */
function stageThatFailsOnce() {
  const counts = { attempts: 0, steps: 0 };
  const step = task({ name: "step" }, () => void counts.steps++);
  const stage = task({ name: "stage" }, async () => {
    await step.submit();
    if (++counts.attempts === 1) throw new RangeError("not yet");
  });
  return { stage, counts };
}

Deno.test("a body that is tried again finds what had completed below it, whether that is in memory or not", async () => {
  for (const retain of [1, 1_000]) {
    for (const isServed of [false, true]) {
      const checkpointer = isServed ? new CountingCheckpointer() : new LoadingCheckpointer();
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
      if (retain === 1_000) assertEquals([checkpointer.loads - before, checkpointer.found], [0, []]);
      else if (isServed) assertEquals(checkpointer.loads, before);
      else assert(checkpointer.loads > before);
      if (served !== undefined) await runner.stop();
      await served;
    }
  }
});

Deno.test("a further attempt finds what had completed below a child that failed, though that is not in memory", async () => {
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer(), retain: 0, onTaskError: "continue" });
  runner.enter();
  const { stage, counts } = stageThatFailsOnce();
  const whole = task({ name: "whole", retries: 1, backoff: "none" }, () => stage.submit());
  const served = runner.serve();
  await whole.submit();
  assertEquals(counts, { attempts: 2, steps: 1 });
  await runner.stop();
  await served;
});

Deno.test("what is read is what a body had submitted that runs again, and nothing else, however much is on record", async () => {
  const checkpointer = new CountingCheckpointer();
  await using runner = new TaskRunner({ checkpointer, retain: 0, onTaskError: "continue" });
  runner.enter();
  let [attempts, steps] = [0, 0];
  const step = task({ name: "step" }, (_: number) => void steps++);
  const other = task({ name: "other" }, async () => await step.submit(0));
  const stage = task({ name: "stage" }, async () => {
    for (let x = 1; x <= 3; x++) await step.submit(x);
    if (++attempts < 3) throw new RangeError("not yet");
  });
  const whole = task({ name: "whole", retries: 2, backoff: "none" }, () => stage.submit());
  const served = runner.serve();
  for (let x = 0; x < 10; x++) await other.submit();
  const before = checkpointer.loads;
  await whole.submit();
  const steps3 = (await Array.fromAsync(checkpointer.load())).filter(({ name, args }) =>
    name === "step" && args[0] !== 0
  );
  assertEquals([attempts, steps], [3, 13]);
  assertEquals(checkpointer.loads - before, 1);
  const ids = steps3.map(({ id }) => id).sort();
  assertEquals(checkpointer.found.sort(), [...ids, ...ids].sort());
  await runner.stop();
  await served;
});

Deno.test("an attempt that does not count is followed by one that finds what had completed, though the task has one only", async () => {
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer(), retain: 0 });
  runner.enter();
  let [attempts, steps] = [0, 0];
  const step = task({ name: "step" }, () => ++steps);
  const busy = task({ name: "busy" }, async () => {
    const value = await step.submit();
    if (++attempts === 1) throw new RetryAfterError("busy", { retryAfter: 0, countsAsAttempt: false });
    return value;
  });
  const served = runner.serve();
  assertEquals([await busy.submit(), attempts, steps], [1, 2, 1]);
  await runner.stop();
  await served;
});

Deno.test("three deep, what had completed is found by each attempt, whatever failed or was cancelled in between", async () => {
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer(), retain: 0, onTaskError: "continue" });
  runner.enter();
  const runs = new Map<string, number>();
  const count = (what: string) => {
    const times = (runs.get(what) ?? 0) + 1;
    runs.set(what, times);
    return times;
  };
  const leaf = task({ name: "leaf" }, (x: number) => void count(`leaf ${x}`));
  const inner = task({ name: "inner" }, async (x: number) => {
    await leaf.submit(10 * x);
    await leaf.submit(10 * x + 1);
    if (count(`inner ${x}`) < 3) throw new RangeError("not yet");
  });
  const middle = task({ name: "middle" }, async () => {
    await leaf.submit(1);
    if (count("middle") === 2) throw new RangeError("before the others");
    for (const x of [1, 2]) await inner.submit(x);
  });
  const outer = task({ name: "outer", retries: 8, backoff: "none" }, () => middle.submit());
  const served = runner.serve();
  await outer.submit();
  const leaves = [...runs].filter(([what]) => what.startsWith("leaf"));
  assertEquals(leaves, [1, 10, 11, 20, 21].map((x) => [`leaf ${x}`, 1]));
  await runner.stop();
  await served;
});

Deno.test("what cannot be read is logged, and runs again", async () => {
  const checkpointer = new CountingCheckpointer();
  const logger = recordingLogger();
  await using runner = new TaskRunner({ checkpointer, retain: 0, logger, onTaskError: "continue" });
  runner.enter();
  const { stage, counts } = stageThatFailsOnce();
  checkpointer.find = () => {
    throw new Error("the disk is gone");
  };
  const served = runner.serve();
  await task({ name: "whole", retries: 1, backoff: "none" }, () => stage.submit()).submit();
  assertEquals(counts, { attempts: 2, steps: 2 });
  assertStringIncludes(JSON.stringify(logger.lines), "Cannot read what is on record: Error: the disk is gone");
  await runner.stop();
  await served;
});
