import postgres from "postgres";
import { PostgresCheckpointer } from "../../src/stores/postgres/postgres_checkpointer.ts";
import { checkpointerCases } from "../../src/testing/checkpointer_cases.ts";
import { newPrefix, postgresTest } from "./shared.ts";

/** Sizes for which there is time in every test run; `conformance_long_test.ts` has larger ones. */
const SIZES = { largestBatch: 1_000, largestValue: 2_000_000 };

for (const codec of ["json", "structured"] as const) {
  postgresTest(`PostgresCheckpointer (${codec}) keeps the rules of checkpointers`, async (server, t) => {
    const client = postgres(server.url, { max: 3, onnotice: () => {} });
    const base = newPrefix();
    const open = (store: string) => new PostgresCheckpointer({ connection: client, prefix: `${base}${store}`, codec });
    for (const { name, run } of checkpointerCases(open, SIZES)) await t.step(name, run);
    await client.end();
  });
}
