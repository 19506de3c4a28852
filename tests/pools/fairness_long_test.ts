import { assertEquals } from "@std/assert";
import { spinUntil, waits, waitUntil } from "./conformance/tasks.ts";
import { tempFolder, until } from "../support.ts";
import { quietRunner, WORKERS } from "./support.ts";

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
      await using folder = await tempFolder();
      const end = folder.file("end");
      await Promise.all(Array.from({ length: workers }, () => runner.submit(waits.with({ backend }), 20)));
      const body = spinUntil.with({ backend });
      const handles = Array.from(
        { length: 400 + long.length },
        (_, index) => runner.submit(body, long.includes(index) ? end : ""),
      );
      const quick = handles.filter((_, index) => !long.includes(index));
      for (const handle of handles) void handle.getResult();
      // The long ones do not end before that.
      await until("all quick ones have completed", () => quick.every(({ done }) => done));
      assertEquals(long.map((index) => handles[index]!.done), long.map(() => false));
      Deno.writeTextFileSync(end, "");
      await runner.run();
      const lost = handles.filter(({ status, attempts }) => status !== "completed" || attempts !== 1);
      assertEquals(lost.map((handle) => handle.explain()), []);
    });
  }

  Deno.test(`Quick tasks on a ${backend} do not wait for one that awaits something slow`, async () => {
    await using runner = quietRunner({ maxWorkers: 2 });
    await using folder = await tempFolder();
    const end = folder.file("end");
    await Promise.all([1, 2].map(() => runner.submit(waits.with({ backend }), 20)));
    const body = waitUntil.with({ backend });
    const handles = Array.from({ length: 61 }, (_, index) => runner.submit(body, index === 30 ? end : ""));
    const [long] = handles.splice(30, 1);
    void long!.getResult();
    assertEquals(await Promise.all(handles), handles.map(() => ""));
    assertEquals(long!.done, false);
    Deno.writeTextFileSync(end, "");
    assertEquals([await long, long!.attempts], [end, 1]);
  });
}
