import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { task, TaskRunner } from "@workflowy/workflowy";
import { TaskLimits } from "../../../src/engine/limits/task_limits.ts";
import { FakeHost } from "./fake_host.ts";

const throttle = { limit: 1, period: 100, burst: 1 };

Deno.test("TaskLimits has one limit for each rule and key, and equal rules are one", () => {
  const own = new TaskLimits(new FakeHost());
  assertStrictEquals(own.throttle(throttle, "a"), own.throttle({ ...throttle }, "a"));
  assertNotStrictEquals(own.throttle(throttle, "a"), own.throttle(throttle, "b"));
  assertNotStrictEquals(own.throttle(throttle, "a"), own.throttle({ ...throttle, period: 200 }, "a"));
  assertNotStrictEquals(own.throttle(throttle, "a"), own.throttle({ ...throttle, key: String }, "a"));
  assertStrictEquals(own.concurrency({ limit: 1 }, "a"), own.concurrency({ limit: 1 }, "a"));
  assertNotStrictEquals(own.concurrency({ limit: 1 }, "a"), own.concurrency({ limit: 2 }, "a"));
});

Deno.test("TaskLimits drops a concurrency once nothing is at work", () => {
  const own = new TaskLimits(new FakeHost());
  const limit = own.concurrency({ limit: 1 }, "a");
  limit.admit();
  assertStrictEquals(own.concurrency({ limit: 1 }, "a"), limit);
  limit.leave(0);
  assertNotStrictEquals(own.concurrency({ limit: 1 }, "a"), limit);
});

Deno.test("TaskLimits gives all of its limits numbers of their own", () => {
  const own = new TaskLimits(new FakeHost());
  const ids = [own.pause, own.throttle(throttle, "a"), own.throttle(throttle, "b"), own.concurrency({ limit: 1 }, "a")]
    .map(({ id }) => id);
  assertEquals(new Set(ids).size, 4);
  assert(own.pause.isOpen(0));
});

Deno.test("tasks with limits get dependencies after they were submitted, one after the other", async () => {
  await using runner = new TaskRunner();
  const gate = Promise.withResolvers<void>();
  const first = runner.submit(() => gate.promise);
  const limited = task({ name: "limited", concurrency: { limit: 2 } }, (n: number) => n);
  const handles = [1, 2, 3].map((n) => runner.submit(limited, n).after(first)); // each was ready, alone, until after()
  const run = runner.run();
  gate.resolve();
  await run;
  assertEquals(await Promise.all(handles), [1, 2, 3]);
});
