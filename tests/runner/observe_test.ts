import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { currentTask, type Observer, RunEndedEvent, task, type TaskAttempt, TaskRunner } from "../../mod.ts";
import { TestEnvironment } from "../../src/testing/test_environment.ts";
import { recordingLogger } from "../support.ts";

/** Notes what an observer is told, in a few words. */
function notes(): { seen: string[]; observer: Observer } {
  const seen: string[] = [];
  const observer: Observer = {
    status: ({ name }, from, to) => void seen.push(`${name}: ${from ?? "new"} → ${to}`),
    attempt: ({ name }, { number, status }) => void seen.push(`${name}: attempt ${number} ${status}`),
    progress: ({ name, progress }) => void seen.push(`${name}: at ${progress}`),
    log: ({ name }, { level, text }) => void seen.push(`${name}: ${level} ${text}`),
    run: ({ kind, mode }) => void seen.push(`${mode} ${kind}`),
  };
  return { seen, observer };
}

Deno.test("an observer is notified of statuses, attempts, progress, logs and runs, in order", async () => {
  await using runner = new TaskRunner({ logger: recordingLogger() });
  const { seen, observer } = notes();
  using _ = runner.observe(observer);
  const load = task({ name: "load", retries: 1, backoffBase: 0 }, () => {
    const { attempt, progress, log } = currentTask()!;
    if (attempt === 1) throw new Error("no answer");
    progress.call(currentTask(), 0.5);
    log.warn("slow", 3);
    return 42;
  });
  runner.submit(load);
  await runner.run();
  assertEquals(seen, [
    "load: new → pending",
    "load: pending → ready",
    "run started",
    "load: ready → running",
    "load: attempt 1 running",
    "load: attempt 1 failed",
    "load: running → retrying",
    "load: retrying → ready",
    "load: ready → running",
    "load: attempt 2 running",
    "load: at 0.5",
    "load: warn slow 3",
    "load: attempt 2 completed",
    "load: running → completed",
    "run ended",
  ]);
});

Deno.test("an observer that was disposed of is told nothing more, and one that comes later what follows", async () => {
  await using runner = new TaskRunner();
  const { seen, observer } = notes();
  const first = runner.observe(observer);
  const handle = runner.submit(task({ name: "load" }, () => {}));
  first[Symbol.dispose]();
  runner.observe({ status: (_, from, to) => void seen.push(`late: ${from} → ${to}`) });
  await handle;
  assertEquals(seen, [
    "load: new → pending",
    "load: pending → ready",
    "late: ready → running",
    "late: running → completed",
  ]);
});

Deno.test("an attempt that is cancelled, times out or is too late for the deadline has ended with that error", async () => {
  const test = new TestEnvironment(); // on a busy machine, a deadline may pass before the attempt starts
  await using runner = test.runner({ onTaskError: "continue", maxWorkers: 3 });
  const ends: TaskAttempt[] = [];
  runner.observe({
    attempt(_, attempt) {
      if (attempt.status !== "running") ends.push(attempt);
    },
  });
  const wait = task({ name: "wait" }, () => {});
  test.hangAttempts(wait, () => true);
  const cancelled = runner.submit(wait);
  const late = [wait.with({ timeout: "1m" }), wait.with({ deadline: "2m" })].map((each) => runner.submit(each));
  test.after("1s", () => cancelled.cancel("not needed"));
  await runner.run();
  assertEquals(ends.map(({ status }) => status).toSorted(), ["cancelled", "failed", "failed"]);
  for (const handle of [cancelled, ...late]) {
    assert(ends.some(({ error }) => error === handle.peek()!.error), handle.id);
  }
  for (const { startedAt, finishedAt } of ends) assert(finishedAt! >= startedAt);
});

Deno.test("an observer of attempts may cancel a task as its attempt starts, and as it ends", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  let calls = 0;
  const load = task({ name: "load", retries: 3, backoffBase: 0 }, (fails: boolean) => {
    calls++;
    if (fails) throw new Error("no");
  });
  runner.observe({
    attempt(handle, { status }) {
      if (handle === early ? status === "running" : status !== "running") handle.cancel("by an observer");
    },
  });
  const early = runner.submit(load, false);
  const late = [runner.submit(load, false), runner.submit(load, true)];
  const report = await runner.run();
  assertEquals([report.counts.cancelled, calls, early.status], [3, 2, "cancelled"]);
  assertEquals(late.map(({ status }) => status), ["cancelled", "cancelled"]);
});

Deno.test("an observer that throws in each callback harms nothing, and is logged", async () => {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger });
  const broken = () => {
    throw new Error("of the observer");
  };
  runner.observe({ status: broken, attempt: broken, log: broken, progress: broken, run: broken, around: broken });
  const load = task({ name: "load" }, () => {
    currentTask()!.progress(0.5);
    currentTask()!.log("hello");
    return 42;
  });
  const handle = runner.submit(load);
  await runner.run();
  assertEquals(await handle, 42);
  const lines = logger.lines.map(({ data: [first] }) => String(first));
  assert(lines.includes("An observer's status() failed:"), lines.join("\n"));
  assert(lines.includes("An observer's log() failed:"));
  assert(lines.includes("[load#1]"), "what no observer shows is logged");
});

Deno.test("a line that an observer shows is not logged", async () => {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger });
  const shown: string[] = [];
  runner.observe({ log: (_, { text }) => (shown.push(text), true) });
  await runner.submit(() => currentTask()!.log("hello"));
  assertEquals([shown, logger.lines], [["hello"], []]);
});

Deno.test("the run event has the report, also if the run rejects, and the observer the error of a serve()", async () => {
  await using runner = new TaskRunner();
  const reports: unknown[] = [];
  const events: RunEndedEvent[] = [];
  runner.observe({ run: ({ kind, report }) => void (kind === "ended" && reports.push(report)) });
  runner.addEventListener("run", (event) => events.push(event));
  const report = await runner.run();
  runner.submit(task({ name: "fail" }, () => {
    throw new Error("no");
  }));
  const error = await assertRejects(() => runner.run());
  assertStrictEquals(reports[0], report);
  assertEquals(events.map(({ type, report, error }) => [type, report, error]), [
    ["run", reports[0], undefined],
    ["run", reports[1], error],
  ]);
  assertInstanceOf(events[1], RunEndedEvent);
  assertEquals(events[1].report.counts.failed, 1);
});

Deno.test("the status event covers all statuses", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const seen: string[] = [];
  runner.addEventListener("status", ({ type, from, status }) => seen.push(`${type}: ${from ?? "new"} → ${status}`));
  const first = runner.submit(task({ name: "first" }, () => {
    throw new Error("no");
  }));
  await first.exception();
  assertEquals(seen, [
    "status: new → pending",
    "status: pending → ready",
    "status: ready → running",
    "status: running → failed",
  ]);
});
