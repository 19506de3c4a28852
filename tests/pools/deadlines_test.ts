import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { TaskTimeoutError } from "../../mod.ts";
import { square } from "./conformance/tasks.ts";
import { beats, loops } from "./hostile_tasks.ts";
import { quietRunner, WORKERS } from "./support.ts";
import { assertWithin, tempFolder, timed, until } from "../support.ts";

/** What the issue promises for a timeout of 200 ms. */
const LIMIT_MS = 500;

/** How long the next task may take, with the start of a worker. */
const AT_ONCE_MS = 1_000;

for (const backend of WORKERS) {
  Deno.test(`A deadline ends while (true) {} on a ${backend} in under half a second, and its slot is free at once`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    await assertWithin(LIMIT_MS, async () => {
      await runner.submit(square.with({ backend }), 1);
      const handle = runner.submit(loops.with({ backend, timeout: "200ms" }));
      const took = await timed(() => handle.exception());
      assertInstanceOf(await handle.exception(), TaskTimeoutError);
      assert(took >= 195, `it took ${took} ms`);
      return took;
    });
    await assertWithin(AT_ONCE_MS, async () => {
      await runner.submit(loops.with({ backend, timeout: "200ms" })).exception();
      return await timed(async () => assertEquals(await runner.submit(square.with({ backend }), 3), 9));
    });
    assertEquals(runner.statistics().quarantined, 0);
    await until("the body has ended", () => runner.statistics().abandoned === 0);
  });

  Deno.test(`An attempt on a ${backend} after one that looped runs alone`, async () => {
    await using runner = quietRunner();
    await using folder = await tempFolder();
    const again = { backend, timeout: "400ms", retries: 1, retryOnTimeout: true, backoff: "none" } as const;
    const handle = runner.submit(beats.with(again), folder.file("beat"));
    assertEquals([await handle, handle.attempts], ["alone", 2]);
  });
}
