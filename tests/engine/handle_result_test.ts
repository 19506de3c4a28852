import { assertEquals, assertRejects, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { getEventListeners } from "node:events";
import { type Duration, task, TaskRunner, type WaitOptions } from "../../mod.ts";
import { pass } from "../runner/virtual_time.ts";

const bug = new TypeError("bug");

/** Submits a task that continues until it is told how to end, and starts it. */
function submitGate(runner: TaskRunner) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const gate = task({ name: "gate" }, () => promise);
  return { handle: runner.submit(gate), open: () => resolve("open"), fail: () => reject(bug) };
}

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

Deno.test("result({ timeout }) rejects with a TimeoutError, and the task continues", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const { handle, open } = submitGate(runner);
  const wait = handle.result({ timeout: "2s" });
  await pass(time, 1_999);
  assertEquals(handle.status, "running");
  await pass(time, 1);
  const error = await assertRejects(() => wait, DOMException);
  assertEquals(error.name, "TimeoutError");
  assertStringIncludes(error.message, "gate#1");
  assertEquals([handle.status, time.next()], ["running", false]);
  open();
  assertEquals(await handle, "open");
});

Deno.test("result({ timeout }) leaves no timer when the task has finished in time", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const { handle, open } = submitGate(runner);
  const wait = handle.result({ timeout: "2s" });
  await pass(time, 1_000);
  open();
  assertEquals(await wait, "open");
  await time.runMicrotasks();
  assertEquals(time.next(), false);
});

Deno.test("result({ timeout: 0 }) gives a task that has finished its due", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => 5);
  await handle;
  assertEquals(await handle.result({ timeout: 0 }), 5);
});

Deno.test("result({ signal }) rejects with the signal's reason, and the task continues", async () => {
  await using runner = new TaskRunner();
  const { handle, open } = submitGate(runner);
  const controller = new AbortController();
  const wait = handle.result({ signal: controller.signal });
  assertEquals(listeners(controller.signal), 1);
  controller.abort(bug);
  assertStrictEquals(await assertRejects(() => wait), bug);
  assertEquals([handle.done, listeners(controller.signal)], [false, 0]);
  open();
  assertEquals(await handle, "open");
});

Deno.test("result({ signal }) rejects at once if the signal is aborted already", async () => {
  await using runner = new TaskRunner();
  const { handle } = submitGate(runner);
  const signal = AbortSignal.abort(bug);
  assertStrictEquals(await assertRejects(() => handle.result({ signal })), bug);
  assertEquals(listeners(signal), 0);
});

for (const end of ["open", "fail"] as const) {
  Deno.test(`result({ timeout, signal }) leaves no listener and no timer after ${end}`, async () => {
    using time = new FakeTime();
    await using runner = new TaskRunner();
    const gate = submitGate(runner);
    const { signal } = new AbortController();
    const waits = [gate.handle.result({ signal }), gate.handle.result({ signal, timeout: "1h" })];
    assertEquals(listeners(signal), 1); // shared
    await pass(time, 0);
    gate[end]();
    await Promise.allSettled(waits);
    await time.runMicrotasks();
    assertEquals([listeners(signal), time.next()], [0, false]);
  });
}

Deno.test("result({ timeout, signal }) leaves no listener when the time has finished, and no timer after an abort", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const { handle } = submitGate(runner);
  const controller = new AbortController();
  const { signal } = controller;
  const first = handle.result({ signal, timeout: 10 });
  await pass(time, 10);
  await assertRejects(() => first, DOMException);
  assertEquals(listeners(signal), 0);
  const second = handle.result({ signal, timeout: 10 });
  controller.abort(bug);
  await assertRejects(() => second, TypeError, "bug");
  assertEquals(time.next(), false);
});

Deno.test("result() of a handle that has finished adds no listener", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => 5);
  await handle;
  const { signal } = new AbortController();
  await handle.result({ signal, timeout: "1h" });
  assertEquals(listeners(signal), 0);
});

Deno.test("result() rejects a timeout that is none", async () => {
  await using runner = new TaskRunner();
  const { handle } = submitGate(runner);
  for (const timeout of [-1, NaN, "soon" as Duration]) {
    await assertRejects(async () => await handle.result({ timeout }), RangeError, 'wait for "gate#1"');
  }
  await assertRejects(async () => await handle.result({ timeout: {} as Duration }), TypeError, 'wait for "gate#1"');
});

Deno.test("result() with wrong options rejects", async () => {
  await using runner = new TaskRunner();
  const { handle } = submitGate(runner);
  await assertRejects(() => handle.result({ timeout: -1 }), RangeError);
  await assertRejects(() => handle.result({ signal: {} as AbortSignal }), TypeError, "must be an AbortSignal");
  await assertRejects(() => handle.result(500 as WaitOptions), TypeError, 'options of a wait for "gate#1" must be an');
  await assertRejects(() => handle.result({ timeOut: 5 } as WaitOptions), TypeError, 'Unknown option "timeOut"');
});

Deno.test("result({ timeout }) that no one looks at any more is not an unhandled rejection", async () => {
  await using runner = new TaskRunner();
  const { handle, open } = submitGate(runner);
  handle.result({ timeout: 1 });
  await handle.result({ timeout: 5 }).catch(() => {});
  open();
  await handle;
});
