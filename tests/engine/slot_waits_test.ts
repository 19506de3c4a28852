import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { CycleError, task, TaskCancelledError, type TaskHandle, TaskRunner } from "../../mod.ts";
import { assertAtRest } from "../runner/support.ts";
import { never, turn } from "../support.ts";

Deno.test("TaskRunner starts work when a caller awaits a handle, with no run()", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => "done");
  await turn();
  assertEquals(handle.status, "ready");
  assertEquals(await handle, "done");
  const again = runner.submit(() => "again");
  await turn();
  assertEquals(again.status, "ready", "nothing starts by itself once everything has finished");
  for (const look of [again.result(), again.getResult(), again.exception()]) await look;
  assertEquals(again.status, "completed");
});

Deno.test("TaskHandle.peek(), status and explain() start nothing", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => "done");
  assertStrictEquals(handle.peek(), undefined);
  assert(handle.explain().includes("has not started"), handle.explain());
  await turn();
  assertEquals(handle.status, "ready");
});

Deno.test("TaskRunner lets a single worker wait for tasks to a depth of 50", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const nest = task(async function nest(depth: number): Promise<number> {
    return depth === 0 ? 0 : 1 + await runner.submit(nest, depth - 1);
  });
  const handle = runner.submit(nest, 50);
  const report = await runner.run();
  assertEquals([await handle, report.counts.completed], [50, 51]);
  assertAtRest(runner);
});

Deno.test("TaskRunner lets a single worker wait for many children at once, and their children", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const tree = task(async function tree(depth: number): Promise<number> {
    if (depth === 0) return 1;
    const children = Array.from({ length: 4 }, () => runner.submit(tree, depth - 1));
    return (await Promise.all(children)).reduce((a, b) => a + b);
  });
  assertEquals(await runner.submit(tree, 4), 256);
  assertAtRest(runner);
});

Deno.test("TaskRunner never runs more bodies than slots, those that wait left aside", async () => {
  await using runner = new TaskRunner({ maxWorkers: 2 });
  let busy = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++busy);
    await turn();
    busy--;
  };
  const parent = async () => {
    for (let round = 0; round < 3; round++) {
      await work();
      await runner.submit(work);
      await work();
    }
  };
  for (let x = 0; x < 6; x++) runner.submit(parent);
  await runner.run();
  assertEquals(most, 2);
});

Deno.test("TaskRunner gives a body whose wait has finished a slot before it starts new tasks", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const order: string[] = [];
  runner.submit(async () => {
    order.push("parent begins");
    await runner.submit(task({ name: "child", priority: 1 }, () => void order.push("child")));
    order.push("parent ends");
  });
  runner.submit(() => void order.push("other"));
  await runner.run();
  assertEquals(order, ["parent begins", "child", "parent ends", "other"]);
});

Deno.test("TaskRunner shows a waiting body as running, and what it waits for", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const gate = Promise.withResolvers<void>();
  const parent = runner.submit(async function parent() {
    await runner.submit(function child() {
      return gate.promise;
    });
  });
  const running = runner.run();
  await turn();
  assertEquals([parent.status, runner.statistics().running, runner.statistics().pools["async"]!.busy], [
    "running",
    2,
    1,
  ]);
  assertEquals(parent.explain(), `"parent#1" runs, waiting for "child#2" (running).`);
  gate.resolve();
  await running;
});

Deno.test("TaskRunner lets a body race its children: the first one to end counts", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const gate = Promise.withResolvers<string>();
  const handle = runner.submit(async () => {
    const slow = runner.submit(() => gate.promise.then(() => "slow"));
    const fast = runner.submit(() => Promise.resolve("fast"));
    const timer = new Promise<string>((resolve) => setImmediate(() => setImmediate(() => resolve("timer"))));
    const winner = await Promise.race([slow, timer]);
    gate.resolve("");
    return [winner, await fast, await slow];
  });
  assertEquals(await handle, ["timer", "fast", "slow"]);
  assertAtRest(runner);
});

Deno.test("TaskRunner lets a body continue that catches a child's failure", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue", maxWorkers: 1 });
  const error = new Error("child");
  const handle = runner.submit(async () => {
    const settled = await Promise.allSettled([
      runner.submit(() => Promise.reject(error)),
      runner.submit(() => 1),
    ]);
    return settled.map((each) => each.status === "fulfilled" ? each.value : each.reason === error);
  });
  assertEquals(await handle, [true, 1]);
});

Deno.test("TaskRunner follows a handle that a body returns, sync or async", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const inner = () => "inner";
  const sync: TaskHandle<string> = runner.submit(() => runner.submit(inner));
  const async: TaskHandle<string> = runner.submit(async () => await runner.submit(inner));
  assertEquals([await sync, await async], ["inner", "inner"]);
  const thenable = runner.submit((): PromiseLike<string> => ({
    then: (onFulfilled) => Promise.resolve("thenable").then(onFulfilled),
  }));
  assertEquals(await thenable, "thenable");
  assertAtRest(runner);
});

Deno.test("TaskRunner breaks the deadlock of a task and a handle that waits for it, naming the cycle", async () => {
  await using runner = new TaskRunner();
  const first = runner.submit(async function first(): Promise<string> {
    return await second;
  });
  const second: TaskHandle<string> = runner.submit(function second(_: string) {
    return "never";
  }, first);
  const error = await assertRejects(() => runner.run(), CycleError);
  assertEquals(error.cycle, ["first", "second", "first"]);
  assert(error.message.includes("first → second → first"), error.message);
  assertEquals([first.status, second.status], ["failed", "failed"]);
  assertAtRest(runner);
});

