import { assert, assertEquals } from "@std/assert";
import type { TaskHandle } from "../../mod.ts";
import { spin, waits } from "./conformance/tasks.ts";
import { quietRunner, WORKERS } from "./support.ts";

/** What the issue promises for the quick ones. */
const LIMIT_MS = 500;

const LONG_MS = 650;

/** Long tasks at their places among 400 quick ones. */
const MIXES: readonly { readonly name: string; readonly workers: number; readonly long: readonly number[] }[] = [
  { name: "a long task among them", workers: 2, long: [200] },
  { name: "two long tasks apart", workers: 3, long: [1, 330] },
  { name: "a long task after them in the only worker", workers: 1, long: [400] },
];

for (const backend of WORKERS) {
  for (const { name, workers, long } of MIXES) {
    Deno.test(`Quick tasks on a ${backend} do not wait for a long one of the same task: ${name}`, async () => {
      await using runner = quietRunner({ maxWorkers: workers });
      await Promise.all(Array.from({ length: workers }, () => runner.submit(waits.with({ backend }), 20)));
      const body = spin.with({ backend });
      const doneAt = new Map<TaskHandle<unknown>, number>();
      runner.addEventListener("completed", ({ handle }) => doneAt.set(handle, performance.now()));
      const start = performance.now();
      const handles = Array.from(
        { length: 400 + long.length },
        (_, index) => runner.submit(body, long.includes(index) ? LONG_MS : 0),
      );
      await runner.run();
      const lost = handles.filter(({ status, attempts }) => status !== "completed" || attempts !== 1);
      assertEquals(lost.map((handle) => handle.explain()), []);
      const took = (handle: TaskHandle<unknown>) => doneAt.get(handle)! - start;
      const quick = handles.filter((_, index) => !long.includes(index));
      const slowest = Math.max(...quick.map(took));
      assert(slowest < LIMIT_MS, `the slowest of the quick ones took ${slowest} ms`);
      for (const index of long) assert(took(handles[index]!) >= LONG_MS * 0.99, "a long one was not that long");
    });
  }

  Deno.test(`Quick tasks on a ${backend} do not wait for one that awaits something slow`, async () => {
    await using runner = quietRunner({ maxWorkers: 2 });
    const body = waits.with({ backend });
    await Promise.all([runner.submit(body, 20), runner.submit(body, 20)]);
    const start = performance.now();
    const handles = Array.from({ length: 61 }, (_, index) => runner.submit(body, index === 30 ? LONG_MS : 0));
    const long = handles.splice(30, 1)[0]!;
    await Promise.all(handles);
    const took = performance.now() - start;
    assert(took < LIMIT_MS, `they took ${took} ms`);
    assertEquals(long.done, false);
    long.cancel();
  });
}
