import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { currentTask, MemoryCheckpointer, type OnDepFailure, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import type { Handle } from "../../src/engine/handle.ts";
import { start } from "../durability/support.ts";
import { randomOf, settle, turn } from "../support.ts";

/** Tasks that fail as long as their name is among those that are down. */
function world(runner: TaskRunner) {
  const down = new Set<string>();
  const calls: string[] = [];
  const work = task({ name: "work" }, (name: string, ...values: unknown[]) => {
    calls.push(name);
    if (down.has(name)) throw new Error(`${name} is down`);
    return [name, ...values].join(" ");
  }).with({ runner });
  const submit = (
    name: string,
    dependencies: readonly TaskHandle<unknown>[] = [],
    onDepFailure: OnDepFailure = "fail",
  ) => work.with({ key: name, onDepFailure }).submit(name, ...dependencies);
  return { down, calls, submit };
}

function quiet(options: ConstructorParameters<typeof TaskRunner>[0] = {}): TaskRunner {
  return new TaskRunner({ onTaskError: "continue", ...options });
}

Deno.test("retry() runs a task again, and what was not run because of it", async () => {
  await using runner = quiet();
  const { down, calls, submit } = world(runner);
  down.add("b");
  const a = submit("a");
  const b = submit("b", [a]);
  const c = submit("c", [b]);
  const d = submit("d", [c], "skip");
  const e = submit("e", [a]);
  await runner.run();
  assertEquals([a, b, c, d, e].map(({ status }) => status), ["completed", "failed", "failed", "skipped", "completed"]);
  down.clear();
  calls.length = 0;
  const again = runner.retry(b);
  assertNotStrictEquals(again, b);
  assertEquals([again.id, again.status, again.attempts], ["b", "ready", 0]);
  const report = await runner.run();
  assertEquals(calls, ["b", "c", "d"]);
  assertEquals(report.results.map(({ id, value }) => `${id}: ${value}`), ["b: b a", "c: c b a", "d: d c b a"]);
  assertEquals([b.status, c.status, d.status], ["failed", "failed", "skipped"]); // old handles keep their outcome
  assertStrictEquals(runner.get("b"), again);
  assertEquals(["a", "e"].map((id) => runner.get(id)), [a, e]);
  assertEquals(await runner.get("d"), "d c b a");
});

Deno.test("retry() of a task that was not run because of another one runs that one, too", async () => {
  await using runner = quiet();
  const { down, calls, submit } = world(runner);
  down.add("a").add("x");
  submit("x");
  const a = submit("a");
  const b = submit("b", [a]);
  const c = submit("c", [b]);
  await runner.run();
  down.clear();
  calls.length = 0;
  assertEquals(await runner.retry(c), "c b a");
  assertEquals(calls, ["a", "b", "c"]);
  assertEquals(runner.get("x")!.status, "failed");
});

Deno.test("retry() decides again what ran in spite of the failure, but not what followed from its value", async () => {
  await using runner = quiet();
  const { down, calls, submit } = world(runner);
  down.add("a");
  const a = submit("a");
  const b = submit("b", [a], "run-anyway");
  const c = submit("c", [b]);
  await runner.run();
  assertEquals([await b, await c], ["b ", "c b "]);
  down.clear();
  calls.length = 0;
  runner.retry(a);
  await runner.run();
  assertEquals([calls, await runner.get("b"), runner.get("c")], [["a", "b"], "b a", c]);
});

Deno.test("retry() lets what has yet to start wait for the new handle", async () => {
  await using runner = quiet({ maxWorkers: 2 });
  const { down, submit } = world(runner);
  down.add("a");
  const gate = Promise.withResolvers<string>();
  const slow = runner.submit(() => gate.promise);
  const a = submit("a");
  const sum = submit("sum", [a, slow], "run-anyway");
  await a.exception();
  await turn();
  assertEquals(sum.status, "pending");
  down.clear();
  const again = runner.retry(a);
  assertEquals(sum.dependsOn.includes(again), true);
  gate.resolve("slow");
  assertEquals(await sum, "sum a slow");
});

Deno.test("retry() within a listener to the failure saves what depends on the task", async () => {
  await using runner = quiet();
  const { down, submit } = world(runner);
  down.add("a");
  runner.addEventListener("failed", ({ handle }) => {
    if (down.delete(handle.id)) runner.retry(handle);
  });
  const a = submit("a");
  const b = submit("b", [a]);
  await runner.run();
  assertEquals([a.status, b.status, await b], ["failed", "completed", "b a"]);
});

Deno.test("retry() keeps the options of the submission, and starts with all attempts", async () => {
  await using runner = quiet();
  let calls = 0;
  const flaky = task(
    { name: "flaky", retries: 2, backoff: "none", backoffBase: 0, tags: ["t"], label: () => "label" },
    () => {
      calls++;
      if (calls < 6) throw new Error("no");
      return currentTask()!.attempt;
    },
  );
  const handle = flaky.with({ runner, source: "test", dedupKey: "d" }).submit();
  await runner.run();
  const again = runner.retry(handle);
  assertStrictEquals(flaky.with({ runner, dedupKey: "d" }).submit(), again);
  assertEquals([await again, again.id, again.source, again.dedupKey, again.tags, again.label], [
    3,
    handle.id,
    "test",
    "d",
    ["t"],
    "label",
  ]);
});

Deno.test("retry() begins another round, also on record", async () => {
  const rounds: unknown[] = [];
  const checkpointer = new MemoryCheckpointer();
  await using runner = new TaskRunner({ checkpointer, onTaskError: "continue" });
  runner.observe({ attempt: (handle) => void rounds.push((handle as Handle).details?.round) });
  const fail = task({ name: "fail" }, () => {
    throw new Error("no");
  });
  const handle = runner.submit(fail);
  await runner.run();
  runner.retry(handle);
  await runner.run();
  runner.retryFailed();
  await runner.run();
  assertEquals(new Set(rounds), new Set([0, 1, 2]));
  const [record] = (await Array.fromAsync(checkpointer.load())).filter(({ name }) => name === "fail");
  assertEquals(record?.round, 2);
});

Deno.test("retry() of a cancelled task runs it, also if the signal that cancelled it is still aborted", async () => {
  await using runner = quiet();
  const controller = new AbortController();
  const handle = task({ name: "load" }, (x: number) => x).with({ runner, signal: controller.signal }).submit(5);
  controller.abort();
  assertEquals(handle.status, "cancelled");
  assertEquals(await runner.retry(handle), 5);
});

Deno.test("retry() does not start a body beside one that was given up and has not ended", async () => {
  for (const options of [{}, { timeout: 20 }]) {
    await using runner = quiet();
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let calls = 0;
    let running = 0;
    const deaf = task({ name: "deaf", ...options }, async () => {
      assertEquals(++running, 1);
      await gates[calls++]?.promise;
      running--;
      return calls;
    }).with({ runner });
    const handle = deaf.submit();
    const ended = handle.exception();
    await turn();
    if (!("timeout" in options)) handle.cancel();
    await ended;
    const first = runner.retry(handle);
    const run = runner.run();
    await settle();
    assertEquals([first.status, calls], ["pending", 1]);
    assertEquals(first.explain().includes("waits for the body that ran before it was retried"), true);
    first.cancel();
    const second = runner.retry(first);
    await settle();
    assertEquals(second.status, "pending");
    gates[0]!.resolve();
    gates[1]!.resolve();
    assertEquals([await second, first.status], [2, "cancelled"]);
    await run;
  }
});

Deno.test("retry() again gives the handle of the first one, unless that has failed as well", async () => {
  await using runner = quiet();
  const { down, submit } = world(runner);
  down.add("a");
  const a = submit("a");
  await runner.run();
  const first = runner.retry(a);
  assertStrictEquals(runner.retry(a), first);
  await runner.run();
  down.clear();
  const second = runner.retry(a);
  assertNotStrictEquals(second, first);
  await second;
  assertStrictEquals(runner.retry(a), second);
  assertThrows(() => runner.retry(second), Error, `Cannot retry "a", which completed`);
});

Deno.test("retry() says why it cannot", async () => {
  await using other = quiet();
  await using runner = quiet({ retain: 0 });
  const { down, submit } = world(runner);
  down.add("a");
  const a = submit("a");
  assertThrows(() => runner.retry(a), Error, `Cannot retry "a", which has not finished: "a" is ready`);
  await a.exception();
  await settle();
  assertThrows(() => runner.retry(a), Error, `Cannot retry "a", which its runner no longer knows`);
  assertThrows(() => runner.retry(other.submit(() => {})), TypeError, "give a handle of this runner");
  assertThrows(() => runner.retry(5 as never), TypeError, "Cannot retry 5");
  await other.shutdown();
  assertThrows(() => other.retryFailed(), Error, "was shut down");
});

Deno.test("retry() while everything is being cancelled is refused", async () => {
  await using runner = new TaskRunner();
  const errors: unknown[] = [];
  runner.addEventListener("cancelled", ({ handle }) => {
    try {
      runner.retry(handle);
    } catch (error) {
      errors.push((error as Error).message);
    }
  });
  const { down, submit } = world(runner);
  down.add("a");
  submit("a");
  submit("b");
  runner.submit(() => new Promise(() => {}));
  await runner.run().catch(() => {});
  assert(errors.length > 0 && String(errors[0]).includes("while everything is being cancelled"), String(errors));
});

Deno.test("retryFailed() after a run that ended with a failure runs that and what was cancelled with it", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const { down, submit } = world(runner);
  down.add("b");
  const handles = ["a", "b", "c"].map((name) => submit(name));
  await runner.run().catch(() => {});
  assertEquals(handles.map(({ status }) => status), ["completed", "failed", "cancelled"]);
  down.clear();
  assertEquals(runner.retryFailed().map(({ id }) => id), ["b", "c"]);
  const report = await runner.run();
  assertEquals([report.ok, report.results.map(({ value }) => value)], [true, ["b", "c"]]);
  assertEquals(runner.retryFailed(), []);
});

