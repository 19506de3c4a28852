import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { currentTask, PoolStalledError, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { turn } from "../support.ts";
import { assertAtRest } from "./support.ts";
import { onVirtualTime, untilSettled } from "./virtual_time.ts";

/** Counts how many are at work, by key. */
class Gauge {
  readonly most = new Map<string, number>();
  readonly #now = new Map<string, number>();

  enter(key = ""): void {
    const now = (this.#now.get(key) ?? 0) + 1;
    this.#now.set(key, now);
    this.most.set(key, Math.max(now, this.most.get(key) ?? 0));
  }

  leave(key = ""): void {
    this.#now.set(key, this.#now.get(key)! - 1);
  }
}

Deno.test("never more bodies of a task are at work than its concurrency says", async () => {
  await using runner = new TaskRunner();
  const gauge = new Gauge();
  const work = task({ name: "work", concurrency: 3 }, async (_: number) => {
    gauge.enter();
    await turn();
    gauge.leave();
  });
  work.with({ runner }).map([...Array(20).keys()]);
  const report = await runner.run();
  assertEquals([report.counts.completed, gauge.most.get("")], [20, 3]);
  assertAtRest(runner);
});

Deno.test("a task that waits for its concurrency takes no slot, and says what it waits for", async () => {
  await using runner = new TaskRunner({ maxWorkers: 2 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = task(
    { name: "work", concurrency: { limit: 1, key: (x: string) => x } },
    async (_: string) => await promise,
  );
  const [, second] = work.with({ runner }).map(["a", "a"]);
  assertEquals(await runner.submit(() => "free"), "free");
  assertEquals(second!.explain(), '"work#2" is ready, but waits for its limit, 1 at a time for key "a".');
  resolve();
  await runner.run();
});

Deno.test("a body that waits for a handle is not at work, so that a task can wait for itself to any depth", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const gauge = new Gauge();
  const nest = task({ name: "nest", concurrency: 1 }, async (depth: number): Promise<number> => {
    gauge.enter();
    await turn();
    gauge.leave();
    const below: number = depth === 0
      ? 0
      : await (nest as unknown as { submit(x: number): TaskHandle<number> }).submit(depth - 1);
    gauge.enter();
    await turn();
    gauge.leave();
    return below + 1;
  });
  assertEquals(await runner.submit(nest, 20), 21);
  assertEquals(gauge.most.get(""), 1);
  await runner.run();
  assertAtRest(runner);
});

Deno.test("a body that returns from a wait comes before those that have not started", async () => {
  await using runner = new TaskRunner();
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const child = task({ name: "child" }, async () => await promise);
  const work = task({ name: "work", concurrency: 1 }, async (name: string) => {
    order.push(`${name} begins`);
    if (name === "a") await child.submit();
    if (name === "b") resolve();
    await turn();
    await turn();
    order.push(`${name} ends`);
  });
  work.with({ runner }).map([..."abc"]);
  await runner.run();
  assertEquals(order, ["a begins", "b begins", "b ends", "a ends", "c begins", "c ends"]);
});

Deno.test("bodies that return from waits are not lost if some of them are cancelled meanwhile", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { promise, resolve } = Promise.withResolvers<void>();
  const child = task({ name: "child" }, async () => await promise);
  const gauge = new Gauge();
  const work = task({ name: "work", concurrency: 1 }, async (x: number) => {
    await child.submit();
    if (currentTask()!.signal.aborted) return x; // it was left behind, and continues without a slot
    gauge.enter();
    await turn();
    gauge.leave();
    return x;
  });
  const handles = work.with({ runner }).map([...Array(8).keys()]);
  const run = runner.run();
  for (let turns = 0; turns < 30; turns++) await turn();
  resolve();
  for (let turns = 0; turns < 3; turns++) await turn();
  for (const index of [4, 5, 7]) handles[index]!.cancel();
  const report = await run;
  assertEquals([report.counts.cancelled, gauge.most.get("")], [3, 1]);
  assertAtRest(runner);
});

Deno.test("in a strict pool a body keeps its place while it waits, and one that waits for its own limit is told so", async () => {
  await using runner = new TaskRunner({ pools: { db: { maxWorkers: 5, strict: true } } });
  const inner = task({ name: "query", pool: "db", concurrency: 1 }, async (depth: number): Promise<number> => {
    return depth === 0 ? 0 : await query.submit(depth - 1);
  });
  const query: { submit(x: number): TaskHandle<number> } = inner;
  const error = await assertRejects(() => runner.submit(inner, 1).result(), PoolStalledError);
  assertStringIncludes(error.message, 'at most 1 task "query" may be at work');
  assertStringIncludes(error.message, '"query#1" waits for "query#2"');
});

Deno.test("a place that is held in a strict pool is missed in other pools too, which is found", async () => {
  await using runner = new TaskRunner({ pools: { db: { maxWorkers: 5, strict: true } } });
  const query = task({ name: "query", concurrency: 1 }, async (isOuter: boolean): Promise<string> => {
    return isOuter ? await inner.submit(false) : "done";
  });
  const inner: { submit(isOuter: boolean): TaskHandle<string> } = query;
  const error = await assertRejects(() => runner.submit(query.with({ pool: "db" }), true).result(), PoolStalledError);
  assertStringIncludes(error.message, "tasks that wait count in strict pools");
  assertStringIncludes(error.message, '"query#1" waits for "query#2"');
  assertEquals(await runner.submit(query, true), "done");
});

Deno.test("a wait for a throttled child in a strict pool is a stall only once its throttle has no timer any more", () =>
  onVirtualTime(async (time) => {
    await using runner = new TaskRunner({ pools: { db: { maxWorkers: 1, strict: true } }, onTaskError: "continue" });
    const child = task({ name: "child", pool: "db", throttle: { limit: 1, period: "1m" } }, () => "done");
    const parent = task({ name: "parent", pool: "db" }, async () => await child.submit());
    assertEquals(await untilSettled(time, runner.submit(child)), "done");
    const begin = time.now;
    const handle = runner.submit(parent);
    await assertRejects(() => untilSettled(time, handle.result()), PoolStalledError, "the only slot of the strict");
    assertEquals(time.now - begin, 60_000);
    await untilSettled(time, runner.run());
  }));

Deno.test("bodies on threads count as well", async () => {
  await using runner = new TaskRunner({ pools: { thread: { maxWorkers: 3 } } });
  const { spanOf } = await import("./limited_tasks.ts");
  const handles = spanOf.with({ runner }).map(Array.from({ length: 12 }, (_, x) => x));
  const spans = (await Promise.all(handles)).toSorted(([a], [b]) => a - b);
  for (const [index, [start]] of spans.entries()) if (index > 0) assert(start >= spans[index - 1]![1]);
  await runner.run();
  assertAtRest(runner);
});

Deno.test("the concurrency of a pool is less than its number of workers", async () => {
  await using runner = new TaskRunner({ pools: { some: { maxWorkers: 5, concurrency: 2 } } });
  const gauge = new Gauge();
  const work = task({ name: "work", pool: "some" }, async (_: number) => {
    gauge.enter();
    await turn();
    gauge.leave();
  });
  work.with({ runner }).map([...Array(9).keys()]);
  await runner.run();
  assertEquals(gauge.most.get(""), 2);
});

/** One of the tasks in the random programs below. */
interface Item {
  readonly key: string;
  readonly turns: number;
  readonly child: boolean;
  readonly priority: number;
}

const items = fc.array(
  fc.record<Item>({
    key: fc.constantFrom("a", "b", "c"),
    turns: fc.nat(3),
    child: fc.boolean(),
    priority: fc.nat(1),
  }),
  { maxLength: 25 },
);

Deno.test("never more bodies of a key are at work than the limit, and all of them run, whatever they wait for", async () => {
  const shapes = fc.record({ limit: fc.integer({ min: 1, max: 3 }), maxWorkers: fc.integer({ min: 1, max: 4 }) });
  await fc.assert(
    fc.asyncProperty(shapes, items, fc.array(fc.nat(24), { maxLength: 4 }), async (shape, items, cancelled) => {
      const { limit, maxWorkers } = shape;
      await using runner = new TaskRunner({ maxWorkers, onTaskError: "continue" });
      const gauge = new Gauge();
      const child = task({ name: "child" }, async () => await turn());
      const work = task({ name: "work", concurrency: { limit, key: ({ key }: Item) => key } }, async (item: Item) => {
        const { key, turns } = item;
        gauge.enter(key);
        for (let each = 0; each < turns; each++) await turn();
        gauge.leave(key);
        if (item.child) {
          await child.submit();
          if (currentTask()?.signal.aborted) return;
          gauge.enter(key);
          await turn();
          gauge.leave(key);
        }
      });
      const handles = items.map((item) => runner.submit(work.with({ priority: item.priority }), item));
      const run = runner.run();
      for (const index of cancelled) {
        await turn();
        const handle = handles[index];
        if (handle?.status === "ready") handle.cancel();
      }
      const { counts } = await run;
      assertEquals(counts.failed, 0);
      assert(handles.every(({ done }) => done));
      for (const [key, most] of gauge.most) assert(most <= limit, `${most} of ${key}`);
      assertAtRest(runner);
    }),
    { numRuns: 60 },
  );
});
