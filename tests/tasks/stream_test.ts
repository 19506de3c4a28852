import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { task, TaskBase, type TaskHandle, TaskRunner } from "../../mod.ts";
import { assertAtRest, countingController } from "../runner/support.ts";
import { errorOf, never, settle, turn } from "../support.ts";

const square = task({ name: "square" }, (x: number) => x * x);

/** Numbers from 0 on, which notes how far it was read and whether it was closed. */
function numbers(count = Infinity) {
  const state = { read: 0, closed: 0 };
  function* make(): Generator<number> {
    try {
      for (let x = 0; x < count; x++) {
        state.read++;
        yield x;
      }
    } finally {
      state.closed++;
    }
  }
  return Object.assign(state, { [Symbol.iterator]: make });
}

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await turn();
    yield item;
  }
}

Deno.test("stream() yields the results in the order of the items, from iterables and async iterables", async () => {
  await using runner = new TaskRunner();
  const uneven = task({ name: "uneven" }, async (x: number) => {
    await settle(x % 3);
    return x;
  }).with({ runner });
  const expected = Array.from({ length: 20 }, (_, x) => x);
  for (const items of [numbers(20), later(numbers(20))]) {
    const results = await Array.fromAsync(uneven.stream(items, { ahead: 5 }));
    assertEquals(results.map(({ value }) => value), expected);
  }
  assertEquals(await Array.fromAsync(uneven.stream([])), []);
  assertAtRest(runner);
});

Deno.test("stream() has at most `ahead` items submitted and not taken, and reads no further", async () => {
  await using runner = new TaskRunner();
  const items = numbers();
  const iterator = square.with({ runner }).stream(items, { ahead: 3 })[Symbol.asyncIterator]();
  assertEquals([items.read, runner.statistics().submitted], [0, 0]); // nothing before it is asked
  await iterator.next();
  await settle();
  assertEquals([items.read, runner.statistics().submitted], [4, 4]); // one taken, three ahead
  await iterator.return!();
  assertEquals(items.closed, 1);
});

Deno.test("stream() reads the next item once the caller has a result, and not before", async () => {
  await using runner = new TaskRunner();
  for (const ahead of [1, 3]) {
    const items = numbers(10);
    let taken = 0;
    const waiting: number[] = [];
    const counted = function* () {
      for (const item of items) {
        waiting.push(items.read - taken);
        yield item;
      }
    };
    for await (const { value } of square.with({ runner }).stream(counted(), { ahead })) {
      assertEquals(value, taken++ ** 2);
      await settle();
      assertEquals(items.read, Math.min(taken + ahead, 10)); // the next ones run while the caller is at work
    }
    assertEquals(Math.max(...waiting), ahead);
  }
});

Deno.test("stream() reads twice the slots of the pool ahead by default", async () => {
  await using runner = new TaskRunner({ pools: { narrow: { maxWorkers: 2 } }, maxWorkers: 7 });
  for (const [pool, ahead] of [["narrow", 4], ["async", 14]] as const) {
    const items = numbers();
    const iterator = square.with({ runner, pool }).stream(items)[Symbol.asyncIterator]();
    await iterator.next();
    await settle();
    assertEquals(items.read, 1 + ahead);
    await iterator.return!();
  }
});

Deno.test("stream() makes a failure a result, and continues", async () => {
  await using runner = new TaskRunner();
  const odd = task({ name: "odd" }, (x: number) => {
    if (x % 2 === 0) throw new Error(`${x} is even`);
    return x;
  }).with({ runner });
  const results = await Array.fromAsync(odd.stream([1, 2, 3]));
  assertEquals(results.map(({ ok }) => ok), [true, false, true]);
  assertEquals((results[1]!.error as Error).message, "2 is even");
});

Deno.test("stream() that is left early cancels what it had submitted, and nothing else", async () => {
  await using runner = new TaskRunner({ maxWorkers: 2 });
  const slow = task({ name: "slow", dedupBy: String }, async (x: number) => x === 0 ? x : await never()).with({
    runner,
  });
  const shared = slow.submit(2); // wanted by others, too
  const items = numbers();
  for await (const { value } of slow.stream(items, { ahead: 4 })) {
    assertEquals(value, 0);
    break;
  }
  assertEquals(items.closed, 1);
  assertEquals(shared.done, false);
  const others = runner.handles().filter((handle) => handle !== shared && handle.id !== "slow#2");
  assert(others.length >= 2);
  for (const handle of others) {
    assertEquals(handle.status, "cancelled");
    assertEquals(String(await handle.exception()).includes("the stream that it belongs to was closed"), true);
  }
  shared.cancel();
});

