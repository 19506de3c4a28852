import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { MemoryCheckpointer, sleep, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { block, recordingLogger } from "../support.ts";
import { pass } from "../runner/virtual_time.ts";

const load = task(
  { name: "load", redact: ([url]) => [url, "…"] },
  (url: string, _: string) => url,
);
const double = task({ name: "double" }, (x: number) => 2 * x);

const gate = () => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { body: () => promise, open: () => resolve("open"), fail: () => reject(new Error("no")) };
};

Deno.test("a handle tells its times, also while it runs", async () => {
  const start = Date.UTC(2026, 0, 1);
  using time = new FakeTime(start);
  await using runner = new TaskRunner();
  const at = (milliseconds: number) => new Date(start + milliseconds);
  const first = gate();
  const one = runner.submit(task({ name: "one" }, first.body));
  await pass(time, 10);
  const two = task({ name: "two" }, (_: string) => {}).with({ runner }).submit(one);
  assertEquals([one.submittedAt, one.readyAt, one.startedAt, one.finishedAt], [at(0), at(0), undefined, undefined]);
  assertEquals([two.submittedAt, two.readyAt, two.startedAt, two.finishedAt], [
    at(10),
    undefined,
    undefined,
    undefined,
  ]);
  await pass(time, 10);
  const run = runner.run();
  await pass(time, 10);
  assertEquals([one.status, one.startedAt, one.finishedAt], ["running", at(20), undefined]);
  first.open();
  await run;
  assertEquals([one.startedAt, one.finishedAt], [at(20), at(30)]);
  assertEquals([two.submittedAt, two.readyAt, two.startedAt, two.finishedAt], [at(10), at(30), at(30), at(30)]);
});

Deno.test("a handle tells seq, args and pool; arguments are dropped when the task has completed", async () => {
  await using runner = new TaskRunner({ pools: { api: { maxWorkers: 2 } }, onTaskError: "continue" });
  const first = runner.submit(double, 4);
  const second = double.with({ runner, pool: "api" }).submit(first);
  const lost = runner.submit(double, 5);
  lost.cancel();
  const pause = runner.use(() => sleep(0));
  assertEquals([first.seq, second.seq], [1, 2]);
  assertEquals([first.args, second.args, second.args?.[0] === first], [[4], [first], true]);
  assertEquals([first.pool, second.pool, pause.pool, first.worker], ["async", "api", undefined, undefined]);
  await runner.run();
  assertEquals([first.args, second.args, lost.args], [undefined, undefined, [5]]);
});

Deno.test("a handle tells all attempts, as they stand", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const errors = [new Error("first"), new Error("second")];
  let [calls, last] = [0, gate()];
  const flaky = task({ name: "flaky", retries: 2, backoffBase: 0 }, () => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return last.body();
  });
  const handle = runner.submit(flaky);
  const steps: string[][] = [];
  const note = () => steps.push(handle.history.map(({ number, status }) => `${number} ${status}`));
  runner.observe({ status: (_, from) => void (from !== undefined && note()) });
  note();
  const run = runner.run();
  last.open();
  await run;
  assertEquals(steps, [
    [],
    ["1 running"],
    ["1 failed"],
    ["1 failed"],
    ["1 failed", "2 running"],
    ["1 failed", "2 failed"],
    ["1 failed", "2 failed"],
    ["1 failed", "2 failed", "3 running"],
    ["1 failed", "2 failed", "3 completed"],
  ]);
  assertEquals(handle.history.map(({ error }) => error), [errors[0], errors[1], undefined]);
  for (const { startedAt, finishedAt } of handle.history) assert(finishedAt! >= startedAt);

  [calls, last] = [0, gate()];
  const lost = runner.submit(flaky.with({ retries: 1 }));
  await lost.exception();
  assertStrictEquals(lost.history.at(-1)?.error, errors[1], "not the RetryExhaustedError around it");
  const cancelled = runner.submit(flaky);
  cancelled.cancel();
  assertEquals(cancelled.history, []);
});

Deno.test("parent and children() stay for as long as the handles are kept", async () => {
  await using runner = new TaskRunner({ retain: 2 });
  const inner: TaskHandle<number>[] = [];
  const outer = task({ name: "outer" }, async () => {
    inner.push(...double.map([1, 2]));
    return await Promise.all(inner);
  });
  const handle = runner.submit(outer);
  assertEquals(handle.children(), []);
  await runner.run();
  assertEquals(inner.map(({ parent }) => parent === handle), [true, true]);
  assertEquals([handle.parent, handle.children()], [undefined, inner]);
  assertEquals(inner[0]!.children(), []);
  const later = runner.submit(double, 3);
  await later;
  await runner.submit(double, 4);
  await runner.submit(double, 5); // the runner releases the others
  assertEquals(handle.children(), []);
});

/** The shortest time that times in whole milliseconds may show for 20 ms. */
const ABOUT_20_MS = 19;

