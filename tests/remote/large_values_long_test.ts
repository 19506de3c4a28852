import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { NonRetryableError, TaskRunner } from "../../mod.ts";
import { load, NATS, POSTGRES } from "./faults/engines.ts";
import { mark, zeros } from "./large_tasks.ts";

/** The largest value that is promised to travel, in bytes. */
const MAX_BYTES = 100_000_000;
const TOO_LARGE = 105_000_000;
/** Writing and reading such a value keeps an event loop busy for seconds. */
const LEASE_MS = 60_000;

for (const engine of [NATS, POSTGRES]) {
  Deno.test({
    name: `${engine.name}: values of 100 MB travel both ways, and larger ones fail with a message that says so${
      engine.missing === undefined ? "" : ` (skipped: ${engine.missing})`
    }`,
    ignore: engine.missing !== undefined,
    fn: async () => {
      await using server = await engine.start();
      const { pool, serve } = await load(engine.name, server.address);
      const controller = new AbortController();
      const ready = Promise.withResolvers<void>();
      const served = serve({
        name: "large",
        lease: LEASE_MS,
        concurrency: 1,
        backend: "async",
        handleSignals: false,
        modules: [import.meta.resolve("./large_tasks.ts")],
        signal: controller.signal,
        onReady: () => ready.resolve(),
      });
      await ready.promise;
      {
        const pools = { cluster: pool("large", LEASE_MS) };
        await using runner = new TaskRunner({ pools, onTaskError: "continue" });
        const run = runner.serve();
        const bytes = new Uint8Array(MAX_BYTES);
        bytes[MAX_BYTES - 1] = 1;
        const result = await runner.submit(mark, bytes);
        assertEquals([result.length, result[0], result[MAX_BYTES - 1], bytes[0]], [MAX_BYTES, 7, 1, 0]);
        for (const handle of [runner.submit(mark, new Uint8Array(TOO_LARGE)), runner.submit(zeros, TOO_LARGE)]) {
          const error = await handle.exception();
          assertInstanceOf(error, NonRetryableError);
          assertMatch(
            error.message,
            /take 10\d{7} bytes, and at most 104857600 can travel .*put such data into a file/,
          );
          assert(error.message.includes(handle.id), error.message);
        }
        await runner.stop();
        await run;
      }
      controller.abort();
      await served;
    },
  });
}
