import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";
import { codecNamed } from "../../../src/stores/record_codec.ts";
import { readUnleased } from "../../../src/stores/kv/unleased_reader.ts";
import { keysUnder, record, WrappedKv } from "./wrapped_kv.ts";

const PLACE = { prefix: ["workflowy"] };
const LARGE = "x".repeat(100_000);

const read = (kv: Deno.Kv | WrappedKv) => Array.fromAsync(readUnleased(kv, PLACE, () => codecNamed("json")));

Deno.test("readUnleased() finds a record that changes between small and large before any of its reads", async () => {
  for (const [first, second] of [["small", LARGE], [LARGE, "small"], [LARGE, `${LARGE}!`]]) {
    // The numbers of reads differ; later ones than there are change nothing.
    for (let moment = 1; moment <= 8; moment++) {
      using kv = await Deno.openKv(":memory:");
      await using checkpointer = new KvCheckpointer({ kv });
      await checkpointer.save([record("a", first)]);
      let reads = 0;
      const wrapped = new WrappedKv(kv, {
        read: () => ++reads === moment ? checkpointer.save([record("a", second)]) : undefined,
      });
      const found = await read(wrapped);
      assertEquals(found.map(({ id }) => id), ["a"], `before read ${moment}`);
      assertEquals([first, second].includes(found[0]?.value as string), true);
    }
  }
});

Deno.test("readUnleased() passes over a record that is removed meanwhile", async () => {
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save([record("a", LARGE), record("b")]);
  const ids: string[] = [];
  for await (const { id } of readUnleased(kv, PLACE, () => codecNamed("json"))) {
    ids.push(id);
    await checkpointer.delete(["a"]);
  }
  assertEquals(ids, ["b"]);
});

Deno.test("readUnleased() says what is missing or damaged, and takes nothing away", async () => {
  using kv = await Deno.openKv(":memory:");
  await assertRejects(() => read(kv), CheckpointError, "There is no such checkpoint as the checkpoint");
  {
    await using checkpointer = new KvCheckpointer({ kv });
    await checkpointer.save([record("a", LARGE)]);
  }
  await kv.set(["workflowy", "stale", "x"], { id: "a" });
  const before = await keysUnder(kv, ["workflowy"]);
  assertEquals((await read(kv)).length, 1);
  assertEquals(await keysUnder(kv, ["workflowy"]), before);
  await kv.set(["workflowy", "large", "a"], 5);
  await assertRejects(() => read(kv), CheckpointError, "does not say where the parts of a record are");
});
