import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { join } from "node:path";
import {
  MemoryCheckpointer,
  sleep,
  type Task,
  task,
  type TaskHandle,
  TaskRunner,
  type TaskRunnerOptions,
  TaskTimeoutError,
} from "../../mod.ts";
import { TestEnvironment } from "../../src/testing/test_environment.ts";
import { tempFolder, turn, until } from "../support.ts";
import { cachedOnThread } from "./cached_tasks.ts";
import { assertAtRest } from "./support.ts";

function runnerIn(folder: { readonly path: string }, options: TaskRunnerOptions = {}): TaskRunner {
  return new TaskRunner({ onTaskError: "continue", ...options, cache: { path: join(folder.path, "cache") } });
}

/** A task with a cache whose bodies end when the test says so: with a call of one of `ends`, in the order of their starts. */
function held(): { task: Task<[x: number], number>; ends: ((value: number | Error) => void)[] } {
  const ends: ((value: number | Error) => void)[] = [];
  const made = task({ name: "held", cache: {} }, (_: number) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    ends.push((value) => typeof value === "number" ? resolve(value) : reject(value));
    return promise;
  });
  return { task: made, ends };
}

/** Resolves once a task waits for another one to make its result. */
async function follows(handle: TaskHandle<unknown>, leader: TaskHandle<unknown>): Promise<void> {
  const sentence = `waits for "${leader.id}" (${leader.status}), which makes the same result for the cache.`;
  await until(sentence, () => handle.explain().includes(sentence));
}

/** Two equal submissions, of which the first runs, and the second waits for it. */
async function pair(runner: TaskRunner, first: Task<[x: number], number>, second = first) {
  const leader = runner.submit(first, 1);
  void leader.exception();
  await until("the first one runs", () => leader.status === "running");
  const follower = runner.submit(second, 1);
  await follows(follower, leader);
  return [leader, follower] as const;
}

Deno.test("of two equal submissions at the same time one runs, and the other one takes its result", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const { task: made, ends } = held();
  const [first, second] = await pair(runner, made);
  assertEquals([second.status, second.readyAt], ["pending", undefined]);
  ends[0]!(7);
  assertEquals([await first, await second, first.cached, second.cached], [7, 7, false, true]);
  assertEquals([second.attempts, ends.length], [0, 1]);
  assertAtRest(runner);
});

Deno.test("a thousand equal submissions run once, and what runs does not leave them behind", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  let calls = 0;
  const slow = task({ name: "slow", cache: {} }, async (x: number) => {
    calls++;
    await turn();
    return 2 * x;
  });
  const handles: TaskHandle<number>[] = [];
  for (let index = 0; index < 1_000; index++) {
    handles.push(runner.submit(slow, 4));
    void handles.at(-1)!.exception();
    if (index % 50 === 0) await turn(); // some come while it runs, some while its value is kept, some later
  }
  assertEquals(new Set(await Promise.all(handles)), new Set([8]));
  assertEquals([calls, handles.filter(({ cached }) => !cached).length], [1, 1]);
});

Deno.test("if the first one fails, the second one runs with all its attempts, and a third one takes its result", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const { task: made, ends } = held();
  const patient = made.with({ retries: 1, backoff: "none" });
  const [first, second] = await pair(runner, made, patient);
  ends[0]!(new Error("no"));
  await assertRejects(() => first.result(), Error, "no");
  await until("the second one runs", () => ends.length === 2);
  const third = runner.submit(made, 1);
  await follows(third, second);
  ends[1]!(new Error("not yet"));
  await until("it is tried again", () => ends.length === 3);
  ends[2]!(5);
  assertEquals([await second, second.attempts, await third, third.cached], [5, 2, 5, true]);
  assertEquals(ends.length, 3);
});

Deno.test("if the first one is cancelled, the second one is not: it runs", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const { task: made, ends } = held();
  const [first, second] = await pair(runner, made);
  assert(first.cancel());
  await until("the second one runs", () => ends.length === 2);
  for (const end of ends) end(3);
  assertEquals([first.status, await second, second.cached], ["cancelled", 3, false]);
});

Deno.test("one that waits for another one can be cancelled, and fails at its deadline", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const { task: made, ends } = held();
  const [first, second] = await pair(runner, made);
  const late = made.with({ runner, deadline: 1 }).submit(1);
  assert(second.cancel("not needed"));
  assertInstanceOf(await late.exception(), TaskTimeoutError);
  ends[0]!(1);
  assertEquals([await first, second.status, late.status, ends.length], [1, "cancelled", "failed", 1]);
});

