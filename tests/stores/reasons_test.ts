import { assertEquals, assertRejects } from "@std/assert";
import { type Checkpointer, CheckpointError, type CheckpointErrorReason, type TaskRecord } from "../../mod.ts";
import { FileCheckpointer } from "../../src/stores/file_checkpointer.ts";
import { KvCheckpointer } from "../../src/stores/kv_checkpointer.ts";
import { MemoryCheckpointer } from "../../src/stores/memory_checkpointer.ts";
import { tempFolder } from "../support.ts";

const RECORD: TaskRecord = {
  id: "a",
  name: "work",
  status: "completed",
  attempts: 1,
  args: [],
  dependsOn: [],
  value: 1,
};

async function reasonOf(checkpointer: Checkpointer, record = RECORD): Promise<CheckpointErrorReason | undefined> {
  await using _ = checkpointer;
  return (await assertRejects(() => checkpointer.save([record]), CheckpointError)).reason;
}

Deno.test("errors of a FileCheckpointer say why", async () => {
  await using folder = await tempFolder();
  const path = folder.file();
  assertEquals(await reasonOf(new FileCheckpointer(folder.file("missing/state.jsonl"))), "unavailable");
  {
    await using owner = new FileCheckpointer(path);
    await owner.save([RECORD]);
    assertEquals(await reasonOf(new FileCheckpointer(path)), "in use");
  }
  assertEquals(await reasonOf(new FileCheckpointer(path, { codec: "structured" })), "incompatible");
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace('"work"', '"wurk"'));
  assertEquals(await reasonOf(new FileCheckpointer(path)), "damaged");
  await Deno.remove(path);
  const owner = new FileCheckpointer(path);
  await owner.save([RECORD]);
  await Deno.remove(path);
  const { reason } = await assertRejects(() => owner[Symbol.asyncDispose](), CheckpointError);
  assertEquals(reason, "lost");
});

Deno.test("errors of a KvCheckpointer say why", async () => {
  await using folder = await tempFolder();
  using kv = await Deno.openKv(":memory:");
  assertEquals(await reasonOf(new KvCheckpointer({ path: folder.file("missing/a.kv") })), "unavailable");
  await using owner = new KvCheckpointer({ kv });
  await owner.save([RECORD]);
  assertEquals(await reasonOf(new KvCheckpointer({ kv })), "in use");
  assertEquals(await reasonOf(new KvCheckpointer({ kv, codec: "structured" })), "incompatible");
  await kv.set(["workflowy", "lease"], { owner: "another", until: Date.now() + 60_000 });
  assertEquals((await assertRejects(() => owner.save([RECORD]), CheckpointError)).reason, "lost");
  await kv.set(["workflowy", "header"], "none");
  assertEquals(await reasonOf(new KvCheckpointer({ kv })), "damaged");
});

Deno.test("what cannot be stored is unsavable in any store", async () => {
  await using folder = await tempFolder();
  using kv = await Deno.openKv(":memory:");
  const record = { ...RECORD, value: 1n };
  const stores = [new MemoryCheckpointer(), new FileCheckpointer(folder.file()), new KvCheckpointer({ kv })];
  for (const store of stores) assertEquals(await reasonOf(store, record), "unsavable");
});
