import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  currentTask,
  CycleError,
  type Pool,
  task,
  TaskCancelledError,
  type TaskHandle,
  TaskRunner,
} from "../../mod.ts";
import { turn } from "../support.ts";
import { pass } from "./virtual_time.ts";

/** What a user's callback may do to the runner that calls it. */

function boom(): never {
  throw new Error("boom");
}

for (const option of ["retryOn", "backoff"] as const) {
  for (const kind of ["sync", "async"] as const) {
    Deno.test(`TaskRunner survives a ${option} of a ${kind} task that cancels everything`, async () => {
      await using runner = new TaskRunner({ onTaskError: "continue" });
      const judge = () => {
        runner.cancelAll("enough");
        return true;
      };
      const policy = option === "retryOn" ? { retryOn: judge } : { backoff: () => (judge(), 1) };
      const body = kind === "sync" ? boom : () => Promise.reject(new Error("boom"));
      const handle = runner.submit(task({ name: "doomed", retries: 3, ...policy }, body));
      assertInstanceOf(await handle.exception(), TaskCancelledError);
      assertEquals(await runner.submit(() => "continues"), "continues");
      const { abandoned, pools } = runner.statistics();
      assertEquals([abandoned, pools["async"]?.busy], [0, 0]);
    });
  }
}

/** What ends a task while its body runs: its deadline, or a call. */
const ENDS: Record<string, { deadline?: number; end?: (runner: TaskRunner, handle: TaskHandle<unknown>) => void }> = {
  "is cancelled": { end: (_, handle) => handle.cancel("first") },
  "is cancelled with all others": { end: (runner) => runner.cancelAll("first") },
  "is past its deadline": { deadline: 5 },
};

for (const [what, { end, ...options }] of Object.entries(ENDS)) {
  Deno.test(`TaskRunner survives an observer of attempts that cancels a task which ${what}`, async () => {
    await using runner = new TaskRunner({ onTaskError: "continue" });
    const statuses: string[] = [];
    runner.observe({
      attempt(each, { status }) {
        statuses.push(status);
        if (status !== "running") each.cancel("second");
      },
    });
    const reasons: unknown[] = [];
    const body = async () => {
      const { signal } = currentTask()!;
      queueMicrotask(() => end?.(runner, handle));
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      reasons.push(signal.reason);
    };
    const handle = runner.submit(task({ name: "body", ...options }, body));
    const { counts } = await runner.run();
    assertEquals([counts.cancelled, statuses.length, reasons.length], [1, 2, 1]);
  });
}

Deno.test("TaskRunner survives a backoff that cancels a task that ran out of time", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const ended = Promise.withResolvers<void>();
  const slow: TaskHandle<void> = runner.submit(
    task({ name: "slow", timeout: 10, retries: 1, retryOnTimeout: true, backoff: () => (slow.cancel(), 0) }, () => {
      return ended.promise;
    }),
  );
  const over = slow.exception();
  await pass(time, 10);
  assertInstanceOf(await over, TaskCancelledError);
  assertEquals(runner.statistics().abandoned, 1);
  ended.resolve();
  await pass(time, 0);
  assertEquals(runner.statistics().abandoned, 0);
});

Deno.test("TaskRunner continues when its logger throws", async () => {
  const logger = { debug: boom, info: boom, warn: boom, error: boom };
  await using runner = new TaskRunner({ onTaskError: "log", logger });
  const failed = runner.submit(boom);
  runner.submit(function dependent(_: unknown) {}, failed);
  const last = runner.submit(() => 1);
  const report = await runner.run();
  assertEquals([report.counts.failed, await last, await runner.submit(() => 2)], [2, 1, 2]);
});

Deno.test("a listener that submits a dedup key again starts new work", async () => {
  await using runner = new TaskRunner();
  let runs = 0;
  const poll = task({ name: "poll", dedupBy: () => "it" }, () => ++runs);
  const seen = new Set<unknown>();
  runner.addEventListener("completed", ({ handle }) => {
    assertEquals(runner.findActive("poll", "it"), undefined);
    seen.add(handle);
    if (runs < 3) runner.submit(poll);
  });
  runner.submit(poll);
  await runner.run();
  assertEquals([runs, seen.size], [3, 3]);
});

Deno.test("after() in a listener does not hide that a dependency failed", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const bad = runner.submit(boom);
  await bad.exception();
  const gate = runner.submit(() => {});
  await gate;
  runner.addEventListener("submitted", ({ handle }) => {
    if (handle.name === "use") handle.after(gate);
  });
  const use = runner.submit(function use(_: unknown) {}, bad);
  assertEquals([(await use.getResult()).status, use.attempts], ["failed", 0]);
});

