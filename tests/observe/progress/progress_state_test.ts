import { assert, assertEquals } from "@std/assert";
import { task, TaskRunner } from "../../../mod.ts";
import { type Failure, nameOf, ProgressState } from "../../../src/observe/progress/progress_state.ts";
import { until } from "../../support.ts";

/** A state that observes a runner, and what it says of failures. */
function observe(runner: TaskRunner): { state: ProgressState; failures: Failure[] } {
  const failures: Failure[] = [];
  const state = new ProgressState(runner.handles(), (failure) => failures.push(failure));
  runner.observe({ status: (handle, from, to) => state.changed(handle, from, to) });
  return { state, failures };
}

Deno.test("What runs and what is retried is known, also from before", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  runner.enter();
  const { promise, resolve } = Promise.withResolvers<void>();
  const wait = task({ name: "wait", label: (n: number) => `no. ${n}` }, (_: number) => promise);
  const fail = task({ name: "fail", retries: 1, backoffBase: "1h" }, () => {
    throw new Error("no answer");
  });
  wait.submit(1).exception();
  fail.submit().exception();
  await until(
    "one runs and one is retried",
    () => runner.statistics().running === 1 && runner.statistics().retrying === 1,
  );
  const { state } = observe(runner);
  wait.submit(2);
  await until("both run", () => runner.statistics().running === 2);
  assertEquals(state.running().map(nameOf), ["wait no. 1", "wait no. 2"]);
  assertEquals([...state.retrying].map(nameOf), ["fail#2"]);
  resolve();
  await until("none runs", () => runner.statistics().running === 0);
  assertEquals(state.running().length, 0);
});

Deno.test("A failure is shown in full three times, then in one line, and more seldom the more there are", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { state, failures } = observe(runner);
  const parse = task({ name: "parse" }, (_: number) => {
    throw new TypeError("no row", { cause: new Error("root") });
  });
  const save = task({ name: "save" }, (_: never) => {});
  const handles = parse.with({ runner }).map([...Array(25).keys()]);
  runner.submit(save, handles[0]!);
  await runner.run();
  assertEquals(failures.map(({ lines }) => lines[0]), [
    "✗ parse#1 failed",
    "✗ parse#2 failed",
    "✗ parse#3 failed",
    ...[4, 5, 6, 7, 8, 9, 10, 20].map((n) => `✗ parse#${n} failed: TypeError: no row (${n} times so far)`),
  ]);
  assert(
    failures[0]!.lines.includes("    TypeError: no row") && failures[0]!.lines.includes("    Caused by: Error: root"),
  );
  assertEquals([...state.kinds.values()].map(({ short, count }) => [short, count]), [["parse: TypeError: no row", 25]]);
  assertEquals(state.byDependency, 1);
});

Deno.test("Of retries that did not help, the error of the last attempt is shown", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { failures } = observe(runner);
  runner.submit(task({ name: "parse", retries: 2, backoffBase: 0 }, () => {
    throw new TypeError("no row");
  }));
  await runner.run();
  assertEquals(failures[0]!.lines.slice(0, 2), ["✗ parse#1 failed after 3 attempts", "    TypeError: no row"]);
});

Deno.test("What has ended is forgotten, also between two frames, and what was retried is one task", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { state } = observe(runner);
  let attempts = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const twice = task({ name: "twice", retries: 1, backoffBase: 0 }, () => {
    if (++attempts === 1) throw new Error("once more");
    return promise;
  });
  const first = runner.submit(twice);
  first.exception();
  await until("its second attempt runs", () => attempts === 2);
  assertEquals(state.running(), [first]);
  const step = task({ name: "step" }, (_: number) => {});
  await Promise.all(step.with({ runner }).map([...Array(5_000).keys()]));
  assertEquals(state.running(), [first]);
  resolve();
  await first;
  assertEquals(state.running(), []);
});

Deno.test("Memory is bounded, however many kinds of failures and names there are", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { state } = observe(runner);
  for (let index = 0; index < 300; index++) {
    runner.submit(task({ name: `task ${index}` }, () => {
      throw new Error(`error ${index}`);
    }));
  }
  await runner.run();
  assertEquals([state.kinds.size, state.unlisted], [50, 250]);
  assertEquals([state.running().length, state.retrying.size, state.obstacles(10)], [0, 0, []]);
});

Deno.test("What waits for a limit says so, what waits for a slot does not", async () => {
  await using runner = new TaskRunner({ maxWorkers: 2 });
  runner.enter();
  const { state } = observe(runner);
  const { promise, resolve } = Promise.withResolvers<void>();
  const limited = task({ name: "limited", concurrency: { limit: 1 } }, (_: number) => promise);
  const free = task({ name: "free" }, (_: number) => promise);
  limited.map([1, 2]);
  free.map([1, 2]);
  const run = runner.run();
  await until("two run", () => runner.statistics().running === 2);
  assertEquals(state.obstacles(10), [
    { name: "limited", why: "waits for its limit, 1 at a time" },
  ]);
  resolve();
  await run;
  assertEquals(state.obstacles(10), []);
});
