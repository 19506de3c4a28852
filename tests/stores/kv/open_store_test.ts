import { assert, assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { type OpenSettings, OpenStore } from "../../../src/stores/kv/open_store.ts";
import { SerialQueue } from "../../../src/stores/serial_queue.ts";
import { inTempFolder, keysUnder } from "./wrapped_kv.ts";

/** Opens the checkpoint under the prefix "p". */
function open(kv: Deno.Kv | undefined, owner = "me", more: Partial<OpenSettings> = {}): Promise<OpenStore> {
  const place = { prefix: ["p"] };
  const queue = new SerialQueue();
  return OpenStore.open({ kv, place, codec: { name: "json" }, owner, leaseMs: 60_000, queue, ...more });
}

Deno.test("OpenStore writes a header and takes the lease; closed, it releases it", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = await open(kv);
  assertEquals((await keysUnder(kv, ["p"])).sort(), [["header"], ["lease"]]);
  await assertRejects(() => open(kv, "other"), CheckpointError, "has it; its lease ends in");
  await store.close();
  assertEquals(await keysUnder(kv, ["p"]), [["header"]]);
});

Deno.test("OpenStore refuses records without a header, and gives the lease back", async () => {
  using kv = await Deno.openKv(":memory:");
  await kv.set(["p", "row", "a"], 1);
  await assertRejects(() => open(kv), CheckpointError, "there are records, but no header");
  assertEquals(await keysUnder(kv, ["p"]), [["row", "a"]]);
});

Deno.test("OpenStore refuses another codec, and gives the lease back", async () => {
  using kv = await Deno.openKv(":memory:");
  await (await open(kv)).close();
  await assertRejects(
    () => open(kv, "me", { codec: { name: "structured" } }),
    CheckpointError,
    'was written with codec: "json" and cannot be read with codec: "structured"',
  );
  assertEquals(await keysUnder(kv, ["p"]), [["header"]]);
});

Deno.test("OpenStore closes a database that it has opened, and no other", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/a.db`;
    const store = await open(undefined, "me", { place: { prefix: ["p"], path } });
    await store.close();
    assert(Deno.statSync(path).isFile); // the test would fail if the database were open
    using kv = await Deno.openKv(path);
    await (await open(kv)).close();
    assertEquals((await kv.get(["p", "header"])).versionstamp !== null, true);
  }));
