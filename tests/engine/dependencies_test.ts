import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CycleError, DependencyFailedError, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { assertAtRest, recordEvents } from "../runner/support.ts";
import { turn } from "../support.ts";

const one = task({ name: "one" }, () => 1);
const add = task(function add(a: number, b: number) {
  return a + b;
});

/** Makes named tasks that note when they run. */
function noting(runner: TaskRunner): { order: string[]; submit(name: string): TaskHandle<string> } {
  const order: string[] = [];
  const submit = (name: string) =>
    runner.submit(task({ name }, () => {
      order.push(name);
      return name;
    }));
  return { order, submit };
}

Deno.test("TaskRunner.submit() takes handles as arguments, in arrays and in plain objects, one level down", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(one);
  const seen = task(function seen(a: number, b: number[], c: { x: number; y: string }, d: unknown) {
    return [a, b, c, d];
  });
  const deep = { inner: { handle } };
  const result = runner.submit(seen, handle, [handle, 2, handle], { x: handle, y: "y" }, deep);
  assertEquals(result.status, "pending");
  assertEquals(result.dependsOn, [handle]);
  const [a, b, c, d] = await result;
  assertEquals([a, b, c], [1, [1, 2, 1], { x: 1, y: "y" }]);
  assertStrictEquals(d, deep);
});

Deno.test("TaskRunner.submit() waits for handles in dependsOn, one or several, without passing their values", async () => {
  await using runner = new TaskRunner();
  const [first, second] = [runner.submit(one), runner.submit(one)];
  const args = task((...all: unknown[]) => all);
  const after = args.with({ runner, dependsOn: [first, second, first] }).submit("x");
  assertEquals(after.dependsOn, [first, second]);
  assertEquals(await args.with({ runner, dependsOn: after }).submit(after), [["x"]]);
});

Deno.test("TaskRunner.submit() refuses a handle of another runner, and what is not a handle", async () => {
  await using runner = new TaskRunner();
  await using other = new TaskRunner();
  const foreign = other.submit(one);
  const own = runner.submit(one);
  assertThrows(() => runner.submit(add, foreign, 1), TypeError, "another runner");
  assertThrows(() => add.with({ runner, dependsOn: [own, foreign] }).submit(1, 2), TypeError, "another runner");
  assertThrows(() => own.after(foreign), TypeError, "another runner");
  for (const wrong of [Promise.resolve(1), { id: "one#1" }, null, 7]) {
    const dependsOn = [wrong] as unknown as TaskHandle<unknown>[];
    assertThrows(() => add.with({ runner, dependsOn }).submit(1, 2), TypeError, `"add" cannot depend on`);
  }
  assertEquals([runner.statistics().submitted, own.dependsOn.length], [1, 0]);
});

Deno.test("TaskHandle.after() makes a task that is ready wait for more", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const events = recordEvents(runner, ["ready", "running"]);
  const { order, submit } = noting(runner);
  const [a, b, c] = [submit("a"), submit("b"), submit("c")];
  assertStrictEquals(a.after(b, c), a);
  assertEquals([a.status, a.dependsOn], ["pending", [b, c]]);
  assertEquals(runner.statistics().pools["async"]!.queued, 2);
  await runner.run();
  assertEquals(order, ["b", "c", "a"]);
  assertEquals(events.filter((event) => event.endsWith("a#1")), ["ready a#1", "ready a#1", "running a#1"]);
  assertAtRest(runner);
});

Deno.test("TaskHandle.after() is obeyed once if a listener ends what the task waits for now", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
  const { order, submit } = noting(runner);
  const gate = submit("gate");
  const anyway = task({ name: "anyway", onDepFailure: "run-anyway" }, () => void order.push("anyway"));
  const handle = runner.submit(anyway);
  runner.observe({ status: (_, from, to) => void (from === "ready" && to === "pending" && gate.cancel()) });
  handle.after(gate);
  assertEquals([handle.status, runner.statistics().pools["async"]!.queued], ["ready", 1]);
  submit("last");
  await runner.run();
  assertEquals(order, ["anyway", "last"]);
  assertAtRest(runner);
});

Deno.test("TaskHandle.after() adds to dependencies that are there, each once", async () => {
  await using runner = new TaskRunner();
  const { order, submit } = noting(runner);
  const first = submit("first");
  const dependent = runner.submit((text: string) => `${text}!`, first);
  const later = submit("later");
  dependent.after(later, first).after(later).after();
  assertEquals(dependent.dependsOn, [first, later]);
  assertEquals(await dependent, "first!");
  assertEquals(order, ["first", "later"]);
});

