import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import {
  currentTask,
  MemoryCheckpointer,
  PoolStalledError,
  sleep,
  task,
  type TaskHandle,
  TaskRunner,
  TaskTimeoutError,
  waitFor,
} from "../../mod.ts";
import { block, never, recordingLogger, settle, turn } from "../support.ts";

/** How many bodies of a pool of two are at work at a time, if each of twelve does this with the handle of a child. */
async function peakOf(
  use: (child: PromiseLike<unknown> & { exception(): Promise<unknown> }) => unknown,
): Promise<number> {
  await using runner = new TaskRunner({ pools: { db: { maxWorkers: 2 } } });
  runner.enter();
  let active = 0, peak = 0;
  const child = task({ name: "child" }, () => settle());
  const body = task({ name: "body", pool: "db" }, async () => {
    const used = use(child.submit());
    peak = Math.max(peak, ++active);
    await settle();
    active--;
    return used;
  });
  for (let n = 0; n < 12; n++) body.submit();
  await runner.run();
  return peak;
}

Deno.test("a body that only listens to a handle keeps its slot", async () => {
  assertEquals(await peakOf((child) => void child.then(() => {})), 2);
  assertEquals(await peakOf((child) => void child.exception()), 2);
  assertEquals(await peakOf((child) => void child.exception().then((error) => error)), 2);
  assertEquals(await peakOf((child) => void child.then(() => {}, () => {}).then(() => {})), 2);
});

Deno.test("a body that awaits a promise about a handle gives its slot back, to any depth", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  runner.enter();
  const child = task({ name: "child" }, (n: number) => n);
  const ways: ((n: number) => PromiseLike<unknown>)[] = [
    (n) => child.submit(n),
    (n) => child.submit(n).result(),
    (n) => child.submit(n).result({ timeout: "1h" }),
    (n) => child.submit(n).getResult().then(({ value }) => value),
    (n) => child.submit(n).exception().then(() => n),
    (n) => child.submit(n).then((value) => value).then((value) => value),
    (n) => Promise.all([child.submit(n), child.submit(n)]).then(([value]) => value),
    (n) => child.submit(n).result().finally(() => {}),
  ];
  const parent = task({ name: "parent" }, async (way: number) => await ways[way]!(way));
  assertEquals(await Promise.all(parent.map(ways.map((_, way) => way))), ways.map((_, way) => way));
});

Deno.test("a strict pool never runs more bodies than it has slots, whatever they wait for", async () => {
  await using runner = new TaskRunner({ pools: { db: { maxWorkers: 2, strict: true } } });
  runner.enter();
  let active = 0, peak = 0;
  const elsewhere = task({ name: "elsewhere" }, () => turn());
  const body = task({ name: "body", pool: "db" }, async () => {
    peak = Math.max(peak, ++active);
    await Promise.race([elsewhere.submit(), elsewhere.submit()]);
    await elsewhere.submit().result({ timeout: "1ms" }).catch(() => {});
    await turn();
    active--;
  });
  for (let n = 0; n < 12; n++) body.submit();
  await runner.run();
  assertEquals([peak, active], [2, 0]);
});

Deno.test("bodies of a strict pool that wait for tasks which need their slots are told who waits for whom", async () => {
  await using runner = new TaskRunner({ pools: { db: { maxWorkers: 2, strict: true } }, onTaskError: "continue" });
  runner.enter();
  const child = task({ name: "child", pool: "db" }, () => "row");
  const between = task({ name: "between" }, async () => await child.submit());
  const parent = task({ name: "parent", pool: "db" }, async () => await between.submit());
  const handles = [parent.submit(), parent.submit()];
  await runner.run();
  const errors = (await Promise.all(handles.map((handle) => handle.exception()))).filter((error) =>
    error !== undefined
  );
  assertInstanceOf(errors[0], PoolStalledError);
  assertEquals([errors.length, errors[0].pool], [1, "db"]); // the slot of the first one is enough for the other
  for (const part of ['strict pool "db"', '"child#', "waits for", "more slots"]) {
    assertStringIncludes(errors[0].message, part);
  }
});

/** Tasks of the strict pool that become ready, by themselves, long after a body with its only slot began to wait for them. */
const LATE_CHILDREN: Record<string, (runner: TaskRunner) => TaskHandle<unknown>> = {
  "depends on a sleep": () => row.with({ dependsOn: sleep(1) }).submit(),
  "starts later": () => row.with({ startAfter: 1 }).submit(),
  "is not in the cache": () => row.with({ cache: { expires: 0 } }).submit(),
  "depends on a signal": (runner) => {
    const signal = waitFor("go");
    setTimeout(() => runner.deliver("go", 1));
    return row.with({ dependsOn: signal }).submit();
  },
};
const row = task({ name: "row", pool: "db" }, () => "row");

