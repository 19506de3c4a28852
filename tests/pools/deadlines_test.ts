import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { TaskTimeoutError } from "../../mod.ts";
import { polls, square } from "./conformance/tasks.ts";
import { beats, loops } from "./hostile_tasks.ts";
import { quietRunner, untilEvent, WORKERS } from "./support.ts";
import { tempFolder, textOf, timed, until } from "../support.ts";

/** How much time an attempt has that must complete, also on a busy machine. */
const ENOUGH = "1500ms";

for (const backend of WORKERS) {
  Deno.test(`A deadline ends while (true) {} on a ${backend}, and its slot is free`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    await runner.submit(square.with({ backend }), 1);
    const handle = runner.submit(loops.with({ backend, timeout: "200ms" }));
    const took = await timed(() => handle.exception());
    assertInstanceOf(await handle.exception(), TaskTimeoutError);
    assert(took >= 199, `it took ${took} ms`);
    assertEquals(await runner.submit(square.with({ backend }), 3), 9);
    assertEquals(runner.statistics().quarantined, 0);
    await until("the body has ended", () => runner.statistics().abandoned === 0);
  });

  Deno.test(`A body on a ${backend} that saw that it is out of time has not completed, however busy the program was`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    await using folder = await tempFolder();
    await runner.submit(square.with({ backend }), 1);
    const file = folder.file("polled");
    const handle = runner.submit(polls.with({ backend, timeout: "1s" }), file); // enough to begin on a busy machine
    await untilEvent(runner, "progress", handle);
    while (textOf(file) === ""); // the program cannot see that the time is up
    assertInstanceOf(await handle.exception(), TaskTimeoutError);
    assertEquals(textOf(file), "TaskTimeoutError");
  });

  Deno.test(`An attempt on a ${backend} after one that looped runs alone`, async () => {
    await using runner = quietRunner();
    await using folder = await tempFolder();
    const again = { backend, timeout: ENOUGH, retries: 1, retryOnTimeout: true, backoff: "none" } as const;
    const handle = runner.submit(beats.with(again), folder.file("beat"));
    assertEquals([await handle, handle.attempts], ["alone", 2]);
  });
}
