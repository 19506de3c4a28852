import { assertEquals, assertMatch } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { type Submitter, task, TaskRunner, waitFor } from "../../mod.ts";
import { turn } from "../support.ts";
import { pass } from "../runner/virtual_time.ts";

/** A task that continues until it is told to stop. */
function makeGate(name: string, runner: Submitter) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const handle = task({ name }, () => promise).with({ runner, key: name }).submit();
  return { handle, open: resolve };
}

function submit(runner: Submitter, name: string, options: object, body: () => unknown = () => {}) {
  return task({ name }, body).with({ runner, key: name, ...options }).submit();
}

Deno.test("explain() says that the runner has not started, and what starts it", async () => {
  await using runner = new TaskRunner();
  const handle = submit(runner, "a", {});
  assertMatch(handle.explain(), /^"a" is ready, but its runner has not started: call run\(\) or serve\(\), .*\.$/);
  await handle;
});

Deno.test("explain() names what a task waits for", async () => {
  await using runner = new TaskRunner();
  const [a, b] = [makeGate("a", runner), makeGate("b", runner)];
  const one = submit(runner, "one", { dependsOn: a.handle });
  const two = submit(runner, "two", { dependsOn: [a.handle, b.handle] });
  assertEquals(one.explain(), '"one" waits for "a" (ready).');
  assertEquals(two.explain(), '"two" waits for 2 of its 2 dependencies: "a" (ready), "b" (ready).');
  a.open();
  await one;
  assertEquals(two.explain(), '"two" waits for "b" (running).');
  b.open();
  await two;
});

Deno.test("explain() names the first of many dependencies only", async () => {
  await using runner = new TaskRunner();
  const dependsOn = ["a", "b", "c", "d", "e"].map((name) => submit(runner, name, {}));
  const last = submit(runner, "last", { dependsOn });
  assertEquals(
    last.explain(),
    '"last" waits for 5 of its 5 dependencies: "a" (ready), "b" (ready), "c" (ready) and 2 more.',
  );
  await last;
});

Deno.test("explain() says that a ready task waits for a slot", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const gate = makeGate("gate", runner);
  const next = submit(runner, "next", {});
  next.exception();
  await turn();
  assertMatch(next.explain(), /^"next" is ready, but waits for a slot of pool "async" \(1 of 1 taken; 1 waiting\)\.$/);
  gate.open();
  await next;
});

Deno.test("explain() says that a task runs", async () => {
  await using runner = new TaskRunner();
  const gate = makeGate("gate", runner);
  gate.handle.exception();
  await turn();
  assertEquals(gate.handle.explain(), '"gate" runs.');
  gate.open();
  await gate.handle;
});

Deno.test("explain() counts the attempts of a task that may have several", async () => {
  await using runner = new TaskRunner();
  const { promise, resolve } = Promise.withResolvers<void>();
  const handle = submit(runner, "a", { retries: 2 }, () => promise);
  handle.exception();
  await turn();
  assertEquals(handle.explain(), '"a" runs attempt 1 of 3.');
  resolve();
  await handle;
});

Deno.test("explain() says what a running body waits for", async () => {
  await using runner = new TaskRunner();
  const gate = makeGate("gate", runner);
  const outer = submit(runner, "outer", {}, () => gate.handle);
  outer.exception();
  await turn();
  assertEquals(outer.explain(), '"outer" runs, waiting for "gate" (running).');
  gate.open();
  await outer;
});

Deno.test("explain() says which key has to be delivered to the body that waits for it", async () => {
  await using runner = new TaskRunner();
  const order = submit(runner, "order", {}, () => waitFor("payment"));
  order.exception();
  await turn();
  assertEquals(order.explain(), '"order" runs, waiting for deliver("payment", …).');
  await runner.deliver("payment", 5);
  assertEquals(await order, 5);
});

Deno.test("explain() says why and when a task is tried again", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  let calls = 0;
  const handle = submit(runner, "a", { retries: 2, backoffBase: "4s" }, () => {
    if (++calls === 1) throw new TypeError("server down");
  });
  const result = handle.result();
  await pass(time, 0);
  assertEquals(handle.explain(), '"a" failed attempt 1 with TypeError: server down and starts attempt 2 of 3 in 4 s.');
  await pass(time, 1_000);
  assertMatch(handle.explain(), /in 3 s\.$/);
  await pass(time, 3_000);
  await result;
  assertEquals(handle.explain(), '"a" completed on attempt 2 in 0 ms.');
});

Deno.test("explain() says that a task completed, and how long it took", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner();
  const gate = makeGate("gate", runner);
  const result = gate.handle.result();
  await pass(time, 1_500);
  gate.open();
  await result;
  assertEquals(gate.handle.explain(), '"gate" completed in 1.5 s.');
});

Deno.test("explain() says what a task failed with", async () => {
  await using runner = new TaskRunner();
  const fail = () => {
    throw new TypeError("bug");
  };
  const [once, thrice] = [
    submit(runner, "once", {}, fail),
    submit(runner, "thrice", { retries: 2, backoff: "none" }, fail),
  ];
  await Promise.all([once.exception(), thrice.exception()]);
  assertEquals(once.explain(), '"once" failed with TypeError: bug.');
  assertMatch(thrice.explain(), /^"thrice" failed after 3 attempts with RetryExhaustedError: .*TypeError: bug\.$/);
});

Deno.test("explain() says that a task was cancelled, and why", async () => {
  await using runner = new TaskRunner();
  const [plain, why] = [submit(runner, "plain", {}), submit(runner, "why", {})];
  plain.cancel();
  why.cancel("it is late");
  assertEquals(plain.explain(), '"plain" was cancelled.');
  assertEquals(why.explain(), '"why" was cancelled: it is late.');
});

Deno.test("explain() says which dependency kept a task from running, and what began it", async () => {
  await using runner = new TaskRunner();
  const first = submit(runner, "first", {}, () => {
    throw new TypeError("bug");
  });
  const skipped = submit(runner, "skipped", { dependsOn: first, onDepFailure: "skip" });
  const failed = submit(runner, "failed", { dependsOn: skipped });
  await failed.exception();
  assertMatch(skipped.explain(), /^"skipped" was skipped as "first", which it depends on, failed.*TypeError: bug\.$/);
  assertMatch(failed.explain(), /^"failed" was not run as "skipped", which it depends on, was skipped.*\.$/);
});
