import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { task, TaskCancelledError, type TaskHandle, TaskRunner } from "../../mod.ts";
import { turn, until } from "../support.ts";
import { pass } from "../runner/virtual_time.ts";

const bug = new TypeError("bug");

/** Submits a task that continues until it is told how to end, and starts it. */
function submitGate(runner: TaskRunner) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  promise.catch(() => {}); // it may be rejected before the body returns it
  const gate = task({ name: "gate" }, () => promise);
  return { handle: runner.submit(gate), open: () => resolve("open"), fail: () => reject(bug) };
}

Deno.test("a handle yields what the task returned, however often it is awaited", async () => {
  await using runner = new TaskRunner();
  const value = { rows: 3 };
  const handle = runner.submit(() => value);
  for (const each of [await handle, await handle, await handle.result()]) assertStrictEquals(each, value);
});

Deno.test("a handle throws the very error that the task failed with", async () => {
  await using runner = new TaskRunner();
  const { handle, fail } = submitGate(runner);
  const waits = [handle.result(), handle.then(), (async () => await handle)()];
  fail();
  for (const wait of waits) assertStrictEquals(await assertRejects(() => wait), bug);
  assertStrictEquals(await assertRejects(() => handle.result()), bug);
});

Deno.test("a failure that no one looks at is not an unhandled rejection", async () => {
  await using runner = new TaskRunner();
  const { handle, fail } = submitGate(runner);
  handle.result();
  handle.result({ timeout: "1h" });
  fail();
  await until("it has failed", () => handle.status === "failed");
  await turn();
});

Deno.test("then() takes both callbacks, like a promise's", async () => {
  await using runner = new TaskRunner();
  const [good, bad] = [runner.submit(() => 1), submitGate(runner)];
  bad.fail();
  assertEquals(await good.then((value) => value + 1, () => 0), 2);
  assertEquals(await bad.handle.then(() => "fine", (error) => error === bug), true);
  assertEquals(await Promise.all([good, good.then()]), [1, 1]);
});

Deno.test("peek() is undefined until the task has finished, and starts nothing", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => 5);
  assertEquals(handle.peek(), undefined);
  await turn();
  assertEquals(handle.status, "ready");
  await handle;
  assertEquals(handle.peek()?.value, 5);
});

Deno.test("getResult() tells how a task completed", async () => {
  using time = new FakeTime(Date.UTC(2026, 0, 1));
  await using runner = new TaskRunner();
  const { handle, open } = submitGate(runner);
  const result = handle.getResult();
  await pass(time, 250);
  open();
  assertEquals(await result, {
    id: handle.id,
    name: "gate",
    status: "completed",
    value: "open",
    error: undefined,
    attempts: 1,
    startedAt: new Date(Date.UTC(2026, 0, 1)),
    finishedAt: new Date(Date.UTC(2026, 0, 1) + 250),
    durationMs: 250,
    ok: true,
  });
  assert(Object.isFrozen(await result));
});

Deno.test("getResult() tells how a task failed, and never rejects", async () => {
  await using runner = new TaskRunner();
  const { handle, fail } = submitGate(runner);
  fail();
  const { status, value, error, ok, attempts } = await handle.getResult();
  assertEquals({ status, value, error, ok, attempts }, {
    status: "failed",
    value: undefined,
    error: bug,
    ok: false,
    attempts: 1,
  });
});

Deno.test("getResult() of a task that never started has no start and no duration", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => 5);
  handle.cancel("why not");
  const { status, error, attempts, ...rest } = await handle.getResult();
  assertEquals([status, attempts, "startedAt" in rest, "durationMs" in rest], ["cancelled", 0, false, false]);
  assertInstanceOf(rest.finishedAt, Date);
  assertInstanceOf(error, TaskCancelledError);
  assertEquals(error.reason, "why not");
});

Deno.test("exception() is the error, or undefined, and never rejects", async () => {
  await using runner = new TaskRunner();
  const [good, bad, odd] = [runner.submit(() => 1), submitGate(runner), runner.submit(() => Promise.reject("text"))];
  bad.fail();
  assertEquals([await good.exception(), await bad.handle.exception(), await odd.exception()], [undefined, bug, "text"]);
});

Deno.test("the error of a cancelled handle is one and the same for all who ask", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => 5);
  handle.cancel();
  assertStrictEquals(await handle.exception(), (await handle.getResult()).error);
  assertStrictEquals(await assertRejects(() => handle.result()), handle.peek()?.error);
});

Deno.test("status, done and attempts follow the task", async () => {
  await using runner = new TaskRunner();
  const { handle, open } = submitGate(runner);
  const later = runner.submit((text: string) => text, handle);
  const look = ({ status, done, attempts }: TaskHandle<string>) => [status, done, attempts];
  assertEquals([look(handle), look(later)], [["ready", false, 0], ["pending", false, 0]]);
  later.exception();
  await turn();
  assertEquals([look(handle), look(later)], [["running", false, 1], ["pending", false, 0]]);
  open();
  await later;
  assertEquals([look(handle), look(later)], [["completed", true, 1], ["completed", true, 1]]);
});

Deno.test("retryAt is set while the next attempt waits", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  let calls = 0;
  const flaky = task({ name: "flaky", retries: 1, backoffBase: "5s" }, () => {
    if (++calls === 1) throw bug;
  });
  const handle = runner.submit(flaky);
  assertEquals(handle.retryAt, undefined);
  const result = handle.result();
  await pass(time, 0);
  assertEquals([handle.status, handle.retryAt], ["retrying", new Date(time.start + 5_000)]);
  await pass(time, 4_999);
  assertEquals(handle.status, "retrying");
  await pass(time, 1);
  await result;
  assertEquals([handle.retryAt, handle.attempts], [undefined, 2]);
});

Deno.test("id, name, source, dedupKey and dependsOn say what was submitted", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(function load() {});
  const { id, name, source, dedupKey, dependsOn } = handle;
  assertEquals({ id, name, source, dedupKey, dependsOn }, {
    id: "load#1",
    name: "load",
    source: "manual",
    dedupKey: undefined,
    dependsOn: [],
  });
  const next = runner.submit((_value: void) => {}, handle);
  assertEquals(next.dependsOn, [handle]);
  assert(Object.isFrozen(next.dependsOn));
  await next;
});

Deno.test("cancel() says whether it did anything", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => 5);
  assertEquals([handle.cancel(), handle.cancel(), handle.status], [true, false, "cancelled"]);
  const over = runner.submit(() => 5);
  await over;
  assertEquals([over.cancel(), over.status, await over], [false, "completed", 5]);
});

Deno.test("Deno.inspect() shows id and status", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(function load() {});
  assertEquals(Deno.inspect(handle), 'TaskHandle "load#1" (ready)');
  await handle;
  assertStringIncludes(Deno.inspect({ handle }), 'TaskHandle "load#1" (completed)');
});

Deno.test("durationMs is never negative, and dates are dates", async () => {
  await using runner = new TaskRunner();
  const { durationMs, startedAt, finishedAt } = await runner.submit(() => {}).getResult();
  assertGreaterOrEqual(durationMs!, 0);
  assertGreaterOrEqual(finishedAt!.getTime(), startedAt!.getTime());
});

Deno.test("TaskHandle is its id in strings and in JSON", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(function load() {});
  assertEquals([`${handle}`, JSON.stringify({ handle })], ["load#1", '{"handle":"load#1"}']);
});
