import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { currentTask, task, TaskCancelledError, TaskRunner } from "../../mod.ts";
import { assertAtRest } from "./support.ts";
import { never, runProgram, turn, untilAborted } from "../support.ts";
import { pass } from "./virtual_time.ts";

const identity = task(function identity(x: number) {
  return x;
});

Deno.test("TaskRunner.shutdown() cancels what has not finished and tells running bodies", async () => {
  const runner = new TaskRunner({ maxWorkers: 2 });
  let reason: unknown;
  const obedient = runner.submit(() => {
    const { signal } = currentTask()!;
    signal.addEventListener("abort", () => reason = signal.reason);
    return untilAborted(signal);
  });
  const deaf = runner.submit(never);
  const ready = runner.submit(identity, 1);
  const pending = runner.submit(identity, ready);
  const done = obedient.exception();
  await turn();
  await runner.shutdown();
  for (const handle of [obedient, deaf, ready, pending]) assertEquals(handle.status, "cancelled");
  const error = await done;
  assertInstanceOf(error, TaskCancelledError);
  assertStrictEquals(error.reason, reason);
  assert(error.message.includes("shut down"), error.message);
  assertAtRest(runner);
});

Deno.test("TaskRunner.shutdown() any number of times does it once", async () => {
  const runner = new TaskRunner();
  const [first, second] = [runner.shutdown(), runner.shutdown()];
  assertStrictEquals(first, second);
  await first;
  await runner[Symbol.asyncDispose]();
});

Deno.test("TaskRunner refuses everything after shutdown(), but tells what happened to its tasks", async () => {
  const runner = new TaskRunner();
  const handle = runner.submit(identity, 1);
  assertEquals(await handle, 1);
  await runner.shutdown();
  assertThrows(() => runner.submit(identity, 2), Error, `Cannot submit "identity", as its runner was shut down`);
  assertThrows(() => identity.with({ runner }).submit(2), Error, "was shut down");
  assertThrows(() => runner.enter(), Error, "was shut down");
  await assertRejects(() => runner.run(), Error, "was shut down: make a new one");
  await assertRejects(() => runner.serve(), Error, "was shut down: make a new one");
  assertEquals([runner.open, await handle, runner.results().length, runner.cancelAll()], [false, 1, 1, 0]);
});

Deno.test("TaskRunner.shutdown() during run() ends the run", async () => {
  const runner = new TaskRunner();
  const handle = runner.submit(never);
  const running = runner.run();
  await turn();
  await runner.shutdown();
  const [outcome] = await Promise.allSettled([running]);
  assertEquals(handle.status, "cancelled");
  if (outcome.status === "fulfilled") assertEquals(outcome.value.counts.cancelled, 1);
});

Deno.test("TaskRunner.shutdown() by one of its own tasks cancels that task and resolves", async () => {
  const runner = new TaskRunner();
  const over = Promise.withResolvers<string>();
  const handle = runner.submit(async () => {
    await runner.shutdown();
    over.resolve("shut");
  });
  const error = handle.exception();
  assertEquals(await over.promise, "shut");
  assertInstanceOf(await error, TaskCancelledError);
});

Deno.test("TaskRunner.shutdown() makes what a body submits meanwhile fail in that body only", async () => {
  const runner = new TaskRunner();
  const refused = Promise.withResolvers<unknown>();
  runner.submit(async () => {
    await untilAborted(currentTask()!.signal).catch(() => {});
    try {
      refused.resolve(runner.submit(identity, 1).status);
    } catch (error) {
      refused.resolve((error as Error).message);
    }
  }).result();
  await turn();
  await runner.shutdown();
  assertEquals(await refused.promise, `Cannot submit "identity", as its runner was shut down`);
});

Deno.test("await using shuts the runner down at the end of the block, also after an error", async () => {
  const handles: { status: string }[] = [];
  const error = await assertRejects(
    async () => {
      await using runner = new TaskRunner();
      handles.push(runner.submit(never));
      await turn();
      throw new Error("in the block");
    },
    Error,
    "in the block",
  );
  assert(!(error instanceof SuppressedError));
  assertEquals(handles[0]!.status, "cancelled");
});

Deno.test("TaskRunner.shutdown() leaves no timer behind: of backoffs, deadlines, waits and serve()", async () => {
  using time = new FakeTime();
  const runner = new TaskRunner();
  const served = runner.serve();
  const flaky = task({ name: "flaky", retries: 1, backoff: () => "1h" }, () => Promise.reject(new Error("no")));
  const slow = task({ name: "slow", timeout: "1h" }, never);
  const lingering = task({ name: "lingering", timeout: 10, retryOnTimeout: true, retries: 1, backoff: "none" }, never);
  const handles = [runner.submit(flaky), runner.submit(slow), runner.submit(lingering)];
  const wait = handles[1]!.result({ timeout: "1h" }).catch(() => "over");
  await pass(time, 0);
  await pass(time, 10);
  await pass(time, 0);
  assertEquals(handles.map(({ status }) => status), ["retrying", "running", "retrying"]);
  await runner.shutdown();
  await served;
  assertEquals([await wait, time.next()], ["over", false]);
});

Deno.test("TaskRunner lets the program end by itself, also without shutdown()", async () => {
  const { code, stdout } = await runProgram(`
    const { task, TaskRunner } = workflowy;
    const runner = new TaskRunner();
    const quick = task({ name: "quick", timeout: "1h", retries: 1 }, () => Promise.resolve("quick"));
    runner.submit(() => new Promise(() => {})).cancel();
    const handle = runner.submit(quick);
    console.log(await handle.result({ timeout: "1h" }), (await runner.run()).counts.completed);
  `);
  assertEquals([code, stdout], [0, "quick 1"]);
});

Deno.test("TaskRunner.serve() keeps the program alive until stop()", async () => {
  const { code, stdout } = await runProgram(`
    const { TaskRunner } = workflowy;
    const runner = new TaskRunner();
    const timer = setTimeout(() => runner.submit(() => runner.stop()), 50);
    Deno.unrefTimer(timer);
    await runner.serve();
    console.log("served");
  `);
  assertEquals([code, stdout], [0, "served"]);
});