Deno.test("TaskRunner.cancelAll() counts what it cancelled, whatever listeners submit", async () => {
  await using runner = new TaskRunner();
  const handles = [1, 2].map((x) => runner.submit(() => x));
  runner.addEventListener("cancelled", () => runner.submit(() => 3), { once: true });
  assertEquals(runner.cancelAll(), 2);
  assert(handles.every(({ status }) => status === "cancelled"));
  assertEquals((await runner.run()).counts.completed, 1);
});

Deno.test("a retried task cancels what its failed attempt submitted", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const children: TaskHandle<unknown>[] = [];
  const gate = Promise.withResolvers<void>();
  const parent = task({ name: "parent", retries: 1, backoff: "none" }, async () => {
    const child = runner.submit(() => gate.promise);
    children.push(child);
    if (children.length === 1) throw new Error("first attempt");
    gate.resolve();
    await child;
  });
  await runner.submit(parent);
  assertEquals(children.map(({ status }) => status), ["cancelled", "completed"]);
});

Deno.test("a body that blocked the event loop beyond its timeout loses its children too", async () => {
  using time = new FakeTime();
  await using runner = new TaskRunner({ onTaskError: "continue" });
  let child: TaskHandle<unknown> | undefined;
  const late = runner.submit(task({ name: "late", timeout: 20 }, () => {
    child = runner.submit(() => {});
    time.now += 40;
  }));
  await late.exception();
  assertEquals([late.status, child?.status], ["failed", "cancelled"]);
});

Deno.test("a deadlock is noticed whose last way out runs out of time", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  runner.enter();
  const self: TaskHandle<number> = runner.submit(async function waiting() {
    const never = task({ name: "never", timeout: 1 }, () => new Promise(() => {})).submit();
    return await task({ name: "h", onDepFailure: "run-anyway" }, () => 1).submit().after(never, self);
  });
  assertInstanceOf(await self.exception(), CycleError);
});

Deno.test("a deadlock is noticed that after() closes", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const gate = runner.submit(() => new Promise<void>(() => {}));
  const late = runner.submit(task({ name: "late", onDepFailure: "run-anyway" }, () => {})).after(gate);
  const waiting = runner.submit(() => late);
  const failed = waiting.exception();
  await turn();
  assertEquals(waiting.status, "running");
  late.after(waiting);
  gate.cancel();
  assertInstanceOf(await failed, CycleError);
});

Deno.test("TaskRunner.serve() ends when the runner's own signal is aborted", async () => {
  const controller = new AbortController();
  await using runner = new TaskRunner({ signal: controller.signal });
  const served = runner.serve();
  const handle = runner.submit(() => new Promise(() => {}));
  controller.abort("closing time");
  await served;
  assertEquals(handle.status, "cancelled");
  await runner.serve(); // at once
});

Deno.test("TaskRunner.run() and serve() refuse what is not an AbortSignal, and work after that", async () => {
  await using runner = new TaskRunner();
  const signal = {} as AbortSignal;
  await assertRejects(() => runner.run({ signal }), TypeError, "must be an AbortSignal");
  await assertRejects(() => runner.serve({ signal }), TypeError, "must be an AbortSignal");
  assert((await runner.run()).ok);
});

Deno.test("TaskRunner fails a task whose pool throws or rejects", async () => {
  const broken = (execute: Pool["execute"]): Pool => ({ maxWorkers: 1, execute, async [Symbol.asyncDispose]() {} });
  await using runner = new TaskRunner({
    onTaskError: "continue",
    pools: { throws: broken(boom), rejects: broken(() => Promise.reject(new Error("boom"))) },
  });
  for (const pool of ["throws", "rejects"]) {
    const work = task({ name: "work", pool }, () => {});
    for (let count = 0; count < 2; count++) {
      assertEquals(String(await runner.submit(work).exception()), "Error: boom");
    }
  }
});

Deno.test("after() may be given a dependency that is known already", async () => {
  await using runner = new TaskRunner();
  const first = runner.submit(() => 1);
  const second = runner.submit((x: number) => x + 1, first).after(first, first);
  assertEquals(second.dependsOn, [first]);
  assertEquals(await second, 2);
});

Deno.test("after() in a ready listener, with what has finished already, leaves the task ready", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const bad = runner.submit(boom);
  await bad.exception();
  let readied = 0;
  runner.addEventListener("ready", ({ handle }) => {
    readied++;
    handle.after(bad);
  });
  const anyway = runner.submit(task({ name: "anyway", onDepFailure: "run-anyway" }, () => "ran"));
  const strict = runner.submit(task({ name: "strict" }, () => "ran"));
  assertEquals([await anyway, readied], ["ran", 2]);
  assertEquals([strict.status, strict.attempts], ["failed", 0]);
  assertEquals(runner.statistics().pools["async"]?.queued, 0);
});
