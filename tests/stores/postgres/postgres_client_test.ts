import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError, task } from "../../../mod.ts";
import { PostgresClient } from "../../../src/remote/postgres/mod.ts";
import type { PostgresConnection } from "../../../src/stores/postgres/connection.ts";

const double = task({ name: "double" }, (x: number) => 2 * x);

Deno.test("a PostgresClient that was disposed of refuses all that it is asked, also what was bound to a transaction", async () => {
  let asked = 0;
  const sql: PostgresConnection = Object.assign(() => {}, {
    options: {},
    begin() {},
    end: () => Promise.resolve(),
    unsafe: () => ({ values: () => Promise.resolve(void asked++ as never) }),
  });
  const client = new PostgresClient({ connection: sql, prefix: "a" });
  const bound = client.with({ sql });
  await client[Symbol.asyncDispose]();
  for (const each of [client, bound]) {
    for (
      const use of [
        () => each.submit(double, 1),
        () => each.get("a"),
        () => each.result("a"),
        () => each.deliver("approve a"),
        () => each.cancel("a"),
      ]
    ) {
      const error = await assertRejects(use, CheckpointError, "The client was disposed of: use it before");
      assertEquals(error.reason, "unavailable");
    }
  }
  assertEquals(asked, 0);
  await client[Symbol.asyncDispose]();
});
