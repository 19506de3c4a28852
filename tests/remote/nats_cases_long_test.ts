import { poolCases } from "../../src/testing/mod.ts";
import { natsPool, serveTasks } from "../../src/remote/nats/mod.ts";
import { findNatsServer, NatsServer } from "./nats_server.ts";

const ignore = findNatsServer() === undefined;
const title = ignore ? "the engine NATS (skipped: apt-get install nats-server)" : "the engine NATS";

let server: NatsServer | undefined;
Deno.test.beforeAll(async () => {
  if (!ignore) server = await NatsServer.start();
});
Deno.test.afterAll(async () => await server?.[Symbol.asyncDispose]());

const cases = poolCases({
  pool: (name) => natsPool({ name, servers: server!.address, lease: "2s" }),
  serve: (name, request) =>
    serveTasks({ name, servers: server!.address, lease: "2s", handleSignals: false, ...request }),
});
for (const { name, run } of cases) Deno.test({ name: `${title}: ${name}`, ignore, fn: run });
