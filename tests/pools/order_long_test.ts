import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { type TaskHandle, TaskTimeoutError, WorkerLostError } from "../../mod.ts";
import { tells } from "./big_tasks.ts";
import { square } from "./conformance/tasks.ts";
import { quietRunner, WORKERS } from "./support.ts";
import { sleep, tempFolder, textOf, until } from "../support.ts";
import {
  logsWithoutEnd,
  reportsMuchWithoutEnd,
  returnsMap,
  returnsSlowly,
  takesValue,
  throwsSlowly,
} from "./tricky_tasks.ts";

/** Lets the pool see how quick tasks are, so that it sends several at a time. */
async function warmUp(submit: () => TaskHandle<unknown>, rounds = 4): Promise<void> {
  for (let round = 0; round < rounds; round++) await Promise.all(Array.from({ length: 100 }, submit));
}

for (const backend of WORKERS) {
  Deno.test(`Tasks on a ${backend} run beside one whose argument was changed to what cannot be sent`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    const odd = { value: 0 };
    const takes = takesValue.with({ backend });
    await warmUp(() => runner.submit(takes, { value: 1 }));
    for (let round = 0; round < 2; round++) {
      const isOdd = (index: number) => index % 7 === 5;
      const values = Array.from({ length: 800 }, (_, value) => isOdd(value) ? odd : { value });
      const handles = values.map((value) => runner.submit(takes, value));
      Object.assign(odd, { method: () => 1 });
      for (const [index, handle] of handles.entries()) {
        const { status, value, attempts, error } = await handle.getResult();
        const expected = isOdd(index) ? ["failed", undefined, 1] : ["completed", index, 1];
        assertEquals([status, value, attempts], expected, `${index}: ${error}`);
        if (isOdd(index)) assert(!(error instanceof WorkerLostError), `${error}`);
      }
      Reflect.deleteProperty(odd, "method");
    }
  });

  for (const endless of [logsWithoutEnd, reportsMuchWithoutEnd]) {
    Deno.test(`A Map comes back from a ${backend} after a timeout that ended ${endless.name}()`, async () => {
      await using runner = quietRunner({ maxWorkers: 1 });
      await runner.submit(square.with({ backend }), 1);
      for (let round = 0; round < 5; round++) {
        const late = runner.submit(endless.with({ backend, timeout: 20 + round }));
        assertInstanceOf(await late.exception(), TaskTimeoutError);
        const handle = runner.submit(returnsMap.with({ backend }), round);
        void handle.getResult();
        await until("the Map has come back", () => handle.done, 5_000);
        assertEquals([await handle, handle.attempts], [new Map([[round, round]]), 1]);
      }
      assertEquals(runner.statistics().quarantined, 0);
    });
  }

  for (const travels of [returnsSlowly, throwsSlowly]) {
    Deno.test(`What is sent to a ${backend} while ${travels.name}() is being told runs once`, async () => {
      await using runner = quietRunner({ maxWorkers: 1 });
      await using folder = await tempFolder();
      const file = folder.file("runs");
      const quick = tells.with({ backend });
      const all: TaskHandle<unknown>[] = [];
      for (let round = 0; round < 3; round++) {
        await warmUp(() => runner.submit(quick, folder.file("others")), 2);
        const first = runner.submit(quick, file);
        all.push(first, runner.submit(travels.with({ backend }), file, 40));
        runner.addEventListener("completed", ({ handle }) => {
          // The worker has begun the slow one, with nothing behind it.
          if (handle === first) { for (let count = 0; count < 3; count++) all.push(runner.submit(quick, file)); }
        });
        await first;
        await sleep(1);
        await Promise.all(all.map((handle) => handle.getResult()));
      }
      const runs = textOf(file).trim().split("\n");
      assertEquals(runs.toSorted(), all.map(({ id }) => id).toSorted());
      for (const handle of all) {
        const expected = handle.name === "throwsSlowly" ? "failed" : "completed";
        assertEquals([handle.status, handle.attempts], [expected, 1], handle.explain());
      }
    });
  }
}
