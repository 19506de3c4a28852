import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import {
  TaskCancelledError,
  type TaskHandle,
  type TaskRunner,
  type TaskStatus,
  TaskTimeoutError,
  WorkerLostError,
} from "../../mod.ts";
import { flaky, hangs, PaymentError, spin, throws, waits } from "./conformance/tasks.ts";
import { crashes, crashesAtFirst, loops } from "./hostile_tasks.ts";
import { quietRunner, WORKERS } from "./support.ts";
import { until } from "../support.ts";

type WorkerBackend = typeof WORKERS[number];

/** What a task does, and how it must end. */
interface Kind {
  submit(runner: TaskRunner, backend: WorkerBackend): TaskHandle<unknown>;
  readonly status: TaskStatus;
  readonly attempts: number;
  isRight(result: { readonly value: unknown; readonly error: unknown }): boolean;
}

const again = { retries: 2, backoff: "none" } as const;

const KINDS: Readonly<Record<string, Kind>> = {
  quick: {
    submit: (runner, backend) => runner.submit(spin.with({ backend }), 0),
    status: "completed",
    attempts: 1,
    isRight: ({ value }) => value === 0,
  },
  slow: {
    submit: (runner, backend) => runner.submit(spin.with({ backend }), 15),
    status: "completed",
    attempts: 1,
    isRight: ({ value }) => value === 15,
  },
  waiting: {
    submit: (runner, backend) => runner.submit(waits.with({ backend, timeout: "1m" }), 10),
    status: "completed",
    attempts: 1,
    isRight: ({ value }) => value === 10,
  },
  failing: {
    submit: (runner, backend) => runner.submit(throws.with({ backend }), "quota"),
    status: "failed",
    attempts: 1,
    isRight: ({ error }) => (error as Error).message === "used up",
  },
  flaky: {
    submit: (runner, backend) =>
      runner.submit(flaky.with({ backend, retryOn: (e) => (e as Error).name === PaymentError.name }), 1),
    status: "completed",
    attempts: 2,
    isRight: ({ value }) => value === 2,
  },
  looping: {
    submit: (runner, backend) => runner.submit(loops.with({ backend, timeout: 40 })),
    status: "failed",
    attempts: 1,
    isRight: ({ error }) => error instanceof TaskTimeoutError,
  },
  hanging: {
    submit: (runner, backend) => runner.submit(hangs.with({ backend, timeout: 40 })),
    status: "failed",
    attempts: 1,
    isRight: ({ error }) => error instanceof TaskTimeoutError,
  },
  crashing: {
    submit: (runner, backend) => runner.submit(crashes.with({ backend }), "Deno.exit(7)"),
    status: "failed",
    attempts: 1,
    isRight: ({ error }) => error instanceof WorkerLostError,
  },
  recovering: {
    submit: (runner, backend) => runner.submit(crashesAtFirst.with({ backend, ...again }), 1, "process.exit(8)"),
    status: "completed",
    attempts: 2,
    isRight: ({ value }) => value === 2,
  },
};

/** A task of a plan; a cancelled one waits without end until it is cancelled, that long after the start. */
type Step = { readonly kind: keyof typeof KINDS } | { readonly kind: "cancelled"; readonly afterMs: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constantFrom("quick", "quick", "quick", "slow", "waiting", "failing", "flaky") }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("looping", "hanging", "crashing", "recovering") }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancelled" as const), afterMs: fc.nat(120) }) },
);

const steps = fc.array(step, { minLength: 45, maxLength: 45, size: "max" });

const TERMINAL = ["completed", "failed", "cancelled", "skipped"] as const;

for (const backend of WORKERS) {
  Deno.test(`Every task of a random mix on a ${backend} ends once, as it should`, async () => {
    const property = fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (plan, maxWorkers) => {
      await using runner = quietRunner({ maxWorkers });
      const ends = new Map<TaskHandle<unknown>, TaskStatus[]>();
      for (const type of TERMINAL) {
        runner.addEventListener(type, ({ handle }) => ends.set(handle, [...(ends.get(handle) ?? []), type]));
      }
      const timers: ReturnType<typeof setTimeout>[] = [];
      const handles = plan.map((each) => {
        if (!("afterMs" in each)) return KINDS[each.kind]!.submit(runner, backend);
        const handle = runner.submit(hangs.with({ backend }));
        timers.push(setTimeout(() => handle.cancel("not needed"), each.afterMs));
        return handle;
      });
      const report = await runner.run();
      for (const timer of timers) clearTimeout(timer);
      for (const [index, handle] of handles.entries()) {
        const each = plan[index]!;
        const result = handle.peek()!;
        assert(result !== undefined, `${handle.id} is ${handle.status} after run()`);
        assertEquals(ends.get(handle), [result.status], `${handle.id} ended more than once`);
        if ("afterMs" in each) {
          assertEquals([each.kind, result.status], [each.kind, "cancelled"]);
          assertInstanceOf(result.error, TaskCancelledError);
          continue;
        }
        const { status, attempts, isRight } = KINDS[each.kind]!;
        const said = `${each.kind}, ${handle.explain()}`;
        assertEquals([said, result.status, result.attempts], [said, status, attempts]);
        assert(isRight({ value: result.value, error: result.error }), said);
      }
      assertEquals(report.results.length, plan.length);
      await until("all bodies have ended", () => runner.statistics().abandoned === 0);
      const { pools, quarantined } = runner.statistics();
      assertEquals([pools[backend]!.busy, pools[backend]!.queued, quarantined], [0, 0, 0]);
    });
    await fc.assert(property, { numRuns: 2, endOnFailure: true });
  });
}
