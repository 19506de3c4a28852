import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  currentTask,
  CycleError,
  type OnTaskError,
  RunReport,
  TaskCancelledError,
  type TaskEventType,
  type TaskHandle,
  TaskRunner,
  TaskTimeoutError,
} from "../../mod.ts";
import { countsOf, Monitor, type Work } from "./monitor.ts";
import { turn } from "../support.ts";
import { type Interference, type Plan, plan, slotsOf, submitPlan } from "./plan.ts";

/** What a caller does to a task, or to all of them. */
type Deed =
  | { readonly kind: "cancel"; readonly target: number; readonly reason: string | undefined }
  | { readonly kind: "cancelAll" }
  | { readonly kind: "abortShared" }
  | { readonly kind: "abortRun" }
  | { readonly kind: "after"; readonly target: number; readonly on: number };

/** When it is done: by a listener, by a body, or before the run. */
interface Trouble {
  readonly when: TaskEventType | "body" | "before";
  readonly of: number;
  readonly deed: Deed;
}

/** An attempt that takes as long as it may, or waits for another task's handle. */
interface Slow {
  readonly task: number;
  readonly timeout: number;
  readonly retryOnTimeout: boolean;
  /** How many of its attempts run out of time. */
  readonly attempts: number;
  readonly awaits: number | undefined;
}

interface Scenario {
  readonly plan: Plan;
  readonly onTaskError: OnTaskError;
  readonly troubles: readonly Trouble[];
  readonly slow: readonly Slow[];
  /** Tasks that share a signal. */
  readonly shared: readonly number[];
}

