import { assert } from "@std/assert";
import fc from "fast-check";
import { task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { ThrottleWindow } from "../../src/engine/limits/throttle_window.ts";
import { turn } from "../support.ts";
import { assertAtRest } from "./support.ts";
import { mostWithin, onVirtualTime, untilSettled } from "./virtual_time.ts";

const programs = fc.record({
  limit: fc.integer({ min: 1, max: 5 }),
  period: fc.integer({ min: 10, max: 1_000 }),
  burst: fc.nat(4),
  maxWorkers: fc.integer({ min: 1, max: 4 }),
  tasks: fc.array(
    fc.record({ key: fc.constantFrom("a", "b", "c"), workMs: fc.nat(200), fails: fc.boolean(), at: fc.nat(500) }),
    { minLength: 1, maxLength: 15 },
  ),
});

Deno.test("never more attempts start within any period than the limit of their key, and nothing waits that could run", () =>
  fc.assert(
    fc.asyncProperty(programs, ({ limit, period, burst, maxWorkers, tasks }) =>
      onVirtualTime(async (time) => {
        await using runner = new TaskRunner({ maxWorkers, onTaskError: "continue" });
        const starts: { readonly key: string; readonly at: number }[] = [];
        let atWork = 0;
        const throttle = {
          limit,
          period,
          burst: Math.min(burst + 1, limit),
          key: ({ key }: { readonly key: string }) => key,
        };
        const call = task(
          { name: "call", throttle, retries: 1, backoff: "none" },
          async ({ key, workMs, fails }: (typeof tasks)[number]) => {
            starts.push({ key, at: time.now });
            atWork++;
            if (workMs > 0) await new Promise((resolve) => setTimeout(resolve, workMs));
            atWork--;
            if (fails) throw new Error("as planned");
          },
        );
        const served = runner.serve();
        const handles = tasks.map((each) => ({ each, handle: undefined as TaskHandle<void> | undefined }));
        for (const entry of handles) {
          setTimeout(() => entry.handle = runner.submit(call, entry.each), entry.each.at);
        }
        while (handles.some(({ handle }) => handle?.done !== true)) {
          for (let turns = 0; turns < 3; turns++) await turn();
          // Nothing waits while there is a slot, and its key has had no start that would forbid it.
          for (const { handle, each: { key } } of handles) {
            if (handle?.status !== "ready" || atWork >= maxWorkers) continue;
            const window = new ThrottleWindow({ limit, period, burst: throttle.burst });
            for (const { at } of starts.filter((each) => each.key === key)) {
              window.admit(at, false);
              window.started(at);
            }
            assert(!window.isOpen(time.now), `${key} waits at ${time.now}`);
          }
          await time.nextAsync();
        }
        for (const key of ["a", "b", "c"]) {
          const times = starts.filter((each) => each.key === key).map(({ at }) => at);
          assert(mostWithin(times, period) <= limit, `${key}: ${times}`);
        }
        await untilSettled(time, runner.stop());
        await served;
        assertAtRest(runner);
      })),
    { numRuns: 60 },
  ));
