import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  asCompleted,
  currentTask,
  type FunctionTask,
  type Job,
  MemoryCheckpointer,
  type Pool,
  task,
  TaskRunner,
  type TaskRunnerOptions,
} from "../../mod.ts";
import { square } from "../pools/conformance/tasks.ts";
import { errorOf, randomOf, recordingLogger, settle, turn, until, untilAborted } from "../support.ts";

function make(options: TaskRunnerOptions = {}) {
  const checkpointer = new MemoryCheckpointer();
  const logger = recordingLogger();
  const runner = new TaskRunner({ checkpointer, maxWorkers: 1, logger, onTaskError: "continue", ...options });
  return { runner, checkpointer, logger };
}

async function statuses(checkpointer: MemoryCheckpointer): Promise<Record<string, string>> {
  const records = await Array.fromAsync(checkpointer.load());
  return Object.fromEntries(records.map(({ id, status }) => [id, status]).sort());
}

Deno.test('stop({ queued: "leave" }) finishes what runs, and leaves the rest on record, for the next run', async () => {
  const { runner, checkpointer, logger } = make({ maxWorkers: 2 });
  const gate = Promise.withResolvers<number>();
  const work = task({ name: "leave-work" }, (_: number) => gate.promise).with({ runner });
  const retried = task({ name: "leave-retried", retries: 1, backoffBase: "1h" }, () => {
    throw new Error("later");
  }).with({ runner, key: "retried" });
  const served = runner.serve();
  const again = retried.submit();
  await until("it is retried", () => again.status === "retrying");
  const handles = [1, 2, 3, 4].map((x) => work.with({ key: `work-${x}` }).submit(x));
  const dependent = task({ name: "leave-dependent" }, () => {}).with({ runner, key: "dependent", dependsOn: handles });
  const pending = dependent.submit();
  await settle();
  const stopping = runner.stop({ queued: "leave" });
  await settle();
  assertStringIncludes(handles[2]!.explain(), "its runner stops, and leaves it for the next run");
  handles[2]!.exception(); // does not start it
  gate.resolve(7);
  await stopping;
  await served;
  assertEquals([...handles, pending, again].map(({ status }) => status), [
    "completed",
    "completed",
    "ready",
    "ready",
    "pending",
    "retrying",
  ]);
  await runner.shutdown();
  assertEquals(await statuses(checkpointer), {
    dependent: "pending",
    retried: "retrying",
    "work-1": "completed",
    "work-2": "completed",
    "work-3": "ready",
    "work-4": "ready",
  });
  assertEquals(logger.lines.filter(({ level }) => level !== "debug"), []); // nothing was overlooked
  await using next = await TaskRunner.resume(checkpointer, { onTaskError: "continue", logger });
  assertEquals(next.orphaned.map(({ id }) => id).sort(), ["dependent", "retried", "work-3", "work-4"]);
  const left = next.resubmitOrphans();
  assertEquals(left.length, 4);
  left.find(({ id }) => id === "retried")!.cancel();
  assertEquals((await next.run()).counts.completed, 5); // what the dependent task needs, too
});

Deno.test('stop({ queued: "leave" }) interrupts a body that waits for what is left, and its task stays on record', async () => {
  const { runner, checkpointer } = make();
  const reasons: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const child = task({ name: "leave-child" }, (x: number) => x);
  const first = task({ name: "leave-first" }, () => gate.promise);
  const parent = task({ name: "leave-parent" }, async () => {
    calls++;
    const { signal } = currentTask()!;
    const quick = await child.submit(1);
    const before = first.submit();
    const rest = [child.with({ priority: -1 }).submit(2), child.with({ priority: -1 }).submit(3)];
    try {
      await before;
      return quick + await rest[0]! + await rest[1]!;
    } catch (error) {
      reasons.push(error, signal.reason);
      throw error;
    }
  });
  const served = runner.serve();
  const handle = parent.with({ runner, key: "parent" }).submit();
  await until("the first child runs", () => runner.running().some(({ name }) => name === "leave-first"));
  const stopping = runner.stop({ queued: "leave" });
  await settle();
  assertEquals(handle.status, "running");
  gate.resolve();
  await stopping;
  await served;
  assertEquals([handle.status, runner.running()], ["ready", []]);
  assertEquals(reasons[0], reasons[1]);
  assertStringIncludes((reasons[0] as Error).message, "leaves what has not started");
  await runner.shutdown();
  const records = await Array.fromAsync(checkpointer.load());
  const { status, interruptions, recoveries } = records.find(({ id }) => id === "parent")!;
  assertEquals([status, interruptions, recoveries], ["ready", 1, undefined]);
  await using next = await TaskRunner.resume(checkpointer);
  const [again] = next.resubmitOrphans();
  assertEquals([await again, calls], [6, 2]);
  assertEquals(next.statistics().submitted, 5); // what the first attempt had submitted is found again
});

