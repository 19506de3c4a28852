import { assertEquals } from "@std/assert";
import { type TaskHandle, TaskRunner } from "../../../mod.ts";
import { until } from "../../support.ts";
import { NatsCluster } from "../nats_cluster.ts";
import { NATS, type TestServer } from "./engines.ts";
import { Stage } from "./stage.ts";
import { nap } from "./tasks.ts";

/** A failover takes up to 10 seconds, and longer on a busy machine: nothing is lost meanwhile, also with a shorter lease. */
const LEASE_MS = 6_000;
const PATIENCE_MS = 180_000;
const TASKS = 24;

Deno.test({
  name: `a cluster of three NATS servers that loses each of them in turn loses no task, and runs none twice${
    NATS.missing === undefined ? "" : ` (skipped: ${NATS.missing})`
  }`,
  ignore: NATS.missing !== undefined,
  fn: async () => {
    const cluster = await NatsCluster.start();
    await using stage = Stage.on(NATS, serverOf(cluster), LEASE_MS);
    await Promise.all([stage.worker("first"), stage.worker("second")]);
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const pools = { cluster: await stage.pool() };
    await using runner = new TaskRunner({ pools, onTaskError: "continue", logger });
    const run = runner.serve();
    let completed = 0;
    // First those that lead the two streams, where they are two.
    const leaders = [await cluster.leaderOf(`WF_${stage.name}_JOBS`), await cluster.leaderOf(`WF_${stage.name}_OUT`)];
    const order = [...new Set([...leaders, 0, 1, 2])];
    for (const node of order) {
      const handles: TaskHandle<string>[] = [];
      const submit = (count: number) => {
        for (let x = 0; x < count; x++) {
          handles.push(runner.submit(nap.with({ retries: 3 }), 200, `task ${handles.length}`));
        }
      };
      const before = stage.lines("end").length;
      submit(TASKS);
      await until("some have ended", () => stage.lines("end").length >= before + 4, PATIENCE_MS);
      await cluster.nodes[node]!.kill();
      submit(4);
      for (const [index, each] of handles.entries()) assertEquals(await each, `task ${index} took 200`);
      completed += handles.length;
      if (node !== order.at(-1)) await cluster.restart(node);
    }
    await runner.stop();
    await run;
    const statistics = runner.statistics();
    assertEquals([statistics.completed, statistics.failed, statistics.cancelled], [completed, 0, 0]);
    stage.assertNoneTwice();
  },
});

/** A cluster, as the server of a stage. */
function serverOf(cluster: NatsCluster): TestServer {
  const [first] = cluster.nodes;
  return {
    address: cluster.address,
    port: first!.port,
    kill: () => first!.kill(),
    restart: () => first!.restart(),
    freeze: (isFrozen) => first!.signal(isFrozen ? "SIGSTOP" : "SIGCONT"),
    ping: () => first!.ping(),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
