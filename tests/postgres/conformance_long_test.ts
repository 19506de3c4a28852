import { assertEquals } from "@std/assert";
import { PostgresCheckpointer } from "../../src/stores/postgres/postgres_checkpointer.ts";
import { checkpointerCases } from "../../src/testing/checkpointer_cases.ts";
import { findPooler, POOLER_MISSING, startPooler } from "./pooler.ts";
import { newPrefix, postgresTest } from "./shared.ts";

for (const codec of ["json", "structured"] as const) {
  postgresTest(
    `PostgresCheckpointer (${codec}) keeps the rules of checkpointers, large batches and values too`,
    async (server, t) => {
      const base = newPrefix();
      const open = (store: string) =>
        new PostgresCheckpointer({ connection: server.url, prefix: `${base}${store}`, codec });
      for (const { name, run } of checkpointerCases(open)) await t.step(name, run);
    },
  );
}

postgresTest("PostgresCheckpointer keeps values of 100 MB", async (server) => {
  const place = { connection: server.url, prefix: newPrefix(), patience: "5m" } as const;
  const record = { name: "a", status: "completed", attempts: 1, args: [], dependsOn: [] } as const;
  const value = Array.from({ length: 1_000 }, (_, index) => `${index} "\\é`.padEnd(100, "x")).join("").repeat(1_000);
  assertEquals(value.length, 100_000_000);
  await using checkpointer = new PostgresCheckpointer(place);
  await checkpointer.save([{ ...record, id: "small" }, { ...record, id: "large", value }]);
  const found = new Map(await Array.fromAsync(checkpointer.load(), (each) => [each.id, each.value] as const));
  assertEquals([...found.keys()].sort(), ["large", "small"]);
  assertEquals(found.get("large") === value, true);
});

postgresTest(
  "PostgresCheckpointer keeps the rules of checkpointers through PgBouncer in transaction mode",
  async (server, t) => {
    await using front = await startPooler(findPooler()!, server);
    const base = newPrefix();
    const open = (store: string) => new PostgresCheckpointer({ connection: front.url, prefix: `${base}${store}` });
    const cases = checkpointerCases(open, { largestBatch: 1_000, largestValue: 1_000_000 });
    for (const { name, run } of cases) await t.step(name, run);
  },
  POOLER_MISSING,
);