Deno.test("a runner that has left tasks can serve again, and does them", async () => {
  const { runner } = make();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const wait = task({ name: "wait" }, (x: number) => gates[x]!.promise).with({ runner });
  for (const queued of ["leave", "finish"] as const) {
    const served = runner.serve();
    if (queued === "leave") wait.map([0, 1]);
    await settle();
    const stopping = runner.stop({ queued });
    gates[queued === "leave" ? 0 : 1]!.resolve();
    await stopping;
    await served;
  }
  assertEquals(runner.handles().map(({ status }) => status), ["completed", "completed"]);
  await runner.shutdown();
});

/** Runs one job at a time, and has others at hand, once it is open. */
class LinePool implements Pool {
  readonly maxWorkers = 1;
  readonly prefetch = 5;
  readonly #opened: Promise<void>;
  readonly #line: Job[] = [];
  #isBusy = false;

  constructor(opened = Promise.resolve()) {
    this.#opened = opened;
  }

  execute(job: Job): void {
    this.#line.push(job);
    job.abortListener = { onAbort: () => this.#line.splice(this.#line.indexOf(job), 1) };
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    await this.#opened;
    for (let job = this.#line.shift(); job !== undefined; job = this.#line.shift()) {
      job.abortListener = undefined;
      if (job.begin()) job.complete(await job.call());
    }
    this.#isBusy = false;
  }

  async [Symbol.asyncDispose]() {}
}

Deno.test("a runner that has withdrawn what a pool had prefetched does it when it serves again", async () => {
  const { runner } = make({ pools: { line: new LinePool() } });
  await using _ = runner;
  const gate = Promise.withResolvers<void>();
  const first = runner.submit(task({ name: "leave-first", pool: "line" }, () => gate.promise));
  const others = [1, 2, 3].map((x) => runner.submit(task({ name: "leave-line", pool: "line" }, () => x)));
  const served = runner.serve();
  await until("it runs", () => first.status === "running");
  await settle();
  const stopping = runner.stop({ queued: "leave" });
  gate.resolve();
  await stopping;
  await served;
  assertEquals(others.map(({ status }) => status), ["ready", "ready", "ready"]);
  await runner.run();
  assertEquals(await Promise.all(others), [1, 2, 3]);
});

Deno.test("a runner that has withdrawn what a pool had not begun does it when it serves again", async () => {
  const opened = Promise.withResolvers<void>();
  const { runner } = make({ pools: { line: new LinePool(opened.promise) } });
  await using _ = runner;
  const handles = [1, 2, 3].map((x) => runner.submit(task({ name: "leave-not-begun", pool: "line" }, () => x)));
  const served = runner.serve();
  await settle();
  await runner.stop({ queued: "leave" });
  await served;
  assertEquals(handles.map(({ status }) => status), ["ready", "ready", "ready"]);
  opened.resolve();
  await runner.run();
  assertEquals(await Promise.all(handles), [1, 2, 3]);
});

Deno.test('stop({ queued: "leave" }) after stop() leaves what that was to finish', async () => {
  const { runner } = make();
  const gate = Promise.withResolvers<void>();
  const handles = task({ name: "wait" }, (_: number) => gate.promise).with({ runner }).map([1, 2]);
  const served = runner.serve();
  await settle();
  const all = [runner.stop(), runner.stop({ queued: "leave" })];
  await settle();
  gate.resolve();
  await Promise.all([...all, served]);
  assertEquals(handles.map(({ status }) => status), ["completed", "ready"]);
  await runner.shutdown();
});

Deno.test("a body that is interrupted may still complete, and one in the loop of asCompleted() is told", async () => {
  const { runner } = make({ maxWorkers: 2 });
  const gate = Promise.withResolvers<void>();
  const idle = task({ name: "idle", priority: -1 }, (x: number) => x);
  const blocker = task({ name: "blocker" }, () => gate.promise).with({ runner });
  const served = runner.serve();
  const patient = runner.submit(async function patient() {
    const wait = idle.submit(1);
    return await errorOf(() => wait) === undefined ? "waited" : "did without";
  });
  const looping = task({ name: "looping" }, async () => {
    return await Array.fromAsync(asCompleted([idle.submit(2), idle.submit(3)]));
  }).with({ runner }).submit();
  blocker.submit();
  blocker.submit();
  await until("all slots are taken", () => runner.running().filter(({ name }) => name === "blocker").length === 2);
  const stopping = runner.stop({ queued: "leave" });
  await turn();
  gate.resolve();
  await stopping;
  await served;
  assertEquals([await patient, looping.status], ["did without", "ready"]);
  await runner.shutdown();
});

for (const backend of ["thread", "process"] as const) {
  Deno.test(`stop({ queued: "leave" }) withdraws what a pool has prefetched (${backend})`, async () => {
    const { runner } = make();
    const served = runner.serve();
    assertEquals(await square.with({ runner, backend }).submit(1), 1);
    const handles = square.with({ runner, backend }).map(Array.from({ length: 2_000 }, (_, x) => x));
    await handles[5];
    await runner.stop({ queued: "leave" });
    await served;
    const { completed, ready, running } = runner.statistics();
    assertEquals([completed + ready, running], [2_001, 0]);
    const again = runner.serve();
    await runner.stop();
    await again;
    assertEquals(runner.statistics().completed, 2_001);
    await runner.shutdown();
  });
}

/** How often each leaf has completed. */
const leaves = new Map<string, number>();

const leaf = task({ name: "leave-leaf" }, async (path: string, turns?: number) => {
  await settle(turns);
  leaves.set(path, (leaves.get(path) ?? 0) + 1);
  return 1;
});

/** A tree of tasks, whose bodies wait for what they submit in every way there is; returns the number of its leaves. */
const tree: FunctionTask<[string, number, number], Promise<number>> = task(
  { name: "leave-tree" },
  async (path: string, depth: number, seed: number) => {
    const random = randomOf(seed);
    const submit = (index: number) => {
      const each = `${path}.${index}`;
      if (depth === 0 || random(3) === 0) return leaf.with({ key: each }).submit(each, random(3));
      return tree.with({ key: each }).submit(each, depth - 1, random(1_000_000));
    };
    const handles = Array.from({ length: 1 + random(3) }, (_, index) => submit(index));
    let sum = 0;
    switch (random(5)) {
      case 0:
        for (const handle of handles) sum += await handle;
        return sum;
      case 1:
        return (await Promise.all(handles)).reduce((a, b) => a + b, 0);
      case 2:
        for await (const { value } of asCompleted(handles)) sum += value!;
        return sum;
      case 3: {
        const paths = Array.from({ length: 4 }, (_, index) => `${path}.s${index}`);
        for await (const { value } of leaf.stream(paths, { ahead: 2 })) sum += value!;
        for (const handle of handles) sum += await handle;
        return sum;
      }
      default:
        for (const handle of handles) sum += (await handle.getResult()).value!;
        return sum;
    }
  },
);

Deno.test("programs that stop again and again, at any moment, do everything once in the end", async () => {
  let stops = 0;
  for (let seed = 1; seed <= 50; seed++) {
    leaves.clear();
    const random = randomOf(seed);
    const store = new MemoryCheckpointer();
    const roots = Array.from({ length: 4 }, (_, index) => [`${seed}/${index}`, random(4), random(1_000_000)] as const);
    for (let rounds = 0;; rounds++) {
      assert(rounds < 500, `seed ${seed} does not come to an end`);
      const runner = await TaskRunner.resume(store, { maxWorkers: 1 + random(3), onTaskError: "continue" });
      const handles = roots.map((root) => tree.with({ runner, key: root[0] }).submit(...root));
      const served = runner.serve();
      await settle(random(12));
      await runner.stop({ queued: "leave" });
      await served;
      stops++;
      assertEquals(runner.statistics().running, 0, `seed ${seed}`);
      assertEquals(handles.filter(({ status }) => status === "failed" || status === "cancelled"), [], `seed ${seed}`);
      const values = handles.map((handle) => handle.peek()?.value);
      await runner.shutdown();
      if (values.includes(undefined)) continue;
      assertEquals(values.reduce((a, b) => a! + b!, 0), leaves.size, `seed ${seed}`);
      assertEquals(new Set(leaves.values()), new Set([1]), `seed ${seed}`);
      break;
    }
  }
  assert(stops > 100, `${stops} stops`);
});

Deno.test('stop({ queued: "leave" }) ends run() with a report on what it did, and the next run does the rest', async () => {
  await using runner = new TaskRunner({ checkpointer: new MemoryCheckpointer(), maxWorkers: 1 });
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const work = task({ name: "work" }, async (x: number) => {
    begun.resolve();
    await gate.promise;
    return x;
  }).with({ runner });
  const handles = work.map([1, 2, 3]);
  const later = work.with({ startAfter: 1 }).submit(4);
  const run = runner.run();
  await begun.promise;
  const stopped = runner.stop({ queued: "leave" });
  assertThrows(() => work.submit(5), Error, 'Cannot submit "work", as its runner is stopping');
  await assertRejects(() => runner.run(), Error, "Cannot run() a runner that is stopping");
  gate.resolve();
  const report = await run;
  await stopped;
  assertEquals(handles.map(({ status }) => status), ["completed", "ready", "ready"]);
  assertEquals(report.results.map(({ value }) => value), [1]);
  const { completed, ready, pending } = report.counts;
  assertEquals([report.ok, completed, ready + pending], [false, 1, 3]);
  const next = await runner.run();
  assertEquals(next.results.map(({ value }) => value), [2, 3, 4]);
  assertEquals([next.ok, next.counts.completed, next.counts.ready, next.counts.pending], [true, 3, 0, 0]);
  assertEquals(later.status, "completed");
});

Deno.test("stop() and stop({ within }) end run() as well, and wait for it", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const begun = Promise.withResolvers<void>();
  const wait = runner.submit(task({ name: "wait" }, () => {
    begun.resolve();
    return untilAborted(currentTask()!.signal);
  }));
  const run = runner.run();
  await begun.promise;
  const stopped = runner.stop();
  await runner.stop({ within: 1 });
  await stopped;
  assertEquals([wait.status, (await run).counts.cancelled], ["cancelled", 1]);
  await runner.stop({ within: 1 }); // nothing is under way
});