Deno.test("TaskRunner breaks the deadlock of bodies that wait for each other", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue", maxWorkers: 1 });
  const handles: TaskHandle<unknown>[] = [];
  const names = ["a", "b", "c"] as const;
  for (const [index, name] of names.entries()) {
    handles.push(runner.submit(task({ name }, async () => await handles[(index + 1) % 3])));
  }
  const report = await runner.run();
  assertEquals(report.counts.failed, 3);
  const errors = await Promise.all(handles.map((handle) => handle.exception()));
  for (const error of errors) assertInstanceOf(error, CycleError);
  assertEquals(new Set(errors).size, 1, "one error, which went through all of them");
  assertAtRest(runner);
});

Deno.test("TaskRunner breaks the deadlock of a task that waits for itself; it may continue", async () => {
  await using runner = new TaskRunner();
  const handle: TaskHandle<string> = runner.submit(async function narcissus(): Promise<string> {
    return await handle.then(() => "?", (error: unknown) => error instanceof CycleError ? "got over it" : "?");
  });
  assertEquals(await handle, "got over it");
});

Deno.test("TaskRunner breaks a deadlock only once nothing else can end it", async () => {
  await using runner = new TaskRunner();
  const gate = Promise.withResolvers<void>();
  const first = runner.submit(async () => {
    return await second.then(() => "?", (error: unknown) => error instanceof TaskCancelledError ? "saved" : "?");
  });
  const second: TaskHandle<string> = runner.submit((_: string) => "", first);
  runner.submit(async () => {
    await gate.promise;
    second.cancel();
  });
  const running = runner.run();
  for (let turns = 0; turns < 5; turns++) await turn();
  assertEquals(first.status, "running");
  gate.resolve();
  await running;
  assertEquals(await first, "saved");
});

Deno.test("TaskHandle.result({ timeout }) in a body ends the wait and not the task", async () => {
  await using runner = new TaskRunner({ maxWorkers: 2 });
  const gate = Promise.withResolvers<string>();
  const child = runner.submit(() => gate.promise);
  const parent = runner.submit(async () => {
    const error = await child.result({ timeout: 1 }).catch((error: unknown) => error);
    gate.resolve("in the end");
    return [error instanceof DOMException && error.name, await child];
  });
  assertEquals(await parent, ["TimeoutError", "in the end"]);
  assertAtRest(runner);
});

Deno.test("TaskHandle.result({ timeout }) in a body rejects in time, even while the child keeps the only slot", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const parent = runner.submit(async () => {
    const child = runner.submit(never);
    const error = await child.result({ timeout: 1 }).catch((error: unknown) => error);
    child.cancel();
    return error instanceof DOMException && error.name;
  });
  assertEquals(await parent, "TimeoutError");
  assertAtRest(runner);
});

Deno.test("TaskHandle.getResult() and exception() in a deadlock report the cycle too", async () => {
  await using runner = new TaskRunner();
  const handle: TaskHandle<unknown[]> = runner.submit(async () => {
    return [await handle.getResult().catch((error: unknown) => error), await handle.exception()];
  });
  for (const error of await handle) assertInstanceOf(error, CycleError);
});

Deno.test("TaskRunner breaks the deadlock of a body that waits for several handles at once", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const handle: TaskHandle<unknown[]> = runner.submit(async () => {
    const settled = await Promise.allSettled(dependents);
    return settled.map((each) => each.status === "rejected" ? each.reason : each.value);
  });
  const dependents = [1, 2, 3].map((x) => runner.submit((_: unknown[]) => x, handle));
  const report = await runner.run();
  assertEquals(handle.status, "completed");
  const errors = await handle;
  assertEquals(errors.length, 3);
  for (const error of errors) assertInstanceOf(error, CycleError);
  assertEquals([report.counts.completed, await Promise.all(dependents)], [4, [1, 2, 3]]);
});

Deno.test("TaskRunner lets a body of one runner wait for a handle of another", async () => {
  await using outer = new TaskRunner({ maxWorkers: 1 });
  await using inner = new TaskRunner({ maxWorkers: 1 });
  const handle = outer.submit(async () => {
    return [await inner.submit(() => 1), await outer.submit(() => 2)];
  });
  assertEquals(await handle, [1, 2]);
  assertAtRest(outer);
  assertAtRest(inner);
});

Deno.test("TaskRunner.run() from within a task of the same runner is refused", async () => {
  await using runner = new TaskRunner();
  const awaited = runner.submit(() => runner.run());
  await assertRejects(() => awaited.result(), Error, "from within one of its tasks");
  runner.submit(() => runner.run());
  await assertRejects(() => runner.run(), Error, "Cannot run() a runner");
  const other = new TaskRunner();
  runner.submit(async () => {
    other.submit(() => "other");
    return (await other.run()).counts.completed;
  });
  assertEquals((await runner.run()).results[0]!.value, 1);
  await other.shutdown();
});

Deno.test("TaskRunner begins no more tasks that wait for tasks of theirs than it has workers", async () => {
  await using runner = new TaskRunner({ maxWorkers: 3 });
  let begun = 0;
  let most = 0;
  const parent = async (index: number) => {
    most = Math.max(most, ++begun);
    const twice = await runner.submit(async (x: number) => await runner.submit((y: number) => 2 * y, x), index);
    begun--;
    return twice;
  };
  const handles = Array.from({ length: 50 }, (_, index) => runner.submit(parent, index));
  assertEquals(await Promise.all(handles), handles.map((_, index) => 2 * index));
  assertEquals(most, 3);
});
