import { assertEquals } from "@std/assert";
import { task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { isAtRest } from "../../src/engine/at_rest.ts";
import { Handle } from "../../src/engine/handle.ts";
import { never, until } from "../support.ts";

const HOUR = 3_600_000;

const failing = task({ name: "failing", retries: 1, backoff: "linear", backoffBase: HOUR, jitter: "none" }, () => {
  throw new Error("busy");
});
const after = task({ name: "after" }, (..._: unknown[]) => {});

function rests(handle: TaskHandle<unknown>, inMs: number): boolean {
  return handle instanceof Handle && isAtRest(handle, Date.now() + inMs);
}

Deno.test("isAtRest() is true for what waits for a later attempt, or for others that do, and for nothing else", async () => {
  await using runner = new TaskRunner();
  runner.enter();
  const retrying = failing.submit();
  const busy = task({ name: "busy" }, never).submit();
  const waiting = (name: string, wait: () => PromiseLike<unknown>) =>
    task({ name }, async () => void await wait()).submit();
  const resting = [
    retrying,
    after.submit(retrying),
    after.submit(retrying, busy),
    after.submit(after.submit(retrying)),
    waiting("one", () => retrying),
    waiting("all", () => Promise.all([retrying, after.submit(retrying)])),
  ];
  const others = [
    busy,
    after.submit(busy),
    waiting("some", () => Promise.all([retrying, busy])),
    waiting("limited", () => retrying.result({ timeout: "1h" })),
    task({ name: "done" }, () => {}).submit(),
  ];
  for (const handle of [...resting, ...others]) void handle.exception();
  await until("it failed", () => retrying.status === "retrying" && others.at(-1)!.done);
  assertEquals(resting.map((handle) => rests(handle, HOUR - 60_000)), resting.map(() => true));
  assertEquals(resting.map((handle) => rests(handle, HOUR + 60_000)), resting.map(() => false), "not for that long");
  assertEquals(others.map((handle) => rests(handle, 0)), others.map(() => false));
  runner.cancelAll();
});

Deno.test("isAtRest() does not overflow the stack", async () => {
  await using runner = new TaskRunner();
  runner.enter();
  const first = failing.submit();
  let last: TaskHandle<unknown> = first;
  for (let count = 0; count < 50_000; count++) last = after.submit(last);
  void last.exception();
  await until("it failed", () => first.status === "retrying");
  assertEquals(rests(last, 0), false, "that far, it is not looked at");
});