for (const [what, submitChild] of Object.entries(LATE_CHILDREN)) {
  Deno.test(`a body of a strict pool that waits for a task which ${what} is told that it needs its slot`, async () => {
    const path = await Deno.makeTempDir();
    {
      const pools = { db: { maxWorkers: 1, strict: true } };
      await using runner = new TaskRunner({ pools, cache: { path }, onTaskError: "continue" });
      const parent = task({ name: "parent", pool: "db" }, async () => await submitChild(runner));
      const handle = runner.submit(parent);
      await runner.run();
      assertInstanceOf(await handle.exception(), PoolStalledError);
    }
    await Deno.remove(path, { recursive: true });
  });
}

Deno.test("bodies of a strict pool that wait for a task in its backoff are told that it needs a slot again", async () => {
  await using runner = new TaskRunner({ pools: { db: { maxWorkers: 2, strict: true } }, onTaskError: "continue" });
  runner.enter();
  const { promise, reject } = Promise.withResolvers<string>();
  const flaky = task({ name: "flaky", pool: "db", retries: 1, backoffBase: 1 }, () => {
    return currentTask()!.attempt === 1 ? promise : "row";
  });
  const child = flaky.submit();
  const parent = task({ name: "parent", pool: "db" }, async () => await child);
  const parents = [parent.submit(), parent.submit()];
  runner.observe({
    status: ({ name }, _, to) => {
      // The first one has begun to wait in the other slot; the second one gets the slot of the failed attempt.
      if (name === "parent" && to === "running") setTimeout(() => reject(new Error("try again")));
    },
  });
  await runner.run();
  const errors = await Promise.all(parents.map((handle) => handle.exception()));
  assertEquals(errors.map((error) => error instanceof PoolStalledError).sort(), [false, true]);
  assertEquals(await child, "row");
});

Deno.test("a body of a strict pool that waits for what the runner leaves is left, and has not stalled", async () => {
  const pools = { db: { maxWorkers: 2, strict: true } };
  await using runner = new TaskRunner({ pools, checkpointer: new MemoryCheckpointer(), onTaskError: "continue" });
  const begun = Promise.withResolvers<void>();
  const stopping = Promise.withResolvers<void>();
  const parent = task({ name: "parent", pool: "db" }, async () => {
    begun.resolve();
    await stopping.promise;
    return await row.submit();
  });
  const served = runner.serve();
  const handle = runner.submit(parent);
  await begun.promise;
  const stopped = runner.stop({ queued: "leave" });
  turn().then(turn).then(stopping.resolve); // once stop() waits for what runs
  await stopped;
  await served;
  assertEquals([handle.status, handle.history.at(-1)?.status], ["ready", "interrupted"]);
});

Deno.test("a strict pool is not called stalled while a body waits for a task of another runner", async () => {
  await using runner = new TaskRunner({ pools: { db: { maxWorkers: 1, strict: true } }, onTaskError: "continue" });
  await using other = new TaskRunner({ maxWorkers: 1 });
  const busy = Promise.withResolvers<void>();
  other.submit(task({ name: "busy" }, () => busy.promise));
  const elsewhere = other.submit(task({ name: "elsewhere" }, () => "done")); // ready, as the only slot is taken
  const parent = runner.submit(task({ name: "parent", pool: "db" }, async () => await elsewhere));
  const next = runner.submit(row);
  const run = runner.run();
  await turn();
  await turn(); // the parent waits, and it was looked at whether it could continue
  busy.resolve();
  await run;
  assertEquals([await parent, await next], ["done", "row"]);
});

/** What plain functions return, which is awaited for them. */
const RETURNED: Record<string, (handle: TaskHandle<number>) => PromiseLike<unknown>> = {
  "result()": (handle) => handle.result(),
  "result() with a limit": (handle) => handle.result({ signal: new AbortController().signal }),
  "exception()": (handle) => handle.exception(),
  "getResult()": (handle) => handle.getResult(),
  "then()": (handle) => handle.then((value) => value + 1),
  "result().then()": (handle) => handle.result().then((value) => value + 1),
};

for (const [what, promiseOf] of Object.entries(RETURNED)) {
  Deno.test(`a body that returns ${what} of a handle waits for it, without a slot`, async () => {
    await using runner = new TaskRunner({ maxWorkers: 1 });
    const child = task({ name: "child" }, () => 1);
    const handle = runner.submit(task({ name: "parent" }, () => promiseOf(child.submit())));
    await runner.run();
    assertEquals([handle.status, runner.results().length], ["completed", 2]);
  });
}

