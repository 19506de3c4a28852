import { assertEquals, assertRejects } from "@std/assert";
import { asCompleted, CycleError, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import type { Handle } from "../../src/engine/handle.ts";
import { assertAtRest } from "../runner/support.ts";
import { errorOf, turn } from "../support.ts";

/** Tasks that end when the test says so. */
function gated(runner: TaskRunner, names: readonly string[]) {
  const gates = new Map(names.map((name) => [name, Promise.withResolvers<string>()]));
  const wait = task({ name: "wait" }, (name: string) => gates.get(name)!.promise).with({ runner });
  const handles = names.map((name) => wait.with({ key: name }).submit(name));
  return { handles, end: (name: string) => gates.get(name)!.resolve(name.toUpperCase()), gates };
}

async function ids(results: AsyncIterable<{ readonly id: string }>): Promise<string[]> {
  return await Array.fromAsync(results, ({ id }) => id);
}

Deno.test("asCompleted() yields results in the order of their ends", async () => {
  await using runner = new TaskRunner();
  const { handles, end } = gated(runner, ["a", "b", "c"]);
  const seen = ids(asCompleted(handles));
  for (const name of ["c", "a", "b"]) {
    end(name);
    await turn();
  }
  assertEquals(await seen, ["c", "a", "b"]);
});

Deno.test("asCompleted() yields what has ended already first, in the order in which it ended", async () => {
  await using runner = new TaskRunner();
  const { handles, end } = gated(runner, ["a", "b", "c"]);
  for (const name of ["c", "b"]) {
    end(name);
    await handles.find(({ id }) => id === name);
    await new Promise((resolve) => setTimeout(resolve, 2)); // times have milliseconds
  }
  const seen: string[] = [];
  for await (const { id } of asCompleted(handles)) {
    seen.push(id);
    end("a");
  }
  assertEquals(seen, ["c", "b", "a"]);
});

Deno.test("asCompleted() starts the runner, takes each handle once, and a failure as a result", async () => {
  await using runner = new TaskRunner();
  const good = runner.submit(function good() {
    return 1;
  });
  const bad = runner.submit(function bad() {
    throw new Error("no");
  });
  const cancelled = runner.submit(function idle() {});
  cancelled.cancel("not needed");
  const results = await Array.fromAsync(asCompleted(new Set([good, bad, good, cancelled] as TaskHandle<unknown>[])));
  assertEquals(results.map(({ name, ok }) => [name, ok]), [["idle", false], ["good", true], ["bad", false]]);
  assertEquals((results[2]!.error as Error).message, "no");
  assertEquals(await ids(asCompleted([])), []);
});

Deno.test("asCompleted() takes handles of several runners", async () => {
  await using a = new TaskRunner();
  await using b = new TaskRunner();
  const handles = [a.submit(() => 1), b.submit(() => "x")];
  const values = (await Array.fromAsync(asCompleted(handles))).map(({ value }) => value);
  assertEquals(new Set(values), new Set([1, "x"]));
});

Deno.test("asCompleted() in a body holds no slot while it waits, and has one in between", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  let most = 0;
  let now = 0;
  const leaf = task({ name: "leaf" }, (x: number) => x);
  const values = await runner.submit(async () => {
    const seen: number[] = [];
    for await (const { value } of asCompleted(leaf.map([1, 2, 3]))) {
      most = Math.max(most, ++now);
      await Promise.resolve();
      seen.push(value!);
      now--;
    }
    return seen;
  });
  assertEquals([values, most], [[1, 2, 3], 1]);
  assertAtRest(runner);
});

Deno.test("asCompleted() that is left early leaves no wait behind: the body keeps its slot", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const gate = Promise.withResolvers<void>();
  const slow = task({ name: "slow" }, () => gate.promise);
  const parent = runner.submit(async function parent() {
    const handles = [slow.submit(), task({ name: "fast" }, () => {}).submit()] as Handle[];
    for await (const { name } of asCompleted([handles[1]!, ...handles])) {
      if (name === "fast") break;
    }
    const { busy } = runner.statistics().pools["async"]!;
    return [busy, (runner.handles()[0] as Handle).attempt?.waits.size];
  });
  await turn();
  gate.resolve(); // the first one holds the only slot
  assertEquals(await parent, [1, 0]);
});

Deno.test("asCompleted() that is left early takes its listeners away", async () => {
  await using runner = new TaskRunner();
  const { handles, end } = gated(runner, ["a", "b"]);
  let added = 0;
  for (const handle of handles as TaskHandle<string>[] as Handle<string>[]) {
    const { onDone, offDone } = handle;
    handle.onDone = (listener) => (added++, onDone.call(handle, listener));
    handle.offDone = (listener) => (added--, offDone.call(handle, listener));
  }
  const iterator = asCompleted(handles)[Symbol.asyncIterator]();
  const first = iterator.next();
  const second = iterator.next();
  assertEquals(added, 2);
  end("b");
  const { value } = await first;
  assertEquals(value?.id, "b");
  await iterator.return!();
  assertEquals([added, await second, await iterator.next()], [1, { done: true, value: undefined }, {
    done: true,
    value: undefined,
  }]);
  end("a");
});

Deno.test("asCompleted() of tasks that wait for the one that asks fails with a CycleError", async () => {
  await using runner = new TaskRunner();
  const parent: TaskHandle<unknown> = task({ name: "parent" }, async () => {
    const other = task({ name: "other" }, () => {}).with({ dependsOn: parent });
    await Array.fromAsync(asCompleted([other.submit(), other.submit()]));
  }).with({ runner }).submit();
  await assertRejects(() => parent.result(), CycleError, `"parent#1" cannot wait for "other#2"`);
});

Deno.test("asCompleted() of a body that is cancelled ends its loop with the cancellation of what it waits for", async () => {
  await using runner = new TaskRunner();
  const { handles } = gated(runner, ["a"]);
  const parent = runner.submit(async function parent() {
    return await ids(asCompleted(handles));
  });
  await turn();
  parent.cancel();
  handles[0]!.cancel();
  assertEquals((await errorOf(() => parent.result()) as Error).name, "TaskCancelledError");
});
