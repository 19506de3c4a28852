/**
 * A worker of the benchmark: `worker.ts ours-ws|ours-nats|ours-postgres|raw|graphile|bullmq ADDRESS NAME`.
 *
 * @module
 */

import { createInbox, nanos } from "@nats-io/transport-node";
import { connect } from "@nats-io/transport-node";
import { serveTasks as serveNats } from "../../src/remote/nats/mod.ts";
import { serveTasks as servePostgres } from "../../src/remote/postgres/mod.ts";
import { serveTasks as serveWs } from "../../src/remote/ws/mod.ts";

const [kind, address, name] = Deno.args as [string, string, string];
const modules = [import.meta.resolve("./tasks.ts")];
const common = { name, modules, concurrency: 1, onReady: () => console.log("ready") };
if (kind === "ours-ws") {
  console.log("ready"); // it connects once the runner listens, and waits for the rest
  await serveWs({ ...common, url: address, onReady: () => {} });
} else if (kind === "ours-nats") await serveNats({ ...common, servers: address });
else if (kind === "ours-postgres") await servePostgres({ ...common, connection: address });
else if (kind === "raw") await raw();
else if (kind === "graphile") await graphile();
else await bullmq();

/** The same messages without the product: pull, confirm, and publish outcomes, many in a message. */
async function raw(): Promise<void> {
  const nc = await connect({ servers: address });
  const inbox = createInbox();
  let asked = 0;
  let outcomes: string[] = [];
  const pull = () => {
    if (asked > 100) return;
    nc.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${name}_JOBS.workers`,
      JSON.stringify({ batch: 300 - asked, expires: nanos(20_000) }),
      { reply: inbox },
    );
    asked = 300;
  };
  nc.subscribe(inbox, {
    callback: (_, message) => {
      if (!message.reply) {
        asked = 0;
        return pull();
      }
      asked--;
      nc.publish(message.reply, "+ACK");
      if (outcomes.push(message.string()) === 1) {
        setImmediate(() => {
          nc.publish(`${name}.out`, outcomes.join(","), { reply: `${inbox}.none` });
          outcomes = [];
          pull();
        });
      }
    },
  });
  pull();
  console.log("ready");
}

async function graphile(): Promise<void> {
  const { Logger, run } = await import("npm:graphile-worker@0.18.0");
  await run({
    connectionString: address,
    concurrency: 100,
    maxPoolSize: 20,
    taskList: { [name]: () => {} },
    logger: new Logger(() => () => {}),
  });
  console.log("ready");
}

async function bullmq(): Promise<void> {
  const { Worker } = await import("npm:bullmq@5.81.5");
  const { hostname: host, port } = new URL(`redis://${address}`);
  const worker = new Worker(name, (job: { data: number }) => Promise.resolve(job.data), {
    connection: { host, port: Number(port), maxRetriesPerRequest: null },
    concurrency: 100,
  });
  await worker.waitUntilReady();
  console.log("ready");
}