Deno.test("retryFailed() leaves it to a body to submit again what it had submitted", async () => {
  for (const checkpointer of [undefined, new MemoryCheckpointer()]) {
    await using runner = quiet({ checkpointer });
    let isUp = false;
    const calls: unknown[] = [];
    const child = task({ name: "child" }, (x: number) => {
      calls.push(x);
      if (x === 2 && !isUp) throw new Error("down");
      return x;
    });
    const parent = runner.submit(async function parent() {
      let sum = 0;
      for (const handle of child.map([1, 2])) sum += await handle;
      return sum;
    });
    await runner.run();
    assertEquals(parent.status, "failed");
    isUp = true;
    assertEquals(runner.retryFailed().map(({ name }) => name), ["parent"]);
    await runner.run();
    assertEquals(await runner.get(parent.id), 3);
    assertEquals(calls, checkpointer === undefined ? [1, 2, 1, 2] : [1, 2, 2]); // what had completed is on record
  }
});

Deno.test("retry() replaces the failed record", async () => {
  const store = new MemoryCheckpointer();
  const { runner, kill } = await start(store);
  const { down, submit } = world(runner);
  down.add("a");
  const a = submit("a");
  const b = submit("b", [a]);
  await runner.run();
  down.clear();
  runner.retry(a);
  await runner.flush();
  const statuses = async () =>
    Object.fromEntries(
      (await Array.fromAsync(store.load())).map(({ id, status, attempts }) => [id, [status, attempts]]),
    );
  assertEquals(await statuses(), { a: ["ready", 0], b: ["pending", 0] });
  await runner.run();
  assertEquals(await statuses(), { a: ["completed", 1], b: ["completed", 1] });
  assertEquals(b.status, "failed");
  const left = await kill();
  const next = await start(left);
  const later = world(next.runner);
  assertEquals(await later.submit("b", [later.submit("a")]), "b a");
  assertEquals(later.calls, []);
  await next.kill();
});

