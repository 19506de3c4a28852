import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import {
  DependencyFailedError,
  type OnTaskError,
  RetryExhaustedError,
  RunReport,
  type TaskHandle,
  TaskRunner,
} from "../../mod.ts";
import { expectationOf, type Expected } from "./model.ts";
import { countsOf, Monitor } from "./monitor.ts";
import { type Plan, plan, slotsOf, submissionOrder, submitPlan } from "./plan.ts";

interface Ran {
  readonly handles: TaskHandle<number>[];
  readonly monitor: Monitor;
  readonly outcome: RunReport | { readonly thrown: unknown };
  readonly logged: unknown[];
}

/** Runs a plan to its end and checks what must hold in any case. */
async function run(the: Plan, onTaskError: OnTaskError): Promise<Ran> {
  const logged: unknown[] = [];
  const log = (...data: unknown[]) => void logged.push(data);
  const pools = Object.fromEntries(the.pools.map((maxWorkers, index) => [`pool-${index}`, { maxWorkers }]));
  await using runner = new TaskRunner({
    maxWorkers: the.maxWorkers,
    pools,
    onTaskError,
    logger: { debug() {}, info: log, warn: log, error: log },
  });
  const monitor = new Monitor(runner, slotsOf(the));
  const handles = submitPlan(runner, monitor, the);
  const outcome = await runner.run().catch((thrown: unknown) => ({ thrown }));
  for (const handle of runner.handles()) assert(handle.done, `${handle.id} is ${handle.status} after run()`);
  await monitor.untilQuiet();
  monitor.check();
  return { handles, monitor, outcome, logged };
}

function assertOutcome(handle: TaskHandle<number>, expected: Expected): void {
  const { id, status, attempts, value, error } = handle.peek()!;
  assertEquals({ id, status, attempts, value }, {
    id,
    status: expected.status,
    attempts: expected.attempts,
    value: expected.value,
  });
  const index = handle.name.slice("task-".length);
  if (expected.error === "none") assertStrictEquals(error, undefined);
  if (expected.error === "dependency") assert(error instanceof DependencyFailedError);
  if (expected.error === "exhausted") {
    assert(error instanceof RetryExhaustedError);
    assertEquals(error.attempts, expected.attempts);
    assertEquals((error.cause as Error).message, `error of ${index}`);
  }
  if (expected.error !== "own") return;
  if (error instanceof Error) assertEquals(error.message, `error of ${index}`);
  else assertEquals(error, `thrown by ${index}`);
}

Deno.test("TaskRunner.run() ends every task of a random workflow as the reference model says", async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.constantFrom<OnTaskError[]>("log", "continue"), async (the, onTaskError) => {
      const { handles, monitor, outcome, logged } = await run(the, onTaskError);
      const expected = expectationOf(the);
      for (const [index, handle] of handles.entries()) assertOutcome(handle, expected.tasks[index]!);
      assert(outcome instanceof RunReport);
      assertEquals(countsOf(monitor.handles), { ...expected.counts, cancelled: 0 });
      const { completed, failed, cancelled, skipped, ...others } = outcome.counts;
      assertEquals({ completed, failed, cancelled, skipped }, { ...expected.counts, cancelled: 0 });
      assertEquals(others, { pending: 0, ready: 0, running: 0, retrying: 0 });
      assertEquals(outcome.ok, failed + skipped === 0);
      assertEquals(outcome.results.map(({ id }) => id), monitor.handles.map(({ id }) => id));
      assertEquals(
        outcome.results.slice(0, handles.length).map(({ id }) => id),
        submissionOrder(the).map((index) => handles[index]!.id),
      );
      assertEquals(logged.length, onTaskError === "log" ? failed : 0);
    }),
    { numRuns: 250 },
  );
});

Deno.test("TaskRunner.run() of a random workflow rejects with the first failing task's own error", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (the) => {
      const { handles, monitor, outcome } = await run(the, "raise");
      const expected = expectationOf(the);
      if (expected.counts.failed === 0) {
        assert(outcome instanceof RunReport);
        for (const [index, handle] of handles.entries()) assertOutcome(handle, expected.tasks[index]!);
        return;
      }
      assert(!(outcome instanceof RunReport), "run() resolved although a task must have failed");
      const [first] = monitor.failedFirst;
      assertStrictEquals(outcome.thrown, first!.error);
      assert(!(outcome.thrown instanceof DependencyFailedError), "run() rejected with a consequence and not the cause");
      // Everything that had not finished by then was cancelled, and nothing ended otherwise than it would have.
      for (const [index, handle] of handles.entries()) {
        if (handle.status !== "cancelled") assertOutcome(handle, expected.tasks[index]!);
      }
    }),
    { numRuns: 200 },
  );
});
