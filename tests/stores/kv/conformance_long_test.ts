import { checkpointerCases } from "../../../src/testing/checkpointer_cases.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";

/** Small sizes, as there are many cases; `../conformance_long_test.ts` has larger ones. */
const SIZES = { largestBatch: 300, largestValue: 200_000 };

for (const codec of ["json", "structured"] as const) {
  Deno.test(`KvCheckpointer (${codec}) keeps the rules of checkpointers, each store a prefix`, async (t) => {
    using kv = await Deno.openKv(":memory:");
    const open = (store: string) => new KvCheckpointer({ kv, prefix: store, codec });
    for (const { name, run } of checkpointerCases(open, SIZES)) await t.step(name, run);
  });
}