Deno.test("retryFailed() runs what had failed in an earlier run and was kept so", async () => {
  const store = new MemoryCheckpointer();
  {
    await using runner = quiet({ checkpointer: store });
    const { down, submit } = world(runner);
    down.add("a");
    submit("b", [submit("a")]);
    submit("c");
    await runner.run();
  }
  await using runner = await TaskRunner.resume(store, { keepFailed: true });
  const { calls, submit } = world(runner);
  const handles = [submit("a"), submit("c")];
  handles.push(submit("b", [handles[0]!]));
  assertEquals(handles.map(({ status }) => status), ["failed", "completed", "failed"]);
  assertEquals(runner.retryFailed().map(({ id }) => id), ["a", "b"]);
  assertEquals((await runner.run()).counts.completed, 3);
  assertEquals([calls, await runner.get("b")], [["a", "b"], "b a"]);
});

Deno.test("retryFailed() takes chains of any length", async () => {
  await using runner = quiet({ retain: 50_000 });
  let isUp = false;
  const next = task({ name: "next" }, (x: number) => {
    if (!isUp) throw new Error("down");
    return x + 1;
  }).with({ runner });
  let handle = next.submit(0);
  for (let count = 1; count < 20_000; count++) handle = next.submit(handle);
  await runner.run();
  isUp = true;
  assertEquals(runner.retryFailed().length, 20_000);
  await runner.run();
  assertEquals(await runner.get(handle.id), 20_000);
});