const target = fc.nat(40);
const cancel = fc.record({
  kind: fc.constant("cancel" as const),
  target,
  reason: fc.constantFrom(undefined, "because"),
});
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { arbitrary: cancel, weight: 6 },
  { arbitrary: fc.record({ kind: fc.constant("after" as const), target, on: target }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constantFrom("cancelAll" as const, "abortRun" as const) }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("abortShared" as const) }), weight: 1 },
);
const scenario: fc.Arbitrary<Scenario> = fc.record({
  plan,
  onTaskError: fc.constantFrom<OnTaskError[]>("raise", "log", "continue"),
  troubles: fc.array(
    fc.record({
      when: fc.constantFrom<Trouble["when"][]>(
        "ready",
        "running",
        "running",
        "retrying",
        "completed",
        "failed",
        "cancelled",
        "skipped",
        "body",
        "body",
        "before",
      ),
      of: target,
      deed,
    }),
    { maxLength: 6 },
  ),
  slow: fc.array(
    fc.record({
      task: target,
      timeout: fc.integer({ min: 1, max: 3 }),
      retryOnTimeout: fc.boolean(),
      attempts: fc.nat(2),
      awaits: fc.option(target, { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
  shared: fc.array(target, { maxLength: 4 }),
});

/** Brings a scenario about on one runner. */
class Mischief implements Interference {
  readonly unexpected: unknown[] = [];
  readonly run = new AbortController();
  readonly #shared = new AbortController();
  readonly #runner: TaskRunner;
  readonly #scenario: Scenario;
  readonly #size: number;
  handles: readonly TaskHandle<number>[] = [];

  constructor(runner: TaskRunner, scenario: Scenario) {
    this.#runner = runner;
    this.#scenario = scenario;
    this.#size = scenario.plan.tasks.length;
    for (const type of new Set(scenario.troubles.map(({ when }) => when))) {
      if (type === "body" || type === "before") continue;
      runner.addEventListener(type, ({ handle }) => {
        const index = this.handles.indexOf(handle as TaskHandle<number>);
        if (index >= 0) this.#make(type, index);
      });
    }
  }

  before(): void {
    for (let index = 0; index < this.#size; index++) this.#make("before", index);
  }

  options(index: number): ReturnType<Interference["options"]> {
    const slow = this.#slow(index);
    return {
      ...(slow !== undefined && { timeout: slow.timeout, retryOnTimeout: slow.retryOnTimeout }),
      ...(this.#scenario.shared.some((each) => each % this.#size === index) && { signal: this.#shared.signal }),
    };
  }

  during(index: number, attempt: number, work: Work): Promise<void> | undefined {
    this.#make("body", index);
    const slow = this.#slow(index);
    return slow === undefined ? undefined : this.#dawdle(slow, attempt, work);
  }

  async #dawdle({ attempts, awaits }: Slow, attempt: number, work: Work): Promise<void> {
    const { signal } = currentTask()!;
    if (awaits !== undefined) {
      await work.pause(() => this.handles[awaits % this.#size]!.result({ signal })).catch(() => {});
    }
    if (attempt > attempts) return;
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => aborted.resolve());
    if (!signal.aborted) await aborted.promise;
    await turn();
    signal.throwIfAborted();
  }

  #slow(index: number): Slow | undefined {
    return this.#scenario.slow.find(({ task }) => task % this.#size === index);
  }

  #make(when: Trouble["when"], index: number): void {
    for (const trouble of this.#scenario.troubles) {
      if (trouble.when === when && trouble.of % this.#size === index) this.#do(trouble.deed);
    }
  }

  #do(it: Deed): void {
    switch (it.kind) {
      case "cancel":
        this.handles[it.target % this.#size]!.cancel(it.reason);
        break;
      case "cancelAll":
        this.#runner.cancelAll("all of it");
        break;
      case "abortShared":
        this.#shared.abort();
        break;
      case "abortRun":
        this.run.abort(new Error("the run was aborted"));
        break;
      case "after":
        this.#after(this.handles[it.target % this.#size]!, this.handles[it.on % this.#size]!);
    }
  }

  #after(handle: TaskHandle<number>, on: TaskHandle<number>): void {
    const { status, attempts } = handle;
    const mayHaveStarted = !(status === "pending" || status === "ready") || attempts > 0;
    try {
      handle.after(on);
    } catch (error) {
      if (!(error instanceof CycleError) && !mayHaveStarted) this.unexpected.push(error);
    }
  }
}

function assertError(handle: TaskHandle<unknown>): void {
  const { status, error, value, attempts } = handle.peek()!;
  if (status === "cancelled") assert(error instanceof TaskCancelledError, `${handle.id}: ${error}`);
  if (status === "completed") assertEquals(error, undefined);
  else assertEquals(value, undefined);
  if (status === "skipped") assertEquals(attempts, 0);
  if (error instanceof TaskTimeoutError) assertEquals(status, "failed");
}

Deno.test("TaskRunner keeps its invariants whatever is cancelled, late or waits, and whichever task causes it", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (it) => {
      const ignore = () => {};
      await using runner = new TaskRunner({
        maxWorkers: it.plan.maxWorkers,
        pools: Object.fromEntries(it.plan.pools.map((maxWorkers, index) => [`pool-${index}`, { maxWorkers }])),
        onTaskError: it.onTaskError,
        logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      });
      const monitor = new Monitor(runner, slotsOf(it.plan));
      const mischief = new Mischief(runner, it);
      const handles = mischief.handles = submitPlan(runner, monitor, it.plan, mischief);
      mischief.before();
      const outcome = await runner.run({ signal: mischief.run.signal }).catch((error: unknown) => ({ error }));
      for (const handle of runner.handles()) assert(handle.done, `${handle.id} is ${handle.status} after run()`);
      await monitor.untilQuiet();
      monitor.check();
      assertEquals(mischief.unexpected, []);
      for (const handle of monitor.handles) assertError(handle);
      if (outcome instanceof RunReport) {
        const { pending, ready, running, retrying, ...over } = outcome.counts;
        assertEquals({ pending, ready, running, retrying }, { pending: 0, ready: 0, running: 0, retrying: 0 });
        // A body that ignores its signal may submit more when the run has finished; that is not part of it.
        const reported = monitor.handles.filter(({ id }) => outcome.byId(id) !== undefined);
        assertEquals(over, countsOf(reported));
        for (const { id } of handles) assert(outcome.byId(id) !== undefined, `${id} is missing in the report`);
        assert(!mischief.run.signal.aborted, "run() resolved although its signal was aborted");
      } else {
        assert(mischief.run.signal.aborted || monitor.failedFirst.length > 0, `run() rejected: ${outcome.error}`);
      }
      // The runner is as good as new.
      const again = handles.length;
      assertEquals(await runner.submit(() => again), again);
      monitor.check();
    }),
    { numRuns: 300 },
  );
});
