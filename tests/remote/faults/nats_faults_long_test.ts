import { assertEquals } from "@std/assert";
import { TaskRunner } from "../../../mod.ts";
import { until } from "../../support.ts";
import { NatsServer } from "../nats_server.ts";
import { load, NATS } from "./engines.ts";
import { serverFaultTests } from "./fault_tests.ts";
import { nap } from "./tasks.ts";

serverFaultTests(NATS);

Deno.test({
  name: `nats: a server that starts again with nothing: what waited is submitted again${
    NATS.missing === undefined ? "" : ` (skipped: ${NATS.missing})`
  }`,
  ignore: NATS.missing !== undefined,
  fn: async () => {
    await using server = await NatsServer.start();
    const { pool, serve } = await load("nats", server.address);
    const controller = new AbortController();
    const ready = Promise.withResolvers<void>();
    const served = serve({
      name: "empty",
      lease: 1_000,
      concurrency: 2,
      backend: "async",
      handleSignals: false,
      modules: [import.meta.resolve("./tasks.ts")],
      signal: controller.signal,
      onReady: () => ready.resolve(),
    });
    await ready.promise;
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const pools = { cluster: pool("empty", 1_000) };
    {
      await using runner = new TaskRunner({ pools, onTaskError: "continue", logger });
      const handles = Array.from({ length: 20 }, (_, x) => runner.submit(nap.with({ retries: 3 }), 150, `${x}`));
      const run = runner.run();
      await until("some have ended", () => handles.filter(({ status }) => status === "completed").length >= 4);
      await server.kill();
      await server.restart(false);
      await run;
      for (const [x, each] of handles.entries()) assertEquals(await each, `${x} took 150`);
    }
    controller.abort();
    await served;
  },
});
