import { assertEquals } from "@std/assert";
import { waits } from "./conformance/tasks.ts";
import { quietRunner, WORKERS } from "./support.ts";
import { spinsUntil } from "./tricky_tasks.ts";
import { assertWithin, tempFolder } from "../support.ts";

/** What the issue promises for the quick ones. */
const LIMIT_MS = 500;

/** Longer than the quick ones may take on a machine that is busy. */
const LONG_MS = 3_000;

/** Long tasks at their places among 400 quick ones. */
const MIXES: readonly { readonly name: string; readonly workers: number; readonly long: readonly number[] }[] = [
  { name: "a long task among them", workers: 2, long: [200] },
  { name: "two long tasks apart", workers: 3, long: [1, 330] },
  { name: "a long task after them in the only worker", workers: 1, long: [400] },
];

for (const backend of WORKERS) {
  for (const { name, workers, long } of MIXES) {
    Deno.test(`Quick tasks on a ${backend} do not wait for a long one of the same task: ${name}`, async () => {
      await assertWithin(LIMIT_MS, async () => {
        await using runner = quietRunner({ maxWorkers: workers });
        await using folder = await tempFolder();
        await Promise.all(Array.from({ length: workers }, () => runner.submit(waits.with({ backend }), 20)));
        const body = spinsUntil.with({ backend });
        const start = performance.now();
        const handles = Array.from(
          { length: 400 + long.length },
          (_, index) => runner.submit(body, long.includes(index) ? folder.file("end") : ""),
        );
        const quick = handles.filter((_, index) => !long.includes(index));
        await Promise.all(quick);
        const took = performance.now() - start;
        // Whatever the machine is busy with: the long ones cannot have ended before.
        assertEquals(long.map((index) => handles[index]!.done), long.map(() => false));
        Deno.writeTextFileSync(folder.file("end"), "");
        await Promise.all(handles);
        const lost = handles.filter(({ status, attempts }) => status !== "completed" || attempts !== 1);
        assertEquals(lost.map((handle) => handle.explain()), []);
        return took;
      });
    });
  }

  Deno.test(`Quick tasks on a ${backend} do not wait for one that awaits something slow`, async () => {
    await using runner = quietRunner({ maxWorkers: 2 });
    const body = waits.with({ backend });
    await Promise.all([runner.submit(body, 20), runner.submit(body, 20)]);
    await assertWithin(LIMIT_MS, async () => {
      const start = performance.now();
      const handles = Array.from({ length: 61 }, (_, index) => runner.submit(body, index === 30 ? LONG_MS : 0));
      const long = handles.splice(30, 1)[0]!;
      await Promise.all(handles);
      const took = performance.now() - start;
      assertEquals(long.done, false);
      long.cancel();
      return took;
    });
  });
}