Deno.test("a strict pool is not called stalled while a timer can free a slot", async () => {
  await using runner = new TaskRunner({ pools: { db: { maxWorkers: 1, strict: true } }, onTaskError: "continue" });
  runner.enter();
  const child = task({ name: "child", pool: "db" }, () => "row");
  const parent = task({ name: "parent", pool: "db", timeout: 30 }, async () => await child.submit());
  const handle = parent.submit();
  await runner.run();
  assertInstanceOf(await handle.exception(), TaskTimeoutError);
});

Deno.test("thousands of nested tasks end with the one that timed out", async () => {
  const page = task(
    { name: "page" },
    async (n: number): Promise<unknown> => n === 0 ? await never() : await page.submit(n - 1),
  );
  await using runner = new TaskRunner({ onTaskError: "continue" });
  runner.enter();
  const root = page.with({ timeout: "300ms" }).submit(5_000); // on a slow machine it may be less deep by then
  assertInstanceOf(await root.exception(), TaskTimeoutError);
  const { failed, ready, running } = runner.statistics();
  assertEquals([failed, ready, running], [1, 0, 0]);
});

Deno.test("thousands of nested tasks end with the one that was cancelled", async () => {
  const depth = 5_000;
  const page = task(
    { name: "page" },
    async (n: number): Promise<unknown> => n === 0 ? await never() : await page.submit(n - 1),
  );
  await using runner = new TaskRunner({ onTaskError: "continue" });
  runner.enter();
  const root = page.submit(depth);
  void root.exception();
  while (runner.statistics().running <= depth) await turn();
  root.cancel("enough");
  await settle();
  assertEquals([root.status, runner.statistics().cancelled], ["cancelled", depth + 1]);
});

Deno.test("a ring of waiting bodies is broken, with a message of bounded length", async () => {
  const size = 2_000;
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const handles: PromiseLike<unknown>[] = [];
  for (let n = 0; n < size; n++) {
    handles.push(runner.submit(async function member(): Promise<void> {
      await turn();
      await handles[(n + 1) % size];
    }));
  }
  const report = await runner.run();
  assertEquals(report.counts.failed, size);
  for (const { error } of report.results) assertEquals((error as Error).message.length < 1_000, true);
});

Deno.test("a listener that throws, or rejects, is logged and harms nothing", async () => {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger });
  const heard: string[] = [];
  runner.addEventListener("completed", () => {
    throw new Error("from a listener");
  });
  runner.addEventListener("completed", () => Promise.reject(new Error("later")) as never);
  runner.addEventListener("completed", ({ handle }) => heard.push(handle.name));
  await runner.submit(function work() {});
  await settle();
  assertEquals(heard, ["work"]);
  assertEquals(logger.lines.map(({ level, data }) => [level, data[0], (data[1] as Error).message]), [
    ["error", 'A listener to "completed" events failed:', "from a listener"],
    ["error", 'A listener to "completed" events failed:', "later"],
  ]);
});

Deno.test("a listener that submits again whatever is cancelled does not continue for ever while a run fails", async () => {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger });
  const work = task({ name: "work" }, () => never());
  let submitted = 0;
  runner.addEventListener("cancelled", () => {
    submitted++;
    runner.submit(work);
  });
  runner.submit(work);
  runner.submit(function boom() {
    throw new Error("boom");
  });
  assertEquals(await runner.run().catch((error) => (error as Error).message), "boom");
  assertEquals(submitted, 2);
  assertStringIncludes(String((logger.lines[0]?.data[1] as Error).message), "wait until run() or serve() has ended");
});

Deno.test("a strict pool is not called stalled between two slices, in which its free slots are not given out yet", async () => {
  await using runner = new TaskRunner({ pools: { db: { maxWorkers: 2, strict: true } }, onTaskError: "continue" });
  runner.enter();
  const child = task({ name: "child", pool: "db" }, () => "row");
  const both = Promise.withResolvers<void>();
  let started = 0;
  const parent = task({ name: "parent", pool: "db" }, async () => {
    if (++started === 2) both.resolve();
    await both.promise;
    block(15); // longer than a slice
    return await child.submit();
  });
  const handles = [parent.submit(), parent.submit()];
  await runner.run();
  const errors = await Promise.all(handles.map((handle) => handle.exception()));
  assertEquals(
    errors.filter((error) => error !== undefined).length,
    1,
    "the slot of the first one is enough for the other",
  );
});
