import type { CodecName } from "../../../src/core/checkpointer.ts";
import { checkpointerCases } from "../../../src/testing/checkpointer_cases.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";

const CODECS: readonly CodecName[] = ["json", "structured"];

for (const codec of CODECS) {
  Deno.test(`KvCheckpointer (${codec}) keeps the rules of checkpointers, each store a prefix`, async (t) => {
    using kv = await Deno.openKv(":memory:");
    for (const { name, run } of checkpointerCases((store) => new KvCheckpointer({ kv, prefix: store, codec }))) {
      await t.step(name, run);
    }
  });
}

Deno.test("KvCheckpointer keeps the rules of checkpointers, each store a file", async (t) => {
  const folder = await Deno.makeTempDir();
  const open = (store: string) => new KvCheckpointer({ path: `${folder}/${store}.db` });
  for (const { name, run } of checkpointerCases(open)) await t.step(name, run);
  await Deno.remove(folder, { recursive: true });
});