Deno.test("stream() that is left early does not wait for a source that is being read", async () => {
  await using runner = new TaskRunner();
  let closed = 0;
  const source = {
    read: 0,
    [Symbol.asyncIterator]() {
      return {
        next: () => this.read++ === 0 ? Promise.resolve({ done: false, value: 1 }) : never(),
        return: () => (closed++, never()),
      };
    },
  };
  for await (const _ of square.with({ runner }).stream(source as AsyncIterable<number>)) break;
  assertEquals([closed, source.read], [1, 2]);
});

Deno.test("stream() throws what the source throws once all before it was yielded", async () => {
  await using runner = new TaskRunner();
  function* broken(): Generator<number> {
    yield 1;
    yield 2;
    throw new Error("the disk is gone");
  }
  for (const items of [broken(), later(broken())]) {
    const seen: unknown[] = [];
    const error = await errorOf(async () => {
      for await (const { value } of square.with({ runner }).stream(items)) seen.push(value);
    });
    assertEquals([seen, (error as Error).message], [[1, 4], "the disk is gone"]);
  }
});

Deno.test("stream() throws why an item cannot be submitted, once all before it was yielded, and closes the source", async () => {
  await using runner = new TaskRunner();
  await using other = new TaskRunner();
  const foreign = other.submit(square, 5);
  let closed = 0;
  function* items(): Generator<number | TaskHandle<number>> {
    try {
      yield 3;
      yield foreign;
    } finally {
      closed++;
    }
  }
  const iterator = square.with({ runner }).stream(items())[Symbol.asyncIterator]();
  assertEquals((await iterator.next()).value?.value, 9);
  await assertRejects(() => iterator.next(), TypeError, "of another runner");
  assertEquals([closed, await iterator.next()], [1, { done: true, value: undefined }]);
  await foreign;
});

Deno.test("stream() takes handles as items, and the options of with()", async () => {
  await using runner = new TaskRunner();
  const { controller, listeners } = countingController();
  const two = runner.submit(square, 2);
  const stream = square.with({ runner, source: "test", signal: controller.signal }).stream([two, 1]);
  const results = await Array.fromAsync(stream);
  assertEquals(results.map(({ value }) => value), [16, 1]);
  assertEquals(runner.handles().slice(1).map(({ source }) => source), ["test", "test"]);
  assertEquals(listeners(), 0);
  controller.abort("enough");
  const [late] = await Array.fromAsync(square.with({ runner, signal: controller.signal }).stream([1]));
  assertEquals(late!.status, "cancelled");
});

Deno.test("stream() in a body gives the slot back while it waits, and what it submits is cancelled with the body", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const sum = await runner.submit(async () => {
    let total = 0;
    for await (const { value } of square.stream(later(numbers(5)))) total += value!;
    return total;
  });
  assertEquals(sum, 30);
  const parent = runner.submit(async () =>
    await Array.fromAsync(task({ name: "never" }, never).stream([1, 2] as never))
  );
  const ended = parent.exception(); // starts it
  await settle();
  parent.cancel();
  await ended;
  assertEquals(runner.handles().filter(({ name }) => name === "never").map(({ status }) => status), [
    "cancelled",
    "cancelled",
  ]);
  assertAtRest(runner);
});

Deno.test("stream() answers calls of next() that overlap in order", async () => {
  await using runner = new TaskRunner();
  const iterator = square.with({ runner }).stream(later([1, 2, 3]))[Symbol.asyncIterator]();
  const steps = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
  assertEquals(steps.map(({ value }) => value?.value), [1, 4, 9, undefined]);
});

Deno.test("stream() keeps the last handles only, also for the report of a run, whose counts are right", async () => {
  await using runner = new TaskRunner({ retain: 3 });
  runner.submit(async function all() {
    for await (const _ of square.stream(numbers(50)));
  });
  const report = await runner.run();
  assertEquals([report.counts.completed, report.results.length, runner.handles().length], [51, 4, 4]);
});

Deno.test("stream() of a class is that of its task", async () => {
  class Double extends TaskBase<[x: number], number> {
    run(x: number): number {
      return 2 * x;
    }
  }
  await using _ = new TaskRunner().enter();
  assertEquals((await Array.fromAsync(new Double().stream([1, 2]))).map(({ value }) => value), [2, 4]);
});

Deno.test("stream() checks what it is given", async () => {
  await using runner = new TaskRunner();
  const bound = square.with({ runner });
  assertThrows(() => bound.stream(5 as never), TypeError, `Cannot stream 5 through "square"`);
  assertThrows(() => bound.stream([], { ahead: 0 }), RangeError, `ahead of a stream of task "square"`);
  assertThrows(() => bound.stream([], { behind: 1 } as never), TypeError, `Unknown option "behind"`);
  await assertRejects(() => Array.fromAsync(square.stream([1])), Error, "no runner is active");
});
