import { assertEquals } from "@std/assert";
import { PostgresRunner } from "../../../src/remote/postgres/postgres_runner.ts";
import { Redactor } from "../../../src/remote/redact.ts";
import { postgresTest } from "../../postgres/shared.ts";

postgresTest("what a runner is told to forget once it is closed starts nothing", async (server) => {
  const setup = {
    pool: "closing",
    schema: "workflowy",
    connection: new URL(server.url),
    redactor: new Redactor({}),
  };
  const heard: unknown[] = [];
  const listener = {
    outcomes: (key: string) => void heard.push(key),
    events() {},
    hello() {},
    disconnected() {},
    reconnected() {},
    refused() {},
  };
  const runner = await PostgresRunner.open(setup, "run", listener, new AbortController().signal);
  await runner.close();
  runner.forget(["1"]); // an outcome that arrived as the connection ended; a timer would be a leak
  assertEquals(heard, []);
});
