import { assert, assertEquals } from "@std/assert";
import { MemoryCheckpointer, RetryAfterError, type RetryPause, task, TaskRunner } from "../../mod.ts";
import { settle, turn } from "../support.ts";
import { assertAtRest } from "./support.ts";
import { onVirtualTime, pass, untilSettled } from "./virtual_time.ts";

const key = (host: string) => host;

/**
 * Runs tasks of which the first attempt, for host "a", asks for a pause of a second; returns when which attempts started.
 *
 * @param isLimited Whether the tasks have a throttle, with a key.
 */
async function startsWith(pause: RetryPause, isLimited: boolean): Promise<string[]> {
  const starts: string[] = [];
  await onVirtualTime(async (time) => {
    await using runner = new TaskRunner({ maxWorkers: 1, pools: { other: {} } });
    const begin = time.now;
    let isBusy = true;
    const limits = isLimited ? { throttle: { limit: 100, period: 100, burst: 100, key } } : {};
    const call = task({ name: "call", retries: 1, ...limits }, (host: string) => {
      starts.push(`${host}${time.now - begin}`);
      if (!isBusy) return;
      isBusy = false;
      throw new RetryAfterError("busy", { retryAfter: "1s", pause });
    });
    call.with({ runner }).map([..."aab"]);
    runner.submit(() => void starts.push(`same${time.now - begin}`));
    runner.submit(task({ name: "other", pool: "other" }, () => void starts.push(`other${time.now - begin}`)));
    await untilSettled(time, runner.run());
    assertAtRest(runner);
  });
  return starts.sort();
}

const SCENES: [pause: RetryPause, isLimited: boolean, starts: string][] = [
  ["none", true, "a0 a0 a1000 b0 other0 same0"],
  ["key", true, "a0 a1000 a1000 b0 other0 same0"],
  ["task", true, "a0 a1000 a1000 b1000 other0 same0"],
  ["pool", true, "a0 a1000 a1000 b1000 other0 same1000"],
  ["none", false, "a0 a0 a1000 b0 other0 same0"],
  ["key", false, "a0 a1000 a1000 b1000 other0 same0"],
  ["task", false, "a0 a1000 a1000 b1000 other0 same0"],
  ["pool", false, "a0 a1000 a1000 b1000 other0 same1000"],
];

for (const [pause, isLimited, starts] of SCENES) {
  Deno.test(`pause: "${pause}" of a task ${isLimited ? "with" : "without"} a throttle`, async () => {
    assertEquals((await startsWith(pause, isLimited)).join(" "), starts);
  });
}

Deno.test("a task that is held by a pause is ready, says so, and can be cancelled", () =>
  onVirtualTime(async (time) => {
    await using runner = new TaskRunner({ onTaskError: "continue", maxWorkers: 1 });
    const call = task({ name: "call" }, (x: number) => {
      if (x === 1) throw new RetryAfterError("busy", { retryAfter: "10s", pause: "task" });
    });
    const [first, second, third] = call.with({ runner }).map([1, 2, 3]);
    const run = runner.run();
    await settle();
    assertEquals([first!.status, second!.status], ["failed", "ready"]);
    assertEquals(
      second!.explain(),
      '"call#2" is ready, but such tasks do not start for another 10 s, as an attempt has asked for that (2 waiting).',
    );
    second!.cancel();
    const begin = time.now;
    await untilSettled(time, run);
    assertEquals([third!.status, time.now - begin], ["completed", 10_000]);
    assertAtRest(runner);
  }));

Deno.test("an attempt that does not count leaves the task all that it has", () =>
  onVirtualTime(async (time) => {
    await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer() });
    let calls = 0;
    const call = task({ name: "call", retries: 1, backoff: "none" }, () => {
      calls++;
      if (calls <= 5) throw new RetryAfterError("busy", { retryAfter: "1s", countsAsAttempt: false });
      if (calls === 6) throw new Error("the only retry");
      return calls;
    });
    const handle = runner.submit(call);
    assertEquals(await untilSettled(time, handle), 7);
    assertEquals(handle.attempts, 7);
  }));

Deno.test("attempts that did not count before a restart do not count after it", async () => {
  const checkpointer = new MemoryCheckpointer();
  let calls = 0;
  const call = task({ name: "call", retries: 1, backoff: "none" }, () => {
    calls++;
    if (calls <= 2) throw new RetryAfterError("busy", { retryAfter: calls === 1 ? 0 : "1h", countsAsAttempt: false });
    if (calls === 3) throw new Error("the only retry");
    return calls;
  });
  await onVirtualTime(async (time) => {
    {
      await using runner = new TaskRunner({ checkpointer });
      const handle = runner.submit(call);
      runner.run().catch(() => {});
      for (let turns = 0; handle.status !== "retrying" || handle.attempts < 2; turns++) {
        assert(turns < 10_000);
        await turn();
        await pass(time, 1);
      }
    }
    await using runner = await TaskRunner.resume(checkpointer);
    assertEquals(await untilSettled(time, runner.submit(call)), 4);
  });
});

Deno.test("a pause that is asked for on a thread or in a subprocess holds the others", async () => {
  const { busyOnThread, busyInProcess } = await import("./limited_tasks.ts");
  for (const busy of [busyOnThread, busyInProcess]) {
    await using runner = new TaskRunner({ maxWorkers: 1 });
    const [first, second] = [runner.submit(busy, 1), runner.submit(busy, 2)];
    const start = Date.now();
    assertEquals([await first, await second], [1, 2]);
    assertEquals(first.attempts, 2);
    const { startedAt } = await second.getResult();
    assert(startedAt!.getTime() - start >= 145); // whole milliseconds, of two clocks
  }
});
