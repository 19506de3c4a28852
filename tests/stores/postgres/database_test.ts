import { assert, assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../../mod.ts";
import type { PostgresConnection } from "../../../src/stores/postgres/connection.ts";
import { Database } from "../../../src/stores/postgres/database.ts";
import type { Place } from "../../../src/stores/postgres/place.ts";

const place: Place = { schema: "workflowy", prefix: "a" };

/** A client of a server that is away. */
function away(tried: () => void): PostgresConnection {
  const client = () => {};
  return Object.assign(client, {
    options: {},
    begin: undefined,
    end: () => Promise.resolve(),
    unsafe: () => ({
      values: () => {
        tried();
        return Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
      },
    }),
  });
}

Deno.test("Database tries again until the end of its patience", async () => {
  let tries = 0;
  const db = new Database(away(() => void tries++), place, 300);
  const start = performance.now();
  const error = await assertRejects(() => db.run("read", "select 1"), CheckpointError);
  assertEquals(error.reason, "unavailable");
  const tried = performance.now() - start;
  assert(tried >= 300 && tries > 2, `${tries} tries in ${tried} ms`);
  await db.close();
});