Deno.test("retries at any moment bring each task to its value, and none is done twice", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomOf(seed);
    const checkpointer = seed % 2 === 0 ? new MemoryCheckpointer() : undefined;
    await using runner = quiet({ checkpointer, maxWorkers: 1 + random(3) });
    const served = runner.serve();
    const down = new Set<string>();
    const done = new Map<string, number>();
    const work = task({ name: "random-work" }, async (name: string, ...sizes: number[]) => {
      await settle(random(2));
      currentTask()!.throwIfCancelled();
      if (down.has(name)) throw new Error(`${name} is down`);
      done.set(name, (done.get(name) ?? 0) + 1);
      return sizes.reduce((a, b) => a + b, 1);
    });
    const handles: TaskHandle<number>[] = [];
    const values: number[] = [];
    const count = 12;
    for (let index = 0; index < count; index++) {
      const name = `task-${index}`;
      if (random(3) === 0) down.add(name);
      const needed = Array.from({ length: index === 0 ? 0 : random(3) }, () => random(index));
      const onDepFailure = (["fail", "skip"] as const)[random(2)]!;
      const key = random(2) === 0 ? name : undefined;
      const variant = work.with({ runner, onDepFailure, key });
      handles.push(variant.submit(name, ...needed.map((each) => runner.get(handles[each]!.id) as TaskHandle<number>)));
      values.push(needed.reduce((sum, each) => sum + values[each]!, 1));
      if (random(4) === 0) handles[random(index + 1)]!.cancel();
      if (random(4) === 0) await settle(random(4));
      if (random(4) === 0) runner.retryFailed();
    }
    for (let round = 0; round < 20; round++) {
      await settle(random(6));
      for (const name of down) if (random(2) === 0) down.delete(name);
      if (random(2) === 0) runner.retryFailed();
      else {
        const chosen = runner.get(handles[random(count)]!.id)!;
        if (chosen.done && chosen.status !== "completed") runner.retry(chosen);
      }
    }
    down.clear();
    await Promise.all(handles.map(({ id }) => runner.get(id)!.exception()));
    runner.retryFailed();
    assertEquals(await Promise.all(handles.map(({ id }) => runner.get(id)!)), values, `seed ${seed}`);
    assertEquals([done.size, new Set(done.values())], [count, new Set([1])], `seed ${seed}`);
    await runner.stop();
    await served;
  }
});
