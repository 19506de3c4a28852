import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { currentTask, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { assertAtRest, countingController } from "./support.ts";
import { never, recordingLogger, turn, untilAborted } from "../support.ts";

const identity = task(function identity(x: number) {
  return x;
});

Deno.test("TaskRunner.serve() starts what was and what is submitted at once, until stop()", async () => {
  await using runner = new TaskRunner();
  const before = runner.submit(identity, 1);
  const served = runner.serve();
  await turn();
  assertEquals(before.status, "completed");
  for (let round = 0; round < 3; round++) {
    await turn();
    const handle = runner.submit(identity, round);
    await turn();
    assertEquals(handle.status, "completed");
  }
  await runner.stop();
  await served;
  const after = runner.submit(identity, 2);
  await turn();
  assertEquals(after.status, "ready");
});

Deno.test("TaskRunner.stop() lets all that was submitted get done, and what its bodies submit", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const served = runner.serve();
  const gate = Promise.withResolvers<void>();
  const parent = runner.submit(async () => {
    await gate.promise;
    return await runner.submit(identity, 1);
  });
  const queued = runner.submit(identity, 2);
  await turn();
  let stopped = false;
  const stopping = runner.stop().then(() => stopped = true);
  await turn();
  assertEquals([stopped, parent.status, queued.status], [false, "running", "ready"]);
  gate.resolve();
  await stopping;
  await served;
  assertEquals([await parent, await queued], [1, 2]);
  assertAtRest(runner);
});

Deno.test("TaskRunner.submit() from outside is refused after stop(), until the runner has stopped", async () => {
  await using runner = new TaskRunner();
  const served = runner.serve();
  const gate = Promise.withResolvers<void>();
  runner.submit(() => gate.promise);
  await turn();
  const stopping = runner.stop();
  const error = assertThrows(() => runner.submit(identity, 1), Error);
  assertEquals(error.message, `Cannot submit "identity", as its runner is stopping`);
  assertThrows(() => identity.with({ runner }).map([1]), Error, "is stopping");
  assertEquals(runner.statistics().submitted, 1);
  gate.resolve();
  await stopping;
  await served;
  assertEquals(await runner.submit(identity, 1), 1);
});

Deno.test("TaskRunner.serve() can be called again after stop(); stop() twice is fine", async () => {
  await using runner = new TaskRunner();
  for (let round = 0; round < 3; round++) {
    const served = runner.serve();
    assertEquals(await runner.submit(identity, round), round);
    await Promise.all([runner.stop(), runner.stop()]);
    await served;
  }
  await runner.stop();
});

Deno.test("TaskRunner.serve() twice at a time is refused", async () => {
  await using runner = new TaskRunner();
  const served = runner.serve();
  await assertRejects(() => runner.serve(), Error, "Cannot serve() a runner that is serving already");
  assertEquals(await runner.submit(identity, 1), 1);
  await runner.stop();
  await served;
});

Deno.test("TaskRunner.serve() continues after failures, and logs them unless told to continue", async () => {
  const error = new Error("no");
  for (const onTaskError of ["raise", "log", "continue"] as const) {
    const logger = recordingLogger();
    await using runner = new TaskRunner({ onTaskError, logger });
    const served = runner.serve();
    const bad = runner.submit(function bad() {
      throw error;
    });
    assertStrictEquals(await bad.exception(), error);
    assertEquals(await runner.submit(identity, 1), 1);
    await runner.stop();
    await served;
    const expected = onTaskError === "continue" ? [] : [["error", `"bad#1" failed with Error: no.`, error]];
    assertEquals(logger.lines.map(({ level, data }) => [level, ...data]), expected);
  }
});

Deno.test("TaskRunner.serve({ signal }) cancels everything when it is aborted, and resolves", async () => {
  await using runner = new TaskRunner();
  const { controller, listeners } = countingController();
  let reason: unknown;
  const served = runner.serve({ signal: controller.signal });
  const obedient = runner.submit(() => {
    const { signal } = currentTask()!;
    signal.addEventListener("abort", () => reason = signal.reason);
    return untilAborted(signal);
  });
  await turn();
  controller.abort("bye");
  await served;
  assertEquals([obedient.status, reason, listeners()], ["cancelled", "bye", 0]);
  assertEquals(await runner.submit(identity, 1), 1);
});

Deno.test("TaskRunner.serve({ signal }) leaves no listener behind after stop()", async () => {
  await using runner = new TaskRunner();
  const { controller, listeners } = countingController();
  const served = runner.serve({ signal: controller.signal });
  assertEquals(listeners(), 1);
  await runner.stop();
  await served;
  assertEquals(listeners(), 0);
  await runner.serve({ signal: AbortSignal.abort() });
});

Deno.test("TaskRunner.stop() from one of its own tasks does not wait for that task", async () => {
  await using runner = new TaskRunner();
  const served = runner.serve();
  const handle = runner.submit(async () => {
    await runner.stop();
    return await runner.submit(identity, 1);
  });
  await served;
  assertEquals(await handle, 1);
});

Deno.test("TaskRunner.serve() ends with shutdown(), which cancels", async () => {
  const runner = new TaskRunner();
  const served = runner.serve();
  const handle = runner.submit(never);
  await turn();
  await runner.shutdown();
  await served;
  assertEquals(handle.status, "cancelled");
  await assertRejects(() => runner.serve(), Error, "was shut down");
});

Deno.test("TaskRunner.serve() gives tasks to a stopping runner's own bodies only", async () => {
  await using runner = new TaskRunner();
  await using other = new TaskRunner();
  const served = runner.serve();
  const gate = Promise.withResolvers<void>();
  const inside: TaskHandle<number>[] = [];
  runner.submit(async () => {
    await gate.promise;
    inside.push(runner.submit(identity, 1));
  });
  const foreign = other.submit(async () => {
    await gate.promise;
    return runner.submit(identity, 2);
  });
  const running = foreign.exception();
  await turn();
  const stopping = runner.stop();
  gate.resolve();
  assert((await running as Error).message.includes("is stopping"));
  await stopping;
  await served;
  assertEquals(inside.map(({ status }) => status), ["completed"]);
});
