import {
  assert,
  assertEquals,
  assertMatch,
  assertNotStrictEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { MemoryCheckpointer, task, type TaskOptions, TaskRunner } from "../../mod.ts";
import { SPEC } from "../../src/tasks/spec.ts";

Deno.test("task() makes a task of a function without options", () => {
  const square = task(function square(x: number) {
    return x * x;
  });
  assertEquals([square.name, square.options.name, square(5)], ["square", "square", 25]);
});

Deno.test("task() makes a task of options and a function", () => {
  const load = task({ retries: 3, timeout: "10s" }, function load() {});
  const { name, maxAttempts, timeout } = load.options;
  assertEquals({ name, maxAttempts, timeout }, { name: "load", maxAttempts: 4, timeout: 10_000 });
  assert(Object.isFrozen(load.options));
});

Deno.test("a task called directly passes this, arguments and result on, with no runner involved", () => {
  const scale = task(
    function scale(this: { by: number } | void, ...numbers: number[]) {
      return numbers.map((number) => number * (this?.by ?? 1));
    } as (...numbers: number[]) => number[],
  );
  const scaler = { by: 10, scale };
  assertEquals(scaler.scale(1, 2), [10, 20]);
  assertEquals(scale(), []);
});

Deno.test("a task called directly throws what the function throws", () => {
  const bug = new TypeError("bug");
  const fail = task({ name: "fail", retries: 3 }, () => {
    throw bug;
  });
  assertStrictEquals(assertThrows(() => fail()), bug);
});

Deno.test("a task called directly returns the very promise that the function does", () => {
  const promise = Promise.resolve(1);
  assertStrictEquals(task({ name: "load" }, () => promise)(), promise);
});

Deno.test("task() leaves the function itself untouched, so that it can become several tasks", () => {
  function load() {}
  const [first, second] = [task({ name: "first" }, load), task({ name: "second" }, load)];
  assertEquals([first.name, second.name, load.name, Object.keys(load)], ["first", "second", "load", []]);
  assertNotStrictEquals<unknown>(first, load);
});

Deno.test("task() prefers an explicit name over the function's", () => {
  assertEquals(task({ name: "explicit" }, function own() {}).name, "explicit");
});

/** The line from which it is called. */
function lineHere(): string | undefined {
  return /task_test\.ts:(\d+)/.exec(new Error().stack!.split("\n")[2]!)?.[1];
}

Deno.test("task() names an anonymous function by where it was called", () => {
  const [name, withOptions, line] = [task(() => {}).name, task({ retries: 1 }, () => {}).name, lineHere()];
  for (const each of [name, withOptions]) assertMatch(each, new RegExp(`^task_test\\.ts:${line}:\\d+$`));
  assert(name !== withOptions, "two tasks in a line have one name");
});

Deno.test("task() takes the module it is called in for the one that defines the task", () => {
  assertEquals(task(function load() {}).options.module, import.meta.url);
  assertEquals(task({ module: "file:///other.ts" }, function load() {}).options.module, "file:///other.ts");
});

Deno.test("task() says how to call it when function and options are swapped", () => {
  const swapped = task as unknown as (fn: () => void, options: TaskOptions) => void;
  assertThrows(() => swapped(() => {}, { retries: 1 }), TypeError, "options first");
});

for (const wrong of [undefined, null, 5, "load", {}]) {
  Deno.test(`task() rejects ${Deno.inspect(wrong)} in place of the function`, () => {
    const loose = task as unknown as (options: TaskOptions, fn?: unknown) => void;
    assertThrows(() => loose({}, wrong), TypeError, "task() needs a function");
  });
}

for (const wrong of ["load", null, 5, undefined, [], new Map()]) {
  Deno.test(`task() rejects ${Deno.inspect(wrong)} in place of the options`, () => {
    const loose = task as unknown as (options: unknown, fn: () => void) => void;
    const { message } = assertThrows(() => loose(wrong, () => {}), TypeError);
    assertMatch(message, /options.*must be an object, not/);
  });
}

Deno.test("task() checks its options when it is called", () => {
  assertThrows(() => task({ retries: -1 }, () => {}), RangeError, "retries of task");
  assertThrows(() => task({ retrys: 1 } as object, () => {}), TypeError, '"retrys"');
});

Deno.test("submit() without a runner says how to get one", () => {
  const load = task(function load() {});
  const { message } = assertThrows(() => load.submit(), Error, 'Cannot submit "load" as no runner is active');
  assertMatch(message, /await using runner = new TaskRunner\(\)/);
});

Deno.test("submit() runs the function on the active runner", async () => {
  await using runner = new TaskRunner();
  const add = task({ name: "add" }, (a: number, b: number) => a + b);
  assertEquals(await runner.use(() => add.submit(1, add.submit(2, 3))), 6);
});

Deno.test("with() leaves the task it is called on as it was", () => {
  const load = task({ retries: 1 }, function load() {});
  const before = { ...load.options };
  const other = load.with({ retries: 5, key: "k" });
  assertEquals(other.options.retries, 5);
  assertEquals({ ...load.options }, before);
});

Deno.test("with() keeps what it is not given, name, module and body included", () => {
  const load = task({ name: "load", timeout: "1s", priority: 2 }, () => "loaded");
  const other = load.with({ retries: 1 });
  const { name, timeout, priority, retries, module } = other.options;
  assertEquals({ name, timeout, priority, retries, module }, {
    name: "load",
    timeout: 1_000,
    priority: 2,
    retries: 1,
    module: import.meta.url,
  });
  assertStrictEquals(other[SPEC].body, load[SPEC].body);
  assertEquals(other.name, "load");
});

Deno.test("with() can rename a task", () => {
  const other = task(function load() {}).with({ name: "load-again" });
  assertEquals([other.name, other.options.name], ["load-again", "load-again"]);
});

Deno.test("with() says what it needs", () => {
  const load = task(function load() {});
  for (
    const wrong of [undefined, null, "load", [], new Map(), new AbortController().signal, new MemoryCheckpointer()]
  ) {
    assertThrows(
      () => load.with(wrong as unknown as TaskOptions),
      TypeError,
      `with() of task "load" needs options, not`,
    );
  }
});

Deno.test("with() keeps the name of an anonymous function", () => {
  const load = task(() => {});
  assertEquals(load.with({ retries: 1 }).name, load.name);
});

Deno.test("with() replaces an option that excludes the new one", () => {
  const load = task({ retries: 1, backend: "async" }, function load() {}).with({ maxAttempts: 5, pool: "gpu" });
  const { retries, backend, pool } = load.options;
  assertEquals({ retries, backend, pool }, { retries: 4, backend: undefined, pool: "gpu" });
});

Deno.test("with() goes back to a default that depends on what it changes", () => {
  const load = task({ backoff: () => 0 }, function load() {});
  assertEquals([load.options.backoffMax, load.with({ backoff: "linear" }).options.backoffMax], [Infinity, 30_000]);
});

Deno.test("with() checks what it is given", () => {
  const load = task(function load() {});
  assertThrows(() => load.with({ timeout: -1 }), RangeError, 'timeout of task "load"');
  assertThrows(() => load.with({ retries: 1, maxAttempts: 2 }), TypeError, "not both");
  const unknown = 'Unknown option "key_" of task "load": the options are runner, dependsOn, key,';
  const error = assertThrows(() => load.with({ key_: "x" } as object), TypeError, unknown);
  assertStringIncludes(error.message, "retries, maxAttempts");
});

for (
  const [option, wrong] of Object.entries({ runner: {}, dependsOn: "x", key: 5, dedupKey: 5, source: 5, signal: {} })
) {
  Deno.test(`with() rejects a wrong ${option}, and leaves nothing behind`, async () => {
    await using runner = new TaskRunner();
    runner.enter();
    const load = task(function load() {});
    assertThrows(() => load.with({ [option]: wrong } as object).submit(), TypeError, '"load"');
    assertEquals(runner.statistics().submitted, 0);
  });
}

Deno.test("with() says how a task is submitted", async () => {
  await using runner = new TaskRunner();
  const load = task(function load() {});
  const first = load.with({ runner, key: "monday", source: "cron", dedupKey: "week 1" }).submit();
  const { id, source, dedupKey } = first;
  assertEquals({ id, source, dedupKey }, { id: "monday", source: "cron", dedupKey: "week 1" });
  const second = load.with({ runner, dependsOn: first }).submit();
  const third = load.with({ runner, dependsOn: [first, second] }).submit();
  assertEquals([second.dependsOn, third.dependsOn], [[first], [first, second]]);
  await third;
});

Deno.test("with() chains: later ones add to, and replace, earlier ones", async () => {
  await using runner = new TaskRunner();
  const load = task(function load() {});
  const tuned = load.with({ runner, source: "cron" }).with({ retries: 2 }).with({ source: "api", timeout: "1s" });
  assertEquals([tuned.options.retries, tuned.options.timeout], [2, 1_000]);
  const handle = tuned.submit();
  assertEquals(handle.source, "api");
  await handle;
});

Deno.test("with() changes nothing for options that are undefined, also those of a submission", async () => {
  await using runner = new TaskRunner();
  const first = { name: "load", retries: 2 };
  const submission = { runner, key: "k", source: "cron", dedupKey: "d", dependsOn: runner.submit(() => {}) };
  const load = task(first, () => {}).with(submission);
  const nothing = Object.fromEntries(Object.keys({ ...first, ...submission }).map((option) => [option, undefined]));
  const same = load.with(nothing);
  assertEquals([same.name, same.options.retries], ["load", 2]);
  const { id, source, dedupKey, dependsOn } = same.submit();
  assertEquals([id, source, dedupKey, dependsOn], ["k", "cron", "d", [submission.dependsOn]]);
  await runner.run();
});

Deno.test("with({ signal }) cancels the task when the signal is aborted", async () => {
  await using runner = new TaskRunner();
  const controller = new AbortController();
  const handle = task(function load() {}).with({ runner, signal: controller.signal }).submit();
  controller.abort(new Error("enough"));
  assertEquals(handle.status, "cancelled");
  assertEquals((await handle.exception() as Error).cause, controller.signal.reason);
});

Deno.test("with() uses the options as they were when the task was made", () => {
  const options = { name: "fixed", retries: 1 };
  const fixed = task(options, () => {});
  options.retries = 9;
  assertEquals([fixed.options.retries, fixed.with({ priority: 1 }).options.retries], [1, 1]);
});