Deno.test("TaskHandle.after() of handles that have finished changes nothing, or settles the task by its policy", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const good = runner.submit(one);
  const bad = runner.submit(() => Promise.reject(new Error("no")));
  await Promise.all([good, bad.exception()]);
  const handle = runner.submit(add, 1, 2).after(good);
  assertEquals([handle.status, handle.dependsOn], ["ready", [good]]);
  const [failed, skipped, anyway] = (["fail", "skip", "run-anyway"] as const).map((onDepFailure) =>
    add.with({ runner, onDepFailure }).submit(1, 2).after(bad)
  );
  assertEquals([failed!.status, skipped!.status, anyway!.status], ["failed", "skipped", "ready"]);
  assert(await failed!.exception() instanceof DependencyFailedError);
  assertEquals([await handle, await anyway], [3, 3]);
  assertAtRest(runner);
});

Deno.test("TaskHandle.after() refuses a task that has started, or has finished", async () => {
  await using runner = new TaskRunner();
  const other = runner.submit(one);
  const gate = Promise.withResolvers<void>();
  const handle = runner.submit(function work() {
    return gate.promise;
  });
  const flaky = task({ name: "flaky", retries: 1, backoff: () => "1h" }, () => Promise.reject(new Error("no")));
  const retrying = runner.submit(flaky);
  const running = runner.run();
  await turn();
  assertThrows(() => handle.after(other), Error, `Cannot add a dependency to "work#2", which is running`);
  assertThrows(() => retrying.after(other), Error, "which is retrying");
  gate.resolve();
  retrying.cancel();
  await running;
  assertThrows(() => handle.after(other), Error, "which is completed");
  assertThrows(() => retrying.after(other), Error, "which is cancelled");
});

Deno.test("TaskHandle.after() refuses to close a cycle at once, naming it, and changes nothing", async () => {
  await using runner = new TaskRunner();
  const { order, submit } = noting(runner);
  const [clean, load, report] = [submit("clean"), submit("load"), submit("report")];
  load.after(clean);
  report.after(load);
  const error = assertThrows(() => clean.after(report), CycleError);
  assertEquals(error.cycle, ["clean", "report", "load", "clean"]);
  assertEquals([error.task, error.code], ["clean", "CYCLE"]);
  assert(error.message.includes("clean → report → load → clean"), error.message);
  const own = assertThrows(() => clean.after(clean), CycleError);
  assertEquals(own.cycle, ["clean", "clean"]);
  const extra = submit("extra");
  assertThrows(() => clean.after(extra, report), CycleError);
  assertEquals([clean.dependsOn, clean.status], [[], "ready"]);
  await runner.run();
  assertEquals(order, ["clean", "load", "report", "extra"]);
});

Deno.test("TaskHandle.after() finds a cycle through handles that were made to wait for later ones", async () => {
  await using runner = new TaskRunner();
  const { order, submit } = noting(runner);
  const [a, b, c, d] = [submit("a"), submit("b"), submit("c"), submit("d")];
  a.after(d);
  c.after(a);
  assertEquals(assertThrows(() => d.after(c), CycleError).cycle, ["d", "c", "a", "d"]);
  b.after(c);
  assertEquals(assertThrows(() => d.after(b), CycleError).cycle, ["d", "b", "c", "a", "d"]);
  await runner.run();
  assertEquals(order, ["d", "a", "c", "b"]);
});

Deno.test("TaskHandle.after() looks for cycles along 100,000 tasks without overflowing the stack", async () => {
  await using runner = new TaskRunner();
  const first = runner.submit(one);
  let last = first;
  for (let x = 0; x < 100_000; x++) last = one.with({ runner, dependsOn: last }).submit();
  const error = assertThrows(() => first.after(last), CycleError);
  assertEquals(error.cycle.length, 100_002);
  runner.cancelAll();
});

Deno.test("TaskHandle.after() passes over what has finished when it looks for cycles", async () => {
  await using runner = new TaskRunner();
  const a = runner.submit(one);
  const b = one.with({ runner, dependsOn: a }).submit();
  assertEquals(await b, 1);
  const c = runner.submit(one).after(b);
  assertEquals(await c, 1);
});

Deno.test("TaskHandle.after() from a body makes a waiting task wait for what the body submits", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const { order, submit } = noting(runner);
  runner.submit(task({ name: "planner", priority: 1 }, () => {
    order.push("planner");
    waiting.after(submit("inserted"));
  }));
  const waiting = submit("waiting");
  await runner.run();
  assertEquals(order, ["planner", "inserted", "waiting"]);
});
