import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  currentTask,
  MemoryCheckpointer,
  RetryAfterError,
  RetryExhaustedError,
  task,
  TaskRunner,
  TaskTimeoutError,
} from "../../mod.ts";
import { start } from "../durability/support.ts";
import { never, recordingLogger, until } from "../support.ts";
import { pass } from "./virtual_time.ts";

Deno.test('logFormat: "fields" gives a logger the task as an object', async () => {
  const { lines, ...logger } = recordingLogger();
  await using runner = new TaskRunner({ logger, logFormat: "fields", onTaskError: "log" });
  const error = new Error("no answer");
  runner.submit(
    task({ name: "load", label: (page: number) => `page ${page}` }, (_page: number) => {
      currentTask()!.log("loading", 7);
      throw error;
    }),
    7,
  );
  await runner.run();
  const about = { task: "load#1", name: "load", label: "page 7" };
  assertEquals(lines.map(({ level, data }) => [level, ...data]), [
    ["info", { ...about, attempt: 1 }, "loading 7"],
    ["error", { ...about, err: error }, '"load#1" (page 7) failed with Error: no answer.'],
  ]);
  assertThrows(() => new TaskRunner({ logFormat: "xml" as never }), RangeError, "logFormat of the runner");
});

Deno.test("a logger that is given hears of what waits for a throttle, and of pauses that tasks ask for", async () => {
  using time = new FakeTime();
  const { lines, ...logger } = recordingLogger();
  await using runner = new TaskRunner({ logger });
  let isBusy = true;
  const call = task({ name: "call", retries: 1, throttle: { limit: 1, period: "10s" } }, () => {
    if (!isBusy) return;
    isBusy = false;
    throw new RetryAfterError("busy", { retryAfter: 30_000, pause: "task" });
  });
  for (let count = 0; count < 5; count++) runner.submit(call);
  const run = runner.run();
  for (let second = 0; second < 200; second++) await pass(time, 1_000);
  await run;
  const debug = lines.filter(({ level, data }) => level === "debug" && String(data[1]).startsWith("It "));
  assertEquals(debug[0]!.data[0], "[call#2]");
  assertMatch(String(debug[0]!.data[1]), /^It waits for its throttle, 1 in 10 s, .* \(4 waiting\)$/);
  assertEquals(lines.filter(({ level }) => level === "info").map(({ data }) => data), [
    ["[call#1]", "It has asked that nothing of its task starts for 30 s"],
  ]);
});

Deno.test("a logger that is given hears of tasks that start again as their program died", async () => {
  let left = new MemoryCheckpointer();
  const work = task({ name: "work" }, () => never());
  for (let round = 0; round < 3; round++) {
    const { lines, ...logger } = recordingLogger();
    const program = await start(left, { logger });
    const handle = program.runner.submit(work);
    void program.runner.run().catch(() => {});
    await until("the body runs", () => handle.status === "running");
    const heard = lines.filter(({ level }) => level === "info").map(({ data }) => data.slice(1).join(" "));
    const expected = [
      [],
      ["It starts again, as its program ended in attempt 1"],
      ["It starts again, as its program ended in attempt 2, 2 times in a row by now"],
    ];
    assertEquals(heard, expected[round]!);
    left = await program.kill();
  }
});

Deno.test("a failure shows where it happened, and no frames of the engine", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  function culprit(): never {
    throw new TypeError("no answer");
  }
  const flaky = task({ name: "flaky", retries: 1, backoffBase: 0 }, () => culprit());
  const exhausted = await assertRejects(() => runner.submit(flaky).result(), RetryExhaustedError);
  assert(!exhausted.stack!.includes("/src/engine/"), exhausted.stack);
  assertMatch((exhausted.cause as Error).stack!, /culprit/);
  assertMatch(Deno.inspect(exhausted), /culprit/);
  const slow = task({ name: "slow", timeout: 1 }, () => never());
  const late = await assertRejects(() => runner.submit(slow).result(), TaskTimeoutError);
  assertMatch(late.stack!, /^TaskTimeoutError: .*\n {4}at slow \(file:.*logging_test\.ts:\d+:\d+\)$/);
});