Deno.test("a task starts when its body does, whatever came between it and the task before", async () => {
  const quick = task({ name: "quick" }, () => {});
  const labelled = task({ name: "labelled", label: () => (block(20), "made slowly") }, () => {});
  const slowStart = task({ name: "slow-start" }, () => {
    block(20);
    return Promise.resolve();
  });

  await using listening = new TaskRunner({ maxWorkers: 1 });
  listening.addEventListener("completed", () => block(20));
  await using plain = new TaskRunner({ maxWorkers: 1 });
  await using wide = new TaskRunner({ maxWorkers: 2 });
  const slow = plain.submit(slowStart);
  const first = plain.submit(quick);
  const pairs = [
    { kind: "a listener", runner: listening, handles: [listening.submit(quick), listening.submit(quick)] },
    { kind: "the body of the task before", runner: plain, handles: [slow, first] },
    { kind: "a label", runner: plain, handles: [first, plain.submit(labelled.with({ dependsOn: first }))] },
    { kind: "a body under way", runner: wide, handles: [wide.submit(slowStart), wide.submit(quick)] },
  ];
  for (const { kind, runner, handles: [before, after] } of pairs) {
    if (!runner.handles().every(({ done }) => done)) await runner.run();
    const from = kind === "a label" ? before!.finishedAt! : before!.startedAt!;
    const ms = after!.startedAt!.getTime() - from.getTime();
    assert(ms >= ABOUT_20_MS, `${ms} ms with ${kind}`);
  }
});

Deno.test("a task is ready when the last one that it depends on has finished", async () => {
  await using runner = new TaskRunner();
  runner.addEventListener("completed", () => block(5));
  const slow = runner.submit(() => block(20));
  const next = runner.submit((_: void) => {}, slow);
  await runner.run();
  assertEquals(next.readyAt, slow.finishedAt);
  assert(next.startedAt! >= next.readyAt!);
});

Deno.test("a restored handle tells parent, times and history from the record", async () => {
  const checkpointer = new MemoryCheckpointer();
  const child = task({ name: "child" }, () => 5);
  let calls = 0;
  const parent = task({ name: "parent", retries: 1, backoffBase: 0 }, async () => {
    if (++calls === 1) throw new Error("no answer");
    return await child.submit();
  });
  const before: unknown[] = [];
  {
    await using runner = new TaskRunner({ checkpointer });
    const handle = runner.submit(parent);
    await runner.run();
    for (const each of [handle, ...handle.children()]) before.push(facts(each));
  }
  await using runner = await TaskRunner.resume(checkpointer);
  const handle = runner.submit(parent);
  await runner.run();
  assertEquals([handle.restored, handle.attempts], [true, 2]);
  const [first] = before as ReturnType<typeof facts>[];
  const now = facts(handle);
  assertEquals([now.submittedAt, now.startedAt, now.finishedAt], [
    first!.submittedAt,
    first!.startedAt,
    first!.finishedAt,
  ]);
  assertEquals(now.history.map(({ number, status }) => [number, status]), [[1, "failed"], [2, "completed"]]);
  assertEquals(
    now.history.map(({ startedAt, finishedAt }) => [startedAt, finishedAt]),
    first!.history.map(({ startedAt, finishedAt }) => [startedAt, finishedAt]),
  );
  assertEquals(now.history[0]!.error, "Error: no answer");
});

function facts({ submittedAt, startedAt, finishedAt, history }: TaskHandle<unknown>) {
  return { submittedAt, startedAt, finishedAt, history };
}

Deno.test("shownArgs is what redact() makes of the arguments, once they are known, and stays", async () => {
  const logger = recordingLogger();
  const checkpointer = new MemoryCheckpointer();
  await using runner = new TaskRunner({ checkpointer, logger });
  const url = runner.submit(task({ name: "url" }, () => "https://deno.com"));
  const secret = load.with({ runner }).submit(url, "secret");
  const plain = runner.submit(double, 4);
  assertEquals([secret.shownArgs, plain.shownArgs, secret.args], [[], [4], [url, "secret"]]);
  const broken = load.with({
    runner,
    redact: () => {
      throw new Error("no");
    },
  }).submit("https://jsr.io", "secret");
  await runner.run();
  assertEquals([secret.shownArgs, broken.shownArgs], [["https://deno.com", "…"], []]);
  const records = await Array.fromAsync(checkpointer.load());
  assertEquals(records.map(({ name, shownArgs }) => [name, shownArgs]).toSorted(), [
    ["double", undefined],
    ["load", []],
    ["load", ["https://deno.com", "…"]],
    ["url", undefined],
  ]);
  assertEquals(logger.lines.map(({ data }) => data), [[
    `The arguments of "${broken.id}" are not shown, as its redact() failed: Error: no`,
  ]]);
  let seen = "";
  const sign = task({ name: "sign", redact: (args) => args.fill("…") }, (secret: string) => void (seen = secret));
  const signed = runner.submit(sign, "secret");
  await signed;
  assertEquals([signed.shownArgs, seen], [["…"], "secret"], "it gets a copy");
});

Deno.test("results and reports are useful as JSON", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  runner.submit(double, 4);
  runner.submit(task({ name: "odd" }, () => 5n));
  const failed = runner.submit(task({ name: "fail" }, () => {
    throw new TypeError("no", { cause: new Error("because") });
  }));
  const report = await runner.run();
  const json = JSON.parse(JSON.stringify(report));
  assertEquals([json.ok, json.counts.completed, json.results.length], [false, 2, 3]);
  assertEquals(json.results.map(({ value }: { value: unknown }) => value), [8, "5n", undefined]);
  const { error, startedAt, status } = json.results[2];
  assertEquals([error.name, error.message, error.cause.message, status], ["TypeError", "no", "because", "failed"]);
  assertEquals(startedAt, failed.peek()!.startedAt!.toJSON());
  assert(error.stack.includes("handle_facts_test.ts"));
  assertEquals(JSON.parse(JSON.stringify(failed.peek())), json.results[2]);
  assertEquals(report.results[0], { ...report.results[0]! }, "a plain object");
  assertEquals(structuredClone(report.results[2]!).status, "failed");
});