Deno.test("everything is cancelled at once, with what waits", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const { task: made, ends } = held();
  const handles = await pair(runner, made);
  assertEquals(runner.cancelAll(), 2);
  ends[0]!(1);
  await runner.run();
  assertEquals([handles.map(({ status }) => status), ends.length], [["cancelled", "cancelled"], 1]);
});

Deno.test("a result that cannot be kept is made by each, all at the same time", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder, { maxWorkers: 4 });
  const ends: (() => void)[] = [];
  const make = task({ name: "make", cache: {} }, () => {
    const { promise, resolve } = Promise.withResolvers<() => void>();
    ends.push(() => resolve(() => {}));
    return promise;
  });
  const leader = runner.submit(make);
  void leader.exception();
  await until("the first one runs", () => ends.length === 1);
  const handles = Array.from({ length: 3 }, () => runner.submit(make));
  for (const handle of handles) await follows(handle, leader);
  ends[0]!();
  await until("the others run", () => ends.length === 4);
  for (const end of ends) end();
  assertEquals((await Promise.all(handles)).map((value) => typeof value), ["function", "function", "function"]);
});

Deno.test("what must run in any case waits for nothing, and nothing for it", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  const { task: made, ends } = held();
  const handles = made.with({ runner, cache: { expires: 0 } }).map([1, 1]);
  void handles[0]!.exception();
  await until("both run", () => ends.length === 2);
  for (const end of ends) end(2);
  assertEquals(await Promise.all(handles), [2, 2]);
});

Deno.test("a body can wait for a task that is equal to its own", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder, { maxWorkers: 1 });
  const sum: Task<[x: number], number> = task(
    { name: "sum", cache: { key: () => "one for all" } },
    async (x: number): Promise<number> => x === 0 ? 0 : x + await sum.submit(x - 1),
  );
  assertEquals(await runner.submit(sum, 3), 6);
  assertAtRest(runner);
});

Deno.test("bodies that would wait for each other because of the cache do not", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder);
  let calls = 0;
  const { promise: other, resolve } = Promise.withResolvers<{ handle: TaskHandle<number> }>();
  const first = task({ name: "first", cache: { key: () => "same" } }, async (isOuter: boolean): Promise<number> => {
    calls++;
    return isOuter ? await (await other).handle : 5;
  });
  const outer = runner.submit(first, true);
  void outer.exception();
  await until("it runs", () => calls === 1);
  const second = runner.submit(task({ name: "second" }, async () => await first.submit(false)));
  resolve({ handle: second }); // the first one waits for the second one, whose child waits for the first one's result
  assertEquals([await second, await outer, calls], [5, 5, 2]);
  assertAtRest(runner);
});

Deno.test("equal tasks on threads run once", async () => {
  await using folder = await tempFolder();
  await using runner = runnerIn(folder, { maxWorkers: 2 });
  const handles = cachedOnThread.with({ runner }).map([3, 3, 3]);
  assertEquals(new Set((await Promise.all(handles)).map(({ random }) => random)).size, 1);
  assertEquals(handles.filter(({ cached }) => cached).length, 2);
});

Deno.test("it is so with a checkpointer and on a virtual clock as well", async () => {
  await using folder = await tempFolder();
  const test = new TestEnvironment();
  const options = { cache: { path: join(folder.path, "cache") }, checkpointer: new MemoryCheckpointer() };
  await using runner = test.runner(options);
  let calls = 0;
  const slow = task({ name: "slow", cache: {} }, async (x: number) => {
    calls++;
    await sleep("1h");
    return x;
  });
  const handles = slow.with({ runner }).map([1, 1, 1, 2]);
  assertEquals([await Promise.all(handles), calls, test.elapsed], [[1, 1, 1, 2], 2, 3_600_000]);
  assertEquals(handles.filter(({ cached }) => cached).length, 2);
});

Deno.test("one that waits is left to the next run, which finds the result", async () => {
  await using folder = await tempFolder();
  const { task: made, ends } = held();
  const store = new MemoryCheckpointer();
  {
    await using runner = runnerIn(folder, { checkpointer: store });
    const served = runner.serve();
    const [first, second] = await pair(runner, made);
    const stopped = runner.stop({ queued: "leave" });
    ends[0]!(4);
    await Promise.all([stopped, served]);
    assertEquals([first.status, second.status], ["completed", "pending"]);
  }
  await using runner = await TaskRunner.resume(store, { cache: { path: join(folder.path, "cache") } });
  const handles = runner.resubmitOrphans();
  assertEquals([await Promise.all(handles), handles.map(({ cached }) => cached), ends.length], [[4], [true], 1]);
});
