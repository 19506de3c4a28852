import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect } from "@nats-io/transport-node";
import { isTransient } from "../../src/remote/nats/connection.ts";
import { PostgresServer } from "../../src/remote/postgres/server.ts";
import { Redactor } from "../../src/remote/redact.ts";
import type { PostgresConnection } from "../../src/stores/postgres/connection.ts";

/** What the system says of a host whose name it does not know. */
function unknownHost(code: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} nats.invalid`), { code, syscall: "getaddrinfo" });
}

Deno.test("NATS: a host whose name is not known yet is waited for, as a server that is not up", () => {
  for (const code of ["ENOTFOUND", "EAI_AGAIN"]) assert(isTransient(unknownHost(code)), code);
});

Deno.test("NATS: an address that can never be right is not waited for", async () => {
  for (const servers of ["127.0.0.1:99999", "127.0.0.1:port", "two words:4222", "999.1.1.1:4222"]) {
    const error = await assertRejects(() => connect({ servers }));
    assertEquals(isTransient(error), false, servers);
  }
});

Deno.test("Postgres: a host whose name is not known yet is waited for, as a server that is not up", async () => {
  const errors = [
    unknownHost("ENOTFOUND"),
    unknownHost("EAI_AGAIN"),
    Object.assign(new Error("no password"), { code: "28P01" }),
  ];
  let ended = 0;
  const connection: PostgresConnection = Object.assign(() => {}, {
    options: {},
    begin: undefined,
    end: () => Promise.resolve(void ended++),
    unsafe: () => ({ values: () => Promise.reject(errors.shift()) }),
  });
  const setup = { pool: "p", schema: "workflowy", connection, redactor: new Redactor({}) };
  const listener = { heard() {}, disconnected() {}, reconnected() {} };
  await assertRejects(
    () => PostgresServer.open(setup, [], listener, new AbortController().signal),
    Error,
    "no password",
  );
  assertEquals([errors.length, ended], [0, 0]);
});
