import { assert, assertEquals } from "@std/assert";
import { PostgresRunner } from "../../../src/remote/postgres/postgres_runner.ts";
import { Redactor } from "../../../src/remote/redact.ts";
import { PostgresWorker } from "../../../src/remote/postgres/postgres_worker.ts";
import type { PostgresServer } from "../../postgres/server.ts";
import { postgresTest } from "../../postgres/shared.ts";

const setupFor = (server: PostgresServer, pool: string) => ({
  pool,
  schema: "workflowy",
  connection: new URL(server.url),
  redactor: new Redactor({}),
});

const NO_LISTENER = {
  outcomes() {},
  events() {},
  hello() {},
  disconnected() {},
  reconnected() {},
  refused() {},
};

postgresTest("what a runner is told to forget once it is closed starts nothing", async (server) => {
  const setup = setupFor(server, "closing");
  const heard: unknown[] = [];
  const listener = { ...NO_LISTENER, outcomes: (key: string) => void heard.push(key) };
  const runner = await PostgresRunner.open(setup, "run", listener, new AbortController().signal);
  await runner.close();
  runner.forget(["1"]); // an outcome that arrived as the connection ended; a timer would be a leak
  assertEquals(heard, []);
});

postgresTest(
  "a job is withdrawn before it was sent, and while it waits, but not once a worker has it",
  async (server) => {
    const setup = setupFor(server, "withdrawing");
    const never = new AbortController().signal;
    const runner = await PostgresRunner.open(setup, "run", NO_LISTENER, never);
    const frame = new Uint8Array([1]);
    runner.submit("held:1", frame);
    assert(await runner.withdraw("held:1")); // else its attempt would be submitted again without end
    assertEquals([...(await runner.locate([{ token: "held:1", submittedAt: 0 }])).values()], ["unknown"]);

    runner.submit("queued:1", frame);
    while ((await server.sql("select 1 from workflowy.pool_job where token = 'queued:1'")).length === 0);
    assert(await runner.withdraw("queued:1"));
    assertEquals(await runner.withdraw("queued:1"), false);

    const taken = Promise.withResolvers<void>();
    const listener = { ...NO_LISTENER, job: () => taken.resolve(), orders() {}, failed() {} };
    const worker = await PostgresWorker.open(setup, "worker", listener, never);
    worker.want(1);
    runner.submit("taken:1", frame);
    await taken.promise;
    runner.submit("taken:1", frame);
    assertEquals(await runner.withdraw("taken:1"), false);
    await worker.close();
    await runner.close();
  },
);
