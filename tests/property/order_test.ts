import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { turn } from "../support.ts";

interface Queued {
  readonly priority: number;
  readonly edges: readonly number[];
  readonly failures: number;
  readonly isAsync: boolean;
}

const queued: fc.Arbitrary<Queued> = fc.record({
  priority: fc.integer({ min: -2, max: 2 }),
  edges: fc.oneof(fc.constant([]), fc.array(fc.nat(30), { maxLength: 3 })),
  failures: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, {
    arbitrary: fc.integer({ min: 1, max: 2 }),
    weight: 1,
  }),
  isAsync: fc.boolean(),
});

function dependenciesOf({ edges }: Queued, index: number): number[] {
  return index === 0 ? [] : edges.map((edge) => edge % index);
}

/** The order of starts on one slot: of the ready tasks always the one of the highest priority, then the oldest. */
function expectedOrder(tasks: readonly Queued[]): number[] {
  const left = tasks.map(({ failures }) => failures + 1);
  const order: number[] = [];
  while (true) {
    const ready = [...tasks.keys()].filter((index) =>
      left[index]! > 0 && dependenciesOf(tasks[index]!, index).every((on) => left[on] === 0)
    );
    ready.sort((a, b) => tasks[b]!.priority - tasks[a]!.priority || a - b);
    const [next] = ready;
    if (next === undefined) return order;
    left[next]!--;
    order.push(next);
  }
}

Deno.test("TaskRunner starts ready tasks on one slot by priority, then in the order of submission", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(queued, { maxLength: 30, size: "max" }), fc.boolean(), async (tasks, isLate) => {
      await using runner = new TaskRunner({ maxWorkers: 1 });
      const order: number[] = [];
      const handles: TaskHandle<void>[] = [];
      const submitAll = () => {
        for (const [index, it] of tasks.entries()) {
          let failures = 0;
          const finish = () => {
            if (failures++ < it.failures) throw new Error("once more");
          };
          const options = {
            name: `task-${index}`,
            priority: it.priority,
            retries: it.failures,
            backoff: "none",
          } as const;
          const one = task(options, (): void | Promise<void> => {
            order.push(index);
            return it.isAsync ? turn().then(finish) : finish();
          });
          const dependsOn = dependenciesOf(it, index).map((on) => handles[on]!);
          handles.push(one.with({ dependsOn, runner }).submit());
        }
      };
      // Either before anything runs, or all at once by the task that has the slot.
      if (isLate) runner.submit(submitAll);
      else submitAll();
      await runner.run();
      assertEquals(order, expectedOrder(tasks));
    }),
    { numRuns: 300 },
  );
});
